"""What must hold between the files: ids, citations, codes that mean one thing only, names that exist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from knowledge.codes import CodeSystems
from knowledge.errors import Fault
from knowledge.model import (
    Baseline,
    Citation,
    Code,
    CodePrefix,
    LabelInteraction,
    OrderTests,
    RejectedCode,
    Ros1Use,
    Status,
)
from knowledge.pieces import Place, pieces
from knowledge.thresholds import number_of


class Loaded(NamedTuple):
    """A file (below the data folder, with "/") and what it states; None if the file itself has faults."""

    file: str
    value: Any

    @property
    def stem(self) -> str:
        """The name of the file without its folders and its ending."""
        return self.file.rpartition("/")[2].removesuffix(".yaml")

    @property
    def folder(self) -> str:
        """The name of the folder that the file lies in."""
        return self.file.rpartition("/")[0].rpartition("/")[2]


Files = dict[str, tuple[Loaded, ...]]  # by kind, as the loader names the kinds


def cross_faults(files: Files) -> Iterator[Fault]:
    """Find every fault that shows only between files; files that have faults themselves count as existing."""
    for check in _CHECKS:
        yield from check(files)


def _values(files: Files, *kinds: str) -> Iterator[Loaded]:
    return (loaded for kind in kinds for loaded in files[kind] if loaded.value is not None)


def _ids(files: Files, kind: str) -> frozenset[str]:
    return frozenset(loaded.stem for loaded in files[kind])


def _fault(place: Place, step: str, got: object, expected: str) -> Fault:
    return Fault(file=place.file, path=f"{place.path}{step}".lstrip("."), got=repr(got), expected=expected)


def _id_faults(files: Files) -> Iterator[Fault]:
    named = (
        "source",
        "value_set",
        "method",
        "drug_class",
        "drug",
        "orderable",
        "resistance",
        "baseline_check",
        "interaction",
        "statement",
        "rule",
    )
    seen: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for kind in named:
        for loaded in _values(files, kind):
            place = Place(loaded.file, "", loaded.value)
            if loaded.value.id != loaded.stem:
                yield _fault(place, "id", loaded.value.id, f"the file's name, {loaded.stem!r}")
            seen[kind, loaded.value.id].append(loaded.file)
            if len(seen[kind, loaded.value.id]) > 1:
                yield _fault(place, "id", loaded.value.id, f"another id than {seen[kind, loaded.value.id][0]} has")


def _citation_faults(files: Files) -> Iterator[Fault]:
    known = _ids(files, "source")
    for place in (place for loaded in _values(files, *files) for place in pieces(loaded.file, loaded.value)):
        cited: tuple[tuple[str, str], ...] = ()
        if isinstance(place.value, Citation):
            cited = ((".source", place.value.source),)
        elif isinstance(place.value, Code | CodePrefix | RejectedCode):
            cited = tuple((f".sources[{n}]", source) for n, source in enumerate(place.value.sources))
        yield from (_fault(place, step, id_, "a source of sources/") for step, id_ in cited if id_ not in known)


def _system_faults(files: Files) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for loaded in _values(files, "code_systems"):
        for number, system in enumerate(loaded.value.code_systems):
            for name in (system.name, system.uri, *system.aliases):
                if seen.setdefault(name, system.name) != system.name or system.aliases.count(name) > 1:
                    place = Place(loaded.file, f"codeSystems[{number}]", system)
                    yield _fault(place, "", name, "a name, URI or alias that no other system has")


def _coded(files: Files, *kinds: str) -> Iterator[tuple[Place, tuple[str, str]]]:
    """Find every code that matches something, with its system and the form in which codes are compared."""
    systems = CodeSystems([system for each in _values(files, "code_systems") for system in each.value.code_systems])
    for loaded in _values(files, *kinds):
        for number, code in enumerate(loaded.value.codes):
            place = Place(loaded.file, f"codes[{number}]", code)
            for form in systems.forms(code.system, code.code) or ("",):
                yield place, (code.system, form)


_SHARED = (("value_set",), ("orderable",))
"""Kinds of which several files may hold the same code."""


def _code_faults(files: Files) -> Iterator[Fault]:
    """A code stands once in a file, names one drug or class, and one method."""
    for kinds in (("value_set",), ("method",), ("drug", "drug_class"), ("orderable",)):
        seen: dict[tuple[str, ...], Place] = {}
        for place, (system, form) in _coded(files, *kinds):
            if not form:
                yield _fault(place, ".code", place.value.code, "a code in a form that its system has")
            key = (system, form, place.file) if kinds in _SHARED else (system, form)
            if seen.setdefault(key, place) is not place:
                yield _fault(place, ".code", place.value.code, f"a code that {seen[key].file} does not have already")


def _rejected_faults(files: Files) -> Iterator[Fault]:
    systems = CodeSystems([system for each in _values(files, "code_systems") for system in each.value.code_systems])
    rejected = {
        (code.system, systems.normal(code.system, code.code)): code
        for loaded in _values(files, "rejected_codes")
        for code in loaded.value.rejected_codes
    }
    for place, (system, form) in _coded(files, "value_set", "method", "drug", "drug_class", "orderable"):
        if (system, form) in rejected:
            yield _fault(place, ".code", place.value.code, f"no rejected code ({rejected[system, form].why})")


def _name_faults(files: Files) -> Iterator[Fault]:
    """No name or brand means two drugs; no text stands twice in a file."""
    drugs: dict[str, str] = {}
    for loaded in _values(files, "drug"):
        for name in (loaded.value.name, *loaded.value.brands, *loaded.value.names):
            if drugs.setdefault(name.casefold(), loaded.file) != loaded.file:
                place = Place(loaded.file, "", loaded.value)
                yield _fault(place, "names", name, f"a name that {drugs[name.casefold()]} does not have")
    for loaded in _values(files, "value_set", "method"):
        texts = [text.casefold() for text in loaded.value.texts]
        for text in sorted({text for text in texts if texts.count(text) > 1}):
            yield _fault(Place(loaded.file, "", loaded.value), "texts", text, "each text once")


def _drug_faults(files: Files) -> Iterator[Fault]:
    drugs, classes = _ids(files, "drug"), _ids(files, "drug_class")
    for loaded in _values(files, "drug"):
        place, drug = Place(loaded.file, "", loaded.value), loaded.value
        if drug.drug_class not in classes:
            yield _fault(place, "drugClass", drug.drug_class, "a class of drug_classes/")
        for part in drug.components:
            if part not in drugs or part == drug.id:
                yield _fault(place, "components", part, "another drug of drugs/")
        product = drug.ros1.product if drug.ros1 else None
        if product and (product.system, product.code) not in {(code.system, code.code) for code in drug.codes}:
            yield _fault(place, "ros1.product.code", product.code, "one of the drug's own codes")


def _resistance_faults(files: Files) -> Iterator[Fault]:
    """A change has one file, named after it, and a drug one cell in it."""
    drugs = _ids(files, "drug")
    for loaded in _values(files, "resistance"):
        place, named = Place(loaded.file, "", loaded.value), [cell.drug for cell in loaded.value.drugs]
        if loaded.value.protein_change.lower() != loaded.value.id:
            yield _fault(place, "proteinChange", loaded.value.protein_change, f"the change {loaded.value.id.upper()!r}")
        for number, drug in enumerate(named):
            if drug not in drugs or drug in named[:number]:
                yield _fault(place, f"drugs[{number}].drug", drug, "a drug of drugs/, once")


def _label_statements(use: Ros1Use | None) -> Iterator[tuple[str, Baseline | LabelInteraction]]:
    """Find what a drug file says of the label's checks and interactions."""
    for name in ("baseline", "interactions") if use else ():
        yield from ((f"ros1.{name}[{n}]", each) for n, each in enumerate(getattr(use, name)))


def _label_faults(files: Files) -> Iterator[Fault]:
    """What a drug file says of its label names a check or a class that is there, and is cited or from memory."""
    for loaded in _values(files, "drug"):
        place = Place(loaded.file, "", loaded.value)
        for step, each in _label_statements(loaded.value.ros1):
            if each.confidence.usable and not each.related_artifact:
                yield _fault(place, step, str(each.confidence), "memory-only, as nothing is cited")
            if isinstance(each, Baseline) and each.check not in _ids(files, "baseline_check"):
                yield _fault(place, f"{step}.check", each.check, "a check of baseline_checks/")
            if isinstance(each, LabelInteraction) and each.interactor not in _ids(files, "interaction"):
                yield _fault(place, f"{step}.interactor", each.interactor, "a class of interactions/")


def _check_faults(files: Files) -> Iterator[Fault]:
    """A check before a ROS1 inhibitor names a test and value sets that are there."""
    for loaded in _values(files, "baseline_check"):
        place, check = Place(loaded.file, "", loaded.value), loaded.value
        if check.orderable and check.orderable not in _ids(files, "orderable"):
            yield _fault(place, "orderable", check.orderable, "a test of orderables/")
        for n, each in enumerate(check.results):
            if each.value_set not in _ids(files, "value_set"):
                yield _fault(place, f"results[{n}].valueSet", each.value_set, "a value set of value_sets/")


def _member_faults(files: Files) -> Iterator[Fault]:
    """What is said of a drug of an interaction class has a source."""
    known = _ids(files, "source")
    for loaded in _values(files, "interaction"):
        place = Place(loaded.file, "", loaded.value)
        for n, member in enumerate(loaded.value.members):
            for source in (source for source in member.sources if source not in known):
                yield _fault(place, f"members[{n}].sources", source, "a source of sources/")


def _rule_faults(files: Files) -> Iterator[Fault]:
    releases = [loaded.value for loaded in _values(files, "release")]
    if not releases:
        return
    topics = {topic.id for topic in releases[0].topics}
    reasons = {reason.id for reason in releases[0].override_reasons}
    rules = _ids(files, "rule")
    for loaded in _values(files, "rule"):
        place, rule = Place(loaded.file, "", loaded.value), loaded.value
        if rule.topic not in topics:
            yield _fault(place, "topic", rule.topic, "a topic of release.yaml")
        if rule.topic != loaded.folder:
            yield _fault(place, "topic", rule.topic, "the name of the rule's folder")
        for other in (other for other in rule.adds_to if other not in (rules - {rule.id}) | topics):
            yield _fault(place, "addsTo", other, "another rule, or a topic of release.yaml")
        for other in (other for other in rule.silences if other not in topics):
            yield _fault(place, "silences", other, "a topic of release.yaml")
        for reason in rule.card.override_reasons if rule.card else ():
            if reason not in reasons:
                yield _fault(place, "card.overrideReasons", reason, "an override reason of release.yaml")


def _suggestion_faults(files: Files) -> Iterator[Fault]:
    """A card offers only tests that exist and may be used."""
    usable = {loaded.value.id for loaded in _values(files, "orderable") if loaded.value.status is Status.ACTIVE}
    broken = {loaded.stem for loaded in files["orderable"] if loaded.value is None}  # told elsewhere
    for loaded in _values(files, "rule"):
        place = Place(loaded.file, "", loaded.value)
        for number, suggestion in enumerate(loaded.value.card.suggestions if loaded.value.card else ()):
            tests = suggestion.order if isinstance(suggestion, OrderTests) else ()
            for test in (test for test in tests if test not in usable | broken):
                yield _fault(place, f"card.suggestions[{number}].order", test, "an active test of orderables/")


def _row_faults(files: Files) -> Iterator[Fault]:
    """Each row of the decision table stands in it once; a rule carries rows that are there."""
    for table in _values(files, "decision_table"):
        rows = [each.row for each in table.value.rows]
        for row in sorted({row for row in rows if rows.count(row) > 1}):
            yield _fault(Place(table.file, "", table.value), "rows", row, "each row once")
        for loaded in _values(files, "rule"):
            for row in loaded.value.rows:
                if row not in rows:
                    yield _fault(Place(loaded.file, "", loaded.value), "rows", row, f"a row of {table.file}")


def _site_faults(files: Files) -> Iterator[Fault]:
    """What a site may set is there to be set: one number within its bounds, a draft that may be enabled."""
    for loaded in _values(files, "rule"):
        place, rule = Place(loaded.file, "", loaded.value), loaded.value
        for each in rule.configurable:
            number = number_of(rule, each.fact)
            if number is None or not each.minimum <= number <= each.maximum:
                expected = f'a fact that "when" compares to one number from {each.minimum:g} to {each.maximum:g}'
                yield _fault(place, "configurable", each.fact, expected)
        if rule.site_option and rule.status is not Status.DRAFT:
            yield _fault(place, "siteOption", rule.status.value, "status draft: a site enables it")
        if rule.site_option and not rule.confidence.usable:
            yield _fault(place, "siteOption", rule.confidence.value, "a confidence of verified-1 at least")


def _free_source_faults(files: Files) -> Iterator[Fault]:
    known = _ids(files, "source")
    for loaded in _values(files, "code_systems"):
        for number, system in enumerate(loaded.value.code_systems):
            if system.free_source and system.free_source not in known:
                place = Place(loaded.file, f"codeSystems[{number}]", system)
                yield _fault(place, ".freeSource", system.free_source, "a source of sources/")


def _confidence_faults(files: Files) -> Iterator[Fault]:
    """What no published source confirms ships disabled."""
    for loaded in _values(files, "rule", "statement", "orderable"):
        if loaded.value.status is Status.ACTIVE and not loaded.value.confidence.usable:
            place = Place(loaded.file, "", loaded.value)
            yield _fault(place, "status", "active", f"draft, as its confidence is {loaded.value.confidence}")


_CHECKS: Iterable[Callable[[Files], Iterator[Fault]]] = (
    _id_faults,
    _citation_faults,
    _system_faults,
    _code_faults,
    _rejected_faults,
    _name_faults,
    _drug_faults,
    _resistance_faults,
    _label_faults,
    _check_faults,
    _member_faults,
    _rule_faults,
    _suggestion_faults,
    _row_faults,
    _site_faults,
    _free_source_faults,
    _confidence_faults,
)
