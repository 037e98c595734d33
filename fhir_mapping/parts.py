"""The parts of a record as they came, before any of their resources is read for what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from fhir_mapping.datatypes import CodeableConcept, Element, RawResource
from fhir_mapping.decoding import decode
from fhir_mapping.facts import Availability, Part, Supply


class RecordPart(Struct, frozen=True, kw_only=True, gc=False):
    """One part of a record: what was asked for together, and how it arrived."""

    part: Part
    availability: Availability
    problem: str | None = None
    resources: Sequence[RawResource] = ()
    extra: str | None = None  # the type of the resources that it adds to its part
    refused: bool = False  # the EHR does not have such resources, or does not let them be read: asking again is no use


class Identified(Element, frozen=True):
    """What every resource has."""

    resource_type: str = ""
    id: str | None = None


class Issue(Element, frozen=True):
    """One issue of an OperationOutcome."""

    severity: str | None = None
    diagnostics: str | None = None
    details: CodeableConcept | None = None


class Outcome(Element, frozen=True):
    """An OperationOutcome where a resource was expected: a part of the answer is missing."""

    issue: tuple[Issue, ...] = ()


def by_id(record: Sequence[RecordPart], type_: str) -> Mapping[str, RawResource]:
    """Return the resources of one type by their ids, from the parts that can hold any."""
    found: dict[str, RawResource] = {}
    for part in (each for each in record if each.part not in (Part.RESULTS, Part.STAGES, Part.REPORTS)):
        for resource in part.resources:
            read = decode(resource.content, Identified).value
            if read and read.resource_type == type_ and read.id:
                found[read.id] = resource
    return found


def outcome_of(resource: RawResource) -> tuple[str, ...]:
    """Return what an OperationOutcome says went wrong; mere information is no problem."""
    read = decode(resource.content, Outcome).value
    issues = read.issue if read else ()
    if issues and all(each.severity in ("information", "success") for each in issues):
        return ()
    words = (each.diagnostics or (each.details.text if each.details else None) for each in issues)
    return (next(filter(None, words), "the answer holds an OperationOutcome"),)


def supply_of(part: RecordPart, problems: Sequence[str]) -> Supply:
    """Return how a part arrived; a complete one with an entry that says or is an error is not complete."""
    complete = part.availability is Availability.COMPLETE
    availability = Availability.INCOMPLETE if complete and problems else part.availability
    return Supply(part=part.part, availability=availability, problem=part.problem or next(iter(sorted(problems)), None))
