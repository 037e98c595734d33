"""ROS1 tests whose result stands in components that do not name ROS1: "Specimen", "Method", "Result".

Only under a code that names ROS1 and no other gene, and only under a name that says no more than "result", is the
component's value the result. A test of which no part can be read is no missing test: it is indeterminate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import structs

from fhir_mapping.concepts import concepts_of, meanings_of, texts_of, words_of
from fhir_mapping.facts import Ros1Finding
from fhir_mapping.headings import holds_result, under
from fhir_mapping.lexicon import ROS1_CONCEPTS, Lexicon
from fhir_mapping.resources.observation import Component, Observation, reported_value, value_codes, value_words
from fhir_mapping.ros1.clauses import Naming
from fhir_mapping.ros1.findings import RESULTS
from fhir_mapping.ros1.protein import changes_in
from fhir_mapping.ros1.statement import Note, Statement, reported_interpretation, statement_of
from fhir_mapping.ros1.tokens import Kind, scanner_of
from fhir_mapping.ros1.variant import variant_of

_LONGEST_NAME = 60  # characters of the name of a change or a gene
_LONGEST_TITLE = 400  # characters of the name of a test
_MOST_TOLD = 10  # components of which a test that cannot be read is told
_FUSION_TESTS = {"fusion-structure", "structure-only-method"}
_OF_FUSION = {Kind.STRUCTURE, Kind.FUSION}
_UNKNOWN_CHANGE = re.compile(r"\s*(?:[cgp]\.)?\(?\?\)?\s*")  # as HGVS writes that it is not known


def result_parts(observation: Observation, lexicon: Lexicon) -> Iterator[tuple[Component, Component]]:
    """Yield the components that hold the result of a ROS1 test as they came, and under the name of the test."""
    means = meanings_of(observation.code, lexicon.knowledge)
    if not means & ROS1_CONCEPTS or _names_others(observation, lexicon):
        return
    for part in observation.component:
        named = meanings_of(part.code, lexicon.knowledge) & ROS1_CONCEPTS
        if not named and holds_result(part.code, lexicon.knowledge):
            yield part, structs.replace(part, code=under(observation.code, part.code))


def tells_other_change(observation: Observation, finding: Ros1Finding | None, lexicon: Lexicon) -> bool:
    """Tell whether a component says which change was looked for or found ("G2032R", "SNV"), and none says a fusion.

    Not of a test that is named one for a fusion. What is told as found beside the result, and a change that was not
    found, leave a positive result as it is; one that was not found may be all that a negative result is about.
    """
    if not observation.component or _is_fusion_test(observation, lexicon) or _names_others(observation, lexicon):
        return False
    found = tuple(each for each in observation.component if not _is_beside(each, finding, lexicon))
    variant = variant_of(structs.replace(observation, component=found), lexicon)
    parts = [each for each in found if not holds_result(each.code, lexicon.knowledge)]
    values = [text for each in parts for text in value_words(each) if len(text) <= _LONGEST_NAME]
    names = [text for each in parts for text in texts_of(each.code) if len(text) <= _LONGEST_NAME]
    kinds = [_kinds(text, lexicon) for text in values]
    if variant.fuses or any(each & _OF_FUSION for each in kinds):
        return False
    named = any(Kind.OTHER_CHANGE in each and not each & RESULTS for each in kinds)
    return variant.otherwise_changed or named or any(map(changes_in, names))


def _is_fusion_test(observation: Observation, lexicon: Lexicon) -> bool:
    """Return True for a code of a ROS1 test that we know, and where name or method say fusion or FISH, not mutation."""
    if "ros1-test" in concepts_of(observation.code, lexicon.knowledge):
        return True
    texts = [text[:_LONGEST_TITLE] for text in texts_of(observation.code)]
    told = (*texts, *(text[:_LONGEST_TITLE] for text in texts_of(observation.method)))
    named = any(_FUSION_TESTS & lexicon.knowledge.concepts_in(text) for text in told)
    return named and not any(Kind.OTHER_CHANGE in _kinds(text, lexicon) for text in texts)


def _is_beside(part: Component, finding: Ros1Finding | None, lexicon: Lexicon) -> bool:
    """Return True for a component that tells no change that the result can be about."""
    words = value_codes(part)
    if words and all(map(_UNKNOWN_CHANGE.fullmatch, words)):
        return True
    if "co-mutation-heading" in meanings_of(part.code, lexicon.knowledge):
        return True
    said = statement_of(part, lexicon, naming=Naming.NOTHING).finding
    return finding is Ros1Finding.POSITIVE and said not in (None, Ros1Finding.POSITIVE)


def _kinds(text: str, lexicon: Lexicon) -> set[Kind]:
    return {token.kind for token in scanner_of(lexicon.knowledge).tokens(text)}


def not_read(observation: Observation, lexicon: Lexicon) -> Iterator[Statement]:
    """Yield that a ROS1 test with components, and without members, says nothing that is understood."""
    if not observation.component or observation.has_member or observation.derived_from:
        return
    means = [meanings_of(each.code, lexicon.knowledge) for each in observation.component]
    if not meanings_of(observation.code, lexicon.knowledge) & ROS1_CONCEPTS or all("gene-studied" in m for m in means):
        return
    told = "; ".join(islice(_told(observation.component), _MOST_TOLD))
    note = Note.SEVERAL_GENES if _names_others(observation, lexicon) else Note.NOT_UNDERSTOOD if told else Note.NO_VALUE
    reported = ": ".join(filter(None, (words_of(observation.code), told)))
    yield Statement(finding=Ros1Finding.INDETERMINATE, note=note, reported=reported or None)


def _names_others(observation: Observation, lexicon: Lexicon) -> bool:
    """Return True if the test, or one of its components, is of another gene: whose a bare result is, is not said."""
    codes = (observation.code, *(each.code for each in observation.component))
    if any("other-gene" in meanings_of(each, lexicon.knowledge) for each in codes):
        return True
    studied = (each for each in observation.component if "gene-studied" in meanings_of(each.code, lexicon.knowledge))
    if any("other-gene" in meanings_of(each.value_codeable_concept, lexicon.knowledge) for each in studied):
        return True
    values = (
        text.strip() for each in observation.component for text in value_words(each) if len(text) <= _LONGEST_NAME
    )
    return any(map(lexicon.knowledge.pattern("other-gene").fullmatch, values))


def _told(components: Sequence[Component]) -> Iterator[str]:
    for each in components:
        if value := reported_value(each) or reported_interpretation(each):
            yield ": ".join(filter(None, (words_of(each.code), value)))
