"""The measurements that a check asks for, found among a thousand others by their code alone.

Used only when a ROS1 inhibitor is ordered: no other order pays for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from msgspec import Raw

from fhir_mapping.concepts import concepts_of, texts_of
from fhir_mapping.datatypes import ABSENT, CodeableConcept, Element, RawResource
from fhir_mapping.dates import partial_date
from fhir_mapping.decoding import UNREADABLE, decode, decoder, refuse_duplicate_keys
from fhir_mapping.observations import Standing, standing_of
from fhir_mapping.references import is_other_patient, name_of
from fhir_mapping.resources.observation import (
    ComponentHead,
    MeasuredComponent,
    Measurement,
    ObservationHead,
    reported_value,
)
from knowledge.lookup import Knowledge

_ANOTHER = "not-a-baseline-result"
_CACHED_CODES = 4096
_LONGEST_CODE = 2000  # bytes of a code that is looked at
_LONGEST_NAME = 300  # characters
_MOST_READ = 5000  # measurements of one request that are read in full


class Value(NamedTuple):
    """One value: where it stands, and what it was measured on."""

    resource: RawResource
    name: str
    date: str | None
    holder: Measurement | MeasuredComponent

    @property
    def reported(self) -> str | None:
        """The value as the record words it."""
        return reported_value(self.holder)


class _When(Element, frozen=True):
    """When it was observed, as far as it orders the measurements."""

    effective_date_time: str | None = None
    issued: str | None = None


class Meanings:
    """Tells which measurements a code means, remembering the codes that it has judged."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._wanted = frozenset(
            each.value_set for check in knowledge.baseline_checks.values() for each in check.results
        )
        self._known: dict[bytes, frozenset[str]] = {}

    def of_bytes(self, code: Raw) -> frozenset[str]:
        """Return the value sets of measurements that a code in JSON means."""
        content = bytes(code)
        found = self._known.get(content)
        if found is None:
            concept = decode(content, CodeableConcept).value if len(content) <= _LONGEST_CODE else None
            found = self.of(concept)
            if len(self._known) >= _CACHED_CODES:
                self._known.clear()
            self._known[content] = found
        return found

    def of(self, concept: CodeableConcept | None) -> frozenset[str]:
        """Return the value sets of measurements that a concept means: by its codes, else by its words."""
        if concept is None:
            return frozenset()
        coded = concepts_of(concept, self._knowledge) & self._wanted
        if coded:
            return coded
        named = [self._knowledge.concepts_in(text[:_LONGEST_NAME]) for text in texts_of(concept)]
        return frozenset() if any(_ANOTHER in each for each in named) else frozenset().union(*named) & self._wanted


@lru_cache(maxsize=4)
def meanings_of_codes(knowledge: Knowledge) -> Meanings:
    """Return the meanings of a knowledge, made once."""
    return Meanings(knowledge)


def newest_values(resources: Iterable[RawResource], *, patient_id: str, knowledge: Knowledge) -> Mapping[str, Value]:
    """Return the newest value of each measurement among resources, by the id of its value set.

    Raises DuplicateKeyError if a resource with such a value holds a key twice.
    """
    newest: dict[str, Value] = {}
    for value_set, value in _values(resources, patient_id, knowledge):
        best = newest.get(value_set)
        if best is None or _is_newer(value, best):
            newest[value_set] = value
    for resource in {id(each.resource): each.resource for each in newest.values()}.values():
        refuse_duplicate_keys(resource.content, resource.path)
    return newest


def _is_newer(value: Value, other: Value) -> bool:
    """Return True if a value is the newer one; of the same day the bytes decide, so that their order does not."""
    day, other_day = value.date or "", other.date or ""
    if day != other_day:
        return day > other_day
    return bytes(value.resource.content) > bytes(other.resource.content)


def _values(resources: Iterable[RawResource], patient_id: str, knowledge: Knowledge) -> Iterator[tuple[str, Value]]:
    meanings = meanings_of_codes(knowledge)
    for resource in _relevant(resources, meanings):
        read = decode(resource.content, Measurement).value
        if read is None or is_other_patient(read.subject, patient_id):
            continue
        if standing_of(read, knowledge) is not Standing.VALID:
            continue
        name = name_of("Observation", read.id)
        holders: tuple[Measurement | MeasuredComponent, ...] = (read, *read.component)
        for holder in holders:
            if reported_value(holder) is not None:
                for value_set in meanings.of(holder.code):
                    yield value_set, Value(resource, name, read.date, holder)


def _relevant(resources: Iterable[RawResource], meanings: Meanings) -> list[RawResource]:
    """Return the Observations with a measurement that is asked for; of too many, the newest."""
    read_head = decoder(ObservationHead).decode
    found: list[RawResource] = []
    for resource in resources:
        try:
            head = read_head(resource.content)
        except UNREADABLE:
            head = decode(resource.content, ObservationHead).value or ObservationHead()
        if head.resource_type == "Observation" and _is_asked_for(head, meanings):
            found.append(resource)
    if len(found) > _MOST_READ:
        found.sort(key=_day, reverse=True)
    return found[:_MOST_READ]


def _is_asked_for(head: ObservationHead, meanings: Meanings) -> bool:
    if head.code is not ABSENT and meanings.of_bytes(head.code):
        return True
    if head.component is ABSENT:
        return False
    components = decode(head.component, tuple[ComponentHead, ...]).value or ()
    return any(each.code is not ABSENT and meanings.of_bytes(each.code) for each in components)


def _day(resource: RawResource) -> str:
    when = decode(resource.content, _When).value or _When()
    return partial_date(when.effective_date_time) or partial_date(when.issued) or ""
