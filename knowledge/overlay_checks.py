"""Whether a site's overlay fits the knowledge: everything that it says is checked against all that is known."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from knowledge.codes import CodeSystems
from knowledge.errors import Fault
from knowledge.lookup import Content
from knowledge.model import Drug, DrugClass, Method, Rule, Status, ValueSet
from knowledge.overlay import TARGETS, Owner, owners, uri_of
from knowledge.site import Overlay, SiteRules


def overlay_faults(overlay: Overlay, content: Content, file: str) -> Iterator[Fault]:
    """Find everything in which an overlay does not fit the knowledge, or says more than a site may."""
    known = {
        "value_set": {each.id for each in content.value_sets},
        "method": {each.id for each in content.methods},
        "drug": {each.id for each in content.drugs},
    }
    codes = ((f"codes[{place}]", owners(local)) for place, local in enumerate(overlay.codes))
    texts = ((f"texts[{place}]", owners(local)) for place, local in enumerate(overlay.texts))
    for path, named in (*codes, *texts):
        for owner in named:
            if owner.id not in known[owner.kind]:
                expected = f"a {owner.kind.replace('_', ' ')} of the knowledge"
                yield _fault(file, f"{path}.{TARGETS[owner.kind]}", owner.id, expected)
    yield from _code_faults(overlay, content, file)
    yield from _text_faults(overlay, content, file)
    yield from _choice_faults(overlay, content, file)


def _fault(file: str, path: str, got: object, expected: str) -> Fault:
    return Fault(file=file, path=path, got=repr(got), expected=expected)


def _code_faults(overlay: Overlay, content: Content, file: str) -> Iterator[Fault]:
    """A local code has a system that can be told, stands once, and means nothing yet."""
    systems = CodeSystems(content.code_systems)
    meanings, seen = _Meanings(content, systems), set[tuple[str, str]]()
    for place, local in enumerate(overlay.codes):
        path, uri = f"codes[{place}]", uri_of(local, systems)
        if local.system is not None and ":" not in uri:
            names = ", ".join(sorted(systems.by_name))
            yield _fault(file, f"{path}.system", local.system, f"a URI, or one of {names}; none if the EHR sends none")
        forms = systems.forms(uri, local.code) if uri in systems.by_uri else (local.code.strip().casefold(),)
        if not forms:
            yield _fault(file, f"{path}.code", local.code, "a code in a form that its system has")
        for form in forms:
            if (uri, form) in seen:
                yield _fault(file, f"{path}.code", local.code, "each code of a system once")
            seen.add((uri, form))
            if taken := meanings.of(uri, form, owners(local)):
                yield _fault(file, f"{path}.code", local.code, f"a code that has no meaning yet, not one of {taken}")


class _Meanings:
    """What the codes of the knowledge mean, those from memory and the rejected ones as well."""

    def __init__(self, content: Content, systems: CodeSystems) -> None:
        self._exact: defaultdict[tuple[str, str], list[tuple[Owner, bool]]] = defaultdict(list)
        self._prefixes: list[tuple[str, str, Owner]] = []
        self._classes = {drug.id: drug.drug_class for drug in content.drugs}
        kinds: Mapping[str, tuple[ValueSet | Method | Drug | DrugClass, ...]] = {
            "value_set": content.value_sets,
            "method": content.methods,
            "drug": content.drugs,
            "drug_class": content.drug_classes,
        }
        for kind, things in kinds.items():
            for thing in things:
                for code in thing.codes:
                    for form in systems.forms(code.system, code.code):
                        self._exact[code.system, form].append((Owner(kind, thing.id), code.confidence.usable))
                for prefix in getattr(thing, "prefixes", ()):
                    normal = systems.normal(prefix.system, prefix.prefix)
                    self._prefixes.append((prefix.system, normal, Owner(kind, thing.id)))
        for rejected in content.rejected_codes:
            form = systems.normal(rejected.system, rejected.code)
            self._exact[rejected.system, form].append((Owner("rejected_code", rejected.code), True))

    def of(self, uri: str, form: str, wanted: tuple[Owner, ...]) -> str:
        """Return what a code means already; a code from memory may be confirmed, a class's net made more precise."""
        classes = {Owner("drug_class", self._classes.get(owner.id, "")) for owner in wanted if owner.kind == "drug"}
        taken = [owner for owner, usable in self._exact.get((uri, form), ()) if usable or owner not in wanted]
        taken += [
            owner
            for system, prefix, owner in self._prefixes
            if system == uri and form.startswith(prefix) and owner not in classes
        ]
        return ", ".join(map(str, dict.fromkeys(taken)))


def _text_faults(overlay: Overlay, content: Content, file: str) -> Iterator[Fault]:
    """A local text is for a drug, a method or a value set that takes words, and is nobody's word yet."""
    open_sets = sorted(each.id for each in content.value_sets if each.site_texts)
    known = _known_texts(content)
    for place, local in enumerate(overlay.texts):
        path = f"texts[{place}]"
        if local.value_set and local.value_set not in open_sets:
            yield _fault(file, f"{path}.valueSet", local.value_set, f"one of {', '.join(open_sets)}")
        word = local.text.casefold()
        if word in known:
            yield _fault(file, f"{path}.text", local.text, f"a text that {known[word]} does not have already")
        known.setdefault(word, f"another of {file}")


def _known_texts(content: Content) -> dict[str, str]:
    known = {
        text.casefold(): f"value_sets/{each.id}"
        for each in content.value_sets
        for text in (*each.texts, *each.exact_texts)
    }
    known |= {text.casefold(): f"methods/{each.id}" for each in content.methods for text in each.texts}
    names = ((each, name) for each in content.drugs for name in (each.name, *each.brands, *each.names))
    return known | {name.casefold(): f"drugs/{each.id}" for each, name in names}


def _choice_faults(overlay: Overlay, content: Content, file: str) -> Iterator[Fault]:
    """Formulary, rules, numbers and links name what is there and may be chosen."""
    offered = sorted(drug.id for drug in content.drugs if drug.ros1 and drug.ros1.offer != "never")
    rules = {rule.id: rule for rule in content.rules}
    topics = sorted(topic.id for topic in content.release.topics)
    for place, drug in enumerate(overlay.formulary):
        if drug not in offered:
            yield _fault(file, f"formulary[{place}]", drug, f"a drug that a card may offer: {', '.join(offered)}")
    yield from _switch_faults(overlay.rules, rules, file)
    yield from _threshold_faults(overlay, rules, file)
    for place, link in enumerate(overlay.links):
        for topic in link.topics:
            if topic not in topics:
                yield _fault(file, f"links[{place}].topics", topic, f"one of {', '.join(topics)}")


def _switch_faults(switched: SiteRules, rules: Mapping[str, Rule], file: str) -> Iterator[Fault]:
    options = [rule.id for rule in rules.values() if rule.site_option and rule.status is Status.DRAFT]
    for place, id_ in enumerate(switched.disable):
        if id_ not in rules or rules[id_].status is not Status.ACTIVE:
            yield _fault(file, f"rules.disable[{place}]", id_, "the id of an active rule (docs/rules.md)")
    for place, id_ in enumerate(switched.enable):
        if id_ not in options:
            expected = f"a rule that ships as an option: {', '.join(sorted(options)) or 'there is none'}"
            yield _fault(file, f"rules.enable[{place}]", id_, expected)
    for place, id_ in enumerate(switched.silent):
        in_use = id_ in switched.enable or (id_ in rules and rules[id_].status is Status.ACTIVE)
        if not in_use or id_ in switched.disable:
            yield _fault(
                file, f"rules.silent[{place}]", id_, "the id of a rule that is in use, by itself or enabled here"
            )


def _threshold_faults(overlay: Overlay, rules: Mapping[str, Rule], file: str) -> Iterator[Fault]:
    times = Counter((each.rule, each.fact) for each in overlay.thresholds)
    for place, each in enumerate(overlay.thresholds):
        path = f"thresholds[{place}]"
        declared = {one.fact: one for one in rules[each.rule].configurable} if each.rule in rules else {}
        if each.fact not in declared:
            possible = sorted(f"{rule.id}: {one.fact}" for rule in rules.values() for one in rule.configurable)
            expected = f"a number that a rule declares as configurable: {', '.join(possible) or 'there is none'}"
            yield _fault(file, path, f"{each.rule}: {each.fact}", expected)
        elif not declared[each.fact].minimum <= each.value <= declared[each.fact].maximum:
            low, high = declared[each.fact].minimum, declared[each.fact].maximum
            yield _fault(file, f"{path}.value", each.value, f"a number from {low:g} to {high:g}")
        if times[each.rule, each.fact] > 1:
            yield _fault(file, path, f"{each.rule}: {each.fact}", "each number once")
