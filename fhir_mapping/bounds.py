"""Of a record that holds more than anybody would write the largest resources are left out, and that is said."""

from __future__ import annotations

from msgspec.structs import replace

from fhir_mapping.concepts import texts_of
from fhir_mapping.datatypes import RawResource
from fhir_mapping.facts import Availability, Part, Unread
from fhir_mapping.record import Record
from fhir_mapping.references import name_of
from fhir_mapping.relevance import Topic
from fhir_mapping.resources.condition import Condition

_MOST_TO_READ = 262_144  # bytes of Observations about our topics in one request
_LEAST = {Topic.HISTOLOGY, Topic.PANEL}  # what is left out first
_MOST_WORDS = 250_000  # characters of diagnoses in one request
_EACH = 40  # characters that reading a diagnosis costs beside those of its words
_MOST_REQUESTS = 10_000  # orders on file
_MOST_USES = 10_000  # records of drugs taken, given or handed over


def bound(record: Record) -> None:
    """Leave out the largest resources if there is more than anybody would write, and say so."""
    for part, types in record.lacking.items():
        _degrade(record, part, f"{', '.join(sorted(types))} did not come whole")
    _limit_conditions(record)
    if len(record.requests) > _MOST_REQUESTS:
        record.requests.sort(key=lambda each: (len(bytes(each[1].content)), bytes(each[1].content)))
        _leave_out(record, Part.MEDICATIONS, "MedicationRequest", len(record.requests) - _MOST_REQUESTS)
        del record.requests[_MOST_REQUESTS:]
    if len(record.uses) > _MOST_USES:
        record.uses.sort(key=lambda each: (len(bytes(each[1].content)), bytes(each[1].content)))
        _leave_out(record, Part.MEDICATIONS, "records of drugs given", len(record.uses) - _MOST_USES)
        del record.uses[_MOST_USES:]
    _limit_observations(record)


def _limit_conditions(record: Record) -> None:
    """Read the diagnoses; the shortest first if there are too many words."""
    if sum(_EACH + len(memoryview(resource.content)) for _, resource, _ in record.conditions) > _MOST_WORDS:
        _shorten_conditions(record)
    for condition, resource, problems in record.conditions:
        record.diagnose(condition, resource, problems)


def _shorten_conditions(record: Record) -> None:
    """Leave out the longest diagnoses if there are too many words; counting these is dearer than bytes."""
    lengths = [(_length(each[0]), bytes(each[1].content), number) for number, each in enumerate(record.conditions)]
    if sum(length for length, *_ in lengths) <= _MOST_WORDS:
        return
    kept: list[tuple[Condition, RawResource, tuple[str, ...]]] = []
    left = _MOST_WORDS
    for length, _, number in sorted(lengths):
        left -= length
        if left < 0:
            _leave_out(record, Part.DIAGNOSES, "Condition", len(lengths) - len(kept))
            break
        kept.append(record.conditions[number])
    record.conditions = kept


def _leave_out(record: Record, part: Part, type_: str, count: int) -> None:
    problem = f"{count} more than can be read"
    record.unread.add(Unread(resource=type_, problem=problem))
    _degrade(record, part, problem)


def _degrade(record: Record, part: Part, problem: str) -> None:
    """Let a part that arrived whole be incomplete."""
    record.supplies = [
        replace(each, availability=Availability.INCOMPLETE, problem=each.problem or problem)
        if each.part is part and each.availability is Availability.COMPLETE
        else each
        for each in record.supplies
    ]


def _limit_observations(record: Record) -> None:
    total = sum(each.size for each in record.observations)
    if total <= _MOST_TO_READ:
        return
    record.observations.sort(key=lambda each: (each.topics <= _LEAST, each.size, bytes(each.resource.content)))
    while total > _MOST_TO_READ:
        found = record.observations.pop()
        total -= found.size
        record.tell(name_of("Observation", found.observation.id), ("more text than can be read",), found.resource)


def _length(condition: Condition) -> int:
    """Return how much there is to read in a diagnosis."""
    concepts = (condition.code, *(each.summary for each in condition.stage), *condition.extension_concepts)
    return _EACH + sum(len(text) for concept in concepts for text in texts_of(concept))
