"""What an Observation is about, decided from a few raw elements, so that a thousand others cost next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from msgspec import Raw

from fhir_mapping.concepts import meanings_of
from fhir_mapping.datatypes import ABSENT, CodeableConcept
from fhir_mapping.decoding import UNREADABLE, Content, decode, decode_anything, decoder
from fhir_mapping.lexicon import PD_L1_CONCEPTS, ROS1_CONCEPTS, TRANSFORMATION, Lexicon
from fhir_mapping.resources.diagnostic_report import DiagnosticReportHead
from fhir_mapping.resources.observation import ComponentHead, ObservationHead


class Topic(StrEnum):
    """What decisions rest on, among all that can be observed."""

    ROS1 = "ros1"
    PD_L1 = "pd-l1"
    TRANSFORMATION = "transformation"
    STAGE = "stage"
    SMOKING = "smoking"
    PROGRESSION = "progression"
    HISTOLOGY = "histology"
    PANEL = "panel"


Topics = frozenset[Topic]

_NOTHING: Topics = frozenset()
_TOPICS = {
    **dict.fromkeys(ROS1_CONCEPTS, Topic.ROS1),
    **dict.fromkeys(PD_L1_CONCEPTS, Topic.PD_L1),
    TRANSFORMATION: Topic.TRANSFORMATION,
}  # of values, components and notes
_CODE_TOPICS = {
    **_TOPICS,
    "stage-group-observation": Topic.STAGE,
    "m-category-observation": Topic.STAGE,
    "smoking-observation": Topic.SMOKING,
    "disease-status-observation": Topic.PROGRESSION,
    "histology-observation": Topic.HISTOLOGY,
    "broad-panel": Topic.PANEL,
}
_CACHED_CONCEPTS = 4096
_LONGEST_CACHED_CONCEPT = 600  # bytes
_LONGEST_CONCEPT = 2000  # bytes; a longer one holds a report, which is searched for our topics only


class Relevance:
    """Tells what Observations are about; remembers the concepts that it has judged."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._codes: dict[bytes, Topics] = {}
        self._values: dict[bytes, Topics] = {}
        self._texts = decoder(str)
        self._components = decoder(tuple[ComponentHead, ...])

    def topics(self, head: ObservationHead) -> Topics:
        """Return what the code, the value, a component or a note is about; nothing for most."""
        known = self._codes.get(bytes(head.code))
        found = self._code_topics(head.code) if known is None else known
        if head.value_codeable_concept is not ABSENT:
            found |= self._value_topics(head.value_codeable_concept)
        if head.value_string is not ABSENT:
            found |= self._string_topics(head.value_string)
        if head.component is not ABSENT:
            found |= self._component_topics(head.component)
        if head.note is not ABSENT:
            found |= self.text_topics(head.note)
        return found

    def report_topics(self, head: DiagnosticReportHead) -> Topics:
        """Return what the code or the conclusion of a report is about."""
        found = self._code_topics(head.code)
        if head.conclusion is not ABSENT:
            found |= self._string_topics(head.conclusion)
        if head.conclusion_code is not ABSENT:
            concepts = decode(head.conclusion_code, tuple[CodeableConcept, ...]).value or ()
            meant = frozenset().union(*(meanings_of(each, self._lexicon.knowledge) for each in concepts))
            found |= frozenset(_TOPICS[id_] for id_ in meant & _TOPICS.keys())
        return found

    def text_topics(self, content: Content) -> Topics:
        """Return what any string in the JSON is about; for what is rare or of an unexpected shape."""
        return _NOTHING.union(*map(self._topics_in, _strings(decode_anything(content))))

    def _string_topics(self, content: Raw) -> Topics:
        try:
            return self._topics_in(self._texts.decode(content))
        except UNREADABLE:
            return self.text_topics(content)

    def _topics_in(self, text: str) -> Topics:
        words, lowered = self._lexicon, text.lower()
        if not words.any_topic.may_be_within(lowered):
            return _NOTHING
        named = (
            (Topic.ROS1, words.ros1),
            (Topic.PD_L1, words.pd_l1),
            (Topic.TRANSFORMATION, words.transformation),
        )
        return frozenset(topic for topic, mention in named if mention.within(text))

    def _code_topics(self, code: Raw) -> Topics:
        if code is ABSENT:
            return _NOTHING
        content = bytes(code)
        known = self._codes.get(content)
        return self._judge(content, self._codes, _CODE_TOPICS) if known is None else known

    def _value_topics(self, value: Raw) -> Topics:
        content = bytes(value)
        known = self._values.get(content)
        return self._judge(content, self._values, _TOPICS) if known is None else known

    def _judge(self, content: bytes, known: dict[bytes, Topics], topics: dict[str, Topic]) -> Topics:
        concept = decode(content, CodeableConcept)
        meant = meanings_of(concept.value, self._lexicon.knowledge)
        found = frozenset(topics[id_] for id_ in meant & topics.keys())
        if concept.problems or len(content) > _LONGEST_CONCEPT:
            found |= self.text_topics(content)
        if len(content) <= _LONGEST_CACHED_CONCEPT:
            if len(known) >= _CACHED_CONCEPTS:
                known.clear()
            known[content] = found
        return found

    def _component_topics(self, content: Raw) -> Topics:
        try:
            components = self._components.decode(content)
        except UNREADABLE:
            return self.text_topics(content) | self._lenient_component_topics(content)
        return _NOTHING.union(*map(self._topics_of_component, components))

    def _lenient_component_topics(self, content: Raw) -> Topics:
        components = decode(content, tuple[ComponentHead, ...]).value or ()
        return _NOTHING.union(*map(self._topics_of_component, components))

    def _topics_of_component(self, component: ComponentHead) -> Topics:
        found = _NOTHING
        if component.code is not ABSENT:
            found = self._value_topics(component.code)
        if component.value_codeable_concept is not ABSENT:
            found |= self._value_topics(component.value_codeable_concept)
        if component.value_string is not ABSENT:
            found |= self._string_topics(component.value_string)
        return found


def _strings(found: object) -> Iterator[str]:
    """Yield every string in plain JSON values, without recursion."""
    rest = [found]
    while rest:
        match rest.pop():
            case str() as text:
                yield text
            case list() as items:
                rest.extend(items)
            case dict() as members:
                rest.extend(members.values())


@lru_cache(maxsize=4)
def relevance_of(lexicon: Lexicon) -> Relevance:
    """Return the relevance test of a lexicon, made once."""
    return Relevance(lexicon)
