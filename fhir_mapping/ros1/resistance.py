"""One Observation to the changes of the ROS1 protein that it reports: what a later ROS1 inhibitor may not work against.

Void, pending and germline results, implications and results of another person or gene report none. A change alone is no
fusion: what the Observation says of a fusion is read in results.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from msgspec import structs

from fhir_mapping.concepts import concepts_of, meanings_of, texts_of
from fhir_mapping.facts import Evidence, ResistanceChange, Ros1Finding
from fhir_mapping.lexicon import ROS1_CONCEPTS, Lexicon
from fhir_mapping.observations import Standing, is_implication, standing_of
from fhir_mapping.references import name_of
from fhir_mapping.resources.observation import Observation, Valued, value_codes, value_words, without_circumstances
from fhir_mapping.ros1.clauses import Naming
from fhir_mapping.ros1.laboratory import Specimens, Tested, method_of, specimen_of, what_was_tested
from fhir_mapping.ros1.mentions import Reported, changes_reported
from fhir_mapping.ros1.protein import changes_in
from fhir_mapping.ros1.statement import Statement, statement_of
from fhir_mapping.ros1.variant import Variant, variant_of

_ROS1 = "ROS1"
_LONGEST_REPORTED = 200  # characters of a report that a change quotes
_NOT_THERE = {"result-negative", "result-pending", "result-indeterminate", "result-not-tested"}


def resistance_changes(
    observation: Observation, specimens: Specimens, lexicon: Lexicon, *, remember: bool = False
) -> tuple[ResistanceChange, ...]:
    """Return the changes of the ROS1 protein that an Observation reports as present.

    ``remember``: keep what was understood (no identity, no date), because the same words come with the next request.
    """
    read_once = _remembered if remember else _changes
    found = read_once(without_circumstances(observation), what_was_tested(observation, specimens, lexicon), lexicon)
    resource, date = name_of("Observation", observation.id), observation.date
    return tuple(
        structs.replace(each, evidence=Evidence(resource=resource, date=date, reported=each.evidence.reported))
        for each in found
    )


def _changes(observation: Observation, tested: Tested, lexicon: Lexicon) -> tuple[ResistanceChange, ...]:
    knowledge = lexicon.knowledge
    if not _names_a_change(observation) or standing_of(observation, knowledge) in (Standing.VOID, Standing.PENDING):
        return ()
    if is_implication(observation, knowledge) or _is_of_another(observation, lexicon):
        return ()
    found = {each.change: each for each in _reported(observation, lexicon)}
    return tuple(_change(observation, each, tested, lexicon) for each in found.values())


_remembered = lru_cache(maxsize=1024)(_changes)


def _names_a_change(observation: Observation) -> bool:
    """Return False for nearly all: nothing in it looks like a change."""
    holders: tuple[Valued, ...] = (observation, *observation.component)
    texts = chain.from_iterable((*texts_of(each.code), *value_codes(each)) for each in holders)
    return any(map(changes_in, chain(texts, observation.notes)))


def _reported(observation: Observation, lexicon: Lexicon) -> Iterator[Reported]:
    """Yield what the Observation reports as a variant, as a ROS1 test, in its components, in free text and notes."""
    variant = variant_of(observation, lexicon)
    if variant.germline:
        return
    tests = bool(meanings_of(observation.code, lexicon.knowledge) & ROS1_CONCEPTS)
    if _ROS1 in variant.genes or (tests and not variant.genes):
        yield from _of_variant(observation, variant, lexicon)
    about_ros1 = (tests and not variant.genes) or set(variant.genes) == {_ROS1}
    yield from _of_value(observation, lexicon, about_ros1=about_ros1)
    for component in observation.component:
        means = meanings_of(component.code, lexicon.knowledge)
        if not means & {"gene-studied", "variation-code", "protein-change"} and not _is_of_another(component, lexicon):
            yield from _of_value(component, lexicon, about_ros1=bool(means & ROS1_CONCEPTS))
    for text in observation.notes:
        yield from changes_reported(text, lexicon, implied=False, named=False)


def _of_variant(observation: Observation, variant: Variant, lexicon: Lexicon) -> Iterator[Reported]:
    """Yield the changes that the components of a variant give: all of ROS1 alone, with a partner only the known ones.

    Components of several genes do not say whose change it is, unless the words name ROS1 themselves.
    """
    if _is_absent(observation, lexicon):
        return
    others = [gene for gene in variant.genes if gene != _ROS1]
    partner = len(others) == 1 and "fusion-partner-gene" in lexicon.knowledge.concepts_in(others[0])
    for text in (*variant.changes, *variant.words):
        for each in changes_reported(text, lexicon, implied=not others or partner, named=True):
            named = lexicon.ros1.within(each.words)
            if not others or named or (partner and each.change in lexicon.knowledge.resistance):
                yield each


def _of_value(holder: Valued, lexicon: Lexicon, *, about_ros1: bool) -> Iterator[Reported]:
    """Yield the changes that a value reports, and those that the code names and the value says are there."""
    if _is_denied(holder, lexicon):
        return
    texts = value_codes(holder) if about_ros1 else tuple(filter(lexicon.ros1.within, value_words(holder)))
    for text in texts:
        yield from changes_reported(text, lexicon, implied=about_ros1, named=about_ros1)
    labels = [text for text in texts_of(holder.code) if lexicon.ros1.within(text) and changes_in(text)]
    if labels and statement_of(holder, lexicon, naming=Naming.NOTHING).finding is Ros1Finding.POSITIVE:
        for label in labels:
            yield from changes_reported(label, lexicon, implied=True, named=True)


def _is_absent(observation: Observation, lexicon: Lexicon) -> bool:
    """Return True if the value does not leave it that the variant is there."""
    finding = statement_of(observation, lexicon, naming=Naming.NOTHING).finding
    return _is_denied(observation, lexicon) or finding not in (None, Ros1Finding.POSITIVE)


def _is_denied(holder: Valued, lexicon: Lexicon) -> bool:
    """Return True if something beside the words of a value says that it is not there, not yet, or not clear."""
    if holder.data_absent_reason or holder.value_boolean is False:
        return True
    coded = concepts_of(holder.value_codeable_concept, lexicon.knowledge)
    interpreted = (meanings_of(each, lexicon.knowledge) for each in holder.interpretation)
    return bool(_NOT_THERE & coded.union(*interpreted))


def _is_of_another(holder: Valued, lexicon: Lexicon) -> bool:
    return "not-a-patient-result" in meanings_of(holder.code, lexicon.knowledge)


def _change(observation: Observation, reported: Reported, tested: Tested, lexicon: Lexicon) -> ResistanceChange:
    said = Statement(finding=Ros1Finding.POSITIVE, words=(reported.words,))
    method = method_of(observation, said, tested, lexicon)
    specimen, specimen_text = specimen_of(observation, said, method, tested, lexicon)
    return ResistanceChange(
        change=reported.change,
        evidence=Evidence(resource="Observation", reported=" ".join(reported.words.split())[:_LONGEST_REPORTED]),
        method=method.id if method else None,
        specimen=specimen,
        specimen_text=specimen_text,
    )
