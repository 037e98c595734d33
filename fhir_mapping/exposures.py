"""What each record of a drug tells of its use: ordered, taken, given, handed over, ended, not taken.

Statuses as FHIR R4 defines them. A plan, an intention, a dose not given, a record in error is nothing; a status that is
missing or unknown makes no exposure either: it is said that it could not be read, and of which drugs.
What is dated after the day of the decision was not given yet. One day later may be the same day elsewhere: dates are
read without their time zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from fhir_mapping.affirmed import says
from fhir_mapping.concepts import concepts_of, texts_of
from fhir_mapping.datatypes import CodeableConcept, Medicated
from fhir_mapping.dates import days_after, is_after
from fhir_mapping.drugs import Medications, Ordered, drugs_given, ordered_by, without_known_parts
from fhir_mapping.facts import Evidence, Recognition, StopReason, Unread
from fhir_mapping.references import name_of
from fhir_mapping.resources.medication_administration import MedicationAdministration
from fhir_mapping.resources.medication_dispense import MedicationDispense
from fhir_mapping.resources.medication_statement import MedicationStatement
from knowledge.lookup import Knowledge

_MOST_NOTES = 5  # of one resource that are read
_MOST_TOLD = 3  # references of one resource that are told
_MOST_DAYS = 366  # that one supply can last
_REASONS = (
    (StopReason.PROGRESSION, "stopped-for-progression"),
    (StopReason.INTOLERANCE, "stopped-for-intolerance"),
)


class Use(StrEnum):
    """What a record says of the use of a drug."""

    RUNNING = "running"
    ENDED = "ended"
    GIVEN = "given"  # a dose, or a supply: on that day, and nothing of the days after
    NOT_TAKEN = "not-taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one record tells of its drugs, with the dates that it states."""

    use: Use
    proven: bool = True  # taken, given or handed over, not only ordered
    date: str | None = None
    start: str | None = None
    end: str | None = None  # of one that ended
    until: str | None = None  # of one that runs, or of an order that was completed
    lasts: int = 0  # of a supply: its days
    given: str | None = None  # the last dose that the record tells of
    stop_reason: StopReason | None = None

    @property
    def last(self) -> str | None:
        """The last day that the record tells of."""
        return self.end or self.given or self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What one record tells of one drug."""

    drug: str
    drug_class: str
    told: Told
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one resource tells: exposures, or why it could not be read."""

    exposures: tuple[Exposure, ...] = ()
    unread: tuple[Unread, ...] = ()
    unclear: tuple[Recognition, ...] = ()  # the drugs of which it does not tell whether they were given
    unresolved: tuple[str, ...] = ()  # references to the drug that lead to nothing


_TAKEN = {
    "active": Use.RUNNING,
    "on-hold": Use.ENDED,
    "completed": Use.ENDED,
    "stopped": Use.ENDED,
    "not-taken": Use.NOT_TAKEN,
}
_NEVER_TAKEN = {"intended", "entered-in-error"}
_BEGUN = {"in-progress", "on-hold", "completed", "stopped"}  # of a dose: some of it was given
_NEVER_BEGUN = {"not-done", "entered-in-error"}
_NEVER_HANDED_OVER = {"preparation", "in-progress", "cancelled", "on-hold", "entered-in-error", "declined", "stopped"}


def used_by(resource: Medicated, medications: Medications, knowledge: Knowledge, as_of: date | None = None) -> Used:
    """Return what a MedicationStatement, MedicationAdministration or MedicationDispense on file tells on a day."""
    never = {
        MedicationStatement: _NEVER_TAKEN,
        MedicationAdministration: _NEVER_BEGUN,
        MedicationDispense: _NEVER_HANDED_OVER,
    }[type(resource)]
    if resource.status in never:
        return Used()
    ordered = without_known_parts(ordered_by(resource, medications), knowledge)
    drugs = drugs_given(ordered.concepts, knowledge)
    name = name_of(type(resource).__name__, resource.id)
    if not drugs:
        return Used(unread=not_in_record(name, ordered), unresolved=ordered.unresolved)
    told = _told(resource, knowledge)
    if told is None:
        problem = f"status {resource.status or 'missing'}: it is not known whether the drug was given"
        return Used(unread=(Unread(resource=name, problem=problem),), unclear=drugs)
    last = days_after(as_of.isoformat(), 1) if as_of else None
    if last and is_after(begun := told.start or told.given, last):
        problem = f"dated {begun}, which is still to come: it does not count as given"
        return Used(unread=(Unread(resource=name, problem=problem),))
    if last and is_after(told.given, last):
        told = replace(told, date=told.start, given=told.start if told.use is Use.GIVEN else None)
    return Used(exposures=exposures_to(drugs, told, name, ordered.display))


def unclear_drugs(resource: Medicated, medications: Medications, knowledge: Knowledge) -> tuple[Recognition, ...]:
    """Return the drugs of a resource that does not tell whether they were given."""
    return drugs_given(ordered_by(resource, medications).concepts, knowledge)


def not_in_record(name: str, ordered: Ordered) -> tuple[Unread, ...]:
    """Return that a resource names a drug, or parts of one, by references that lead to nothing."""
    if not ordered.unresolved:
        return ()
    whose = "a part of its drug" if ordered.in_part else "its drug"
    problem = f"{whose}, {', '.join(ordered.unresolved[:_MOST_TOLD])}, is not in the record"
    return (Unread(resource=name, problem=problem),)


def exposures_to(drugs: Iterable[Recognition], told: Told, resource: str, reported: str | None) -> tuple[Exposure, ...]:
    """Return what a record tells of each of its drugs."""
    evidence = Evidence(resource=resource, date=told.date, reported=reported)
    return tuple(Exposure(drug=each.drug, drug_class=each.drug_class, told=told, evidence=evidence) for each in drugs)


def stop_reason_in(
    reasons: Sequence[CodeableConcept], notes: Iterable[str], knowledge: Knowledge, *, stopped: bool
) -> StopReason | None:
    """Return why a treatment was stopped, by codes, then by words; UNKNOWN if it was and nothing tells why."""
    coded = frozenset().union(*(concepts_of(each, knowledge) for each in reasons))
    texts = [text for each in reasons for text in texts_of(each)]
    for reason, concept in _REASONS:
        if concept in coded or says(texts, concept, knowledge, but_not="not-progression"):
            return reason
    for reason, concept in _REASONS if stopped and not texts else ():
        if says(notes, concept, knowledge, but_not="not-progression"):
            return reason
    return StopReason.UNKNOWN if stopped else None


def notes_of(resource: Medicated) -> tuple[str, ...]:
    """Return the first notes of a resource."""
    return tuple(each.text for each in resource.note[:_MOST_NOTES] if each.text)


def _told(resource: Medicated, knowledge: Knowledge) -> Told | None:
    """Return what a record tells; None if its status does not say whether the drug was given."""
    match resource:
        case MedicationStatement():
            return _statement(resource, knowledge)
        case MedicationAdministration() if resource.status in _BEGUN:
            return Told(use=Use.GIVEN, date=resource.date, start=resource.start, given=resource.date)
        case MedicationDispense() if resource.status == "completed" or resource.handed_over:
            return _dispense(resource)
    return None


def _statement(statement: MedicationStatement, knowledge: Knowledge) -> Told | None:
    use = _TAKEN.get(statement.status or "")
    if use is None:
        return None
    if use is not Use.ENDED:
        date = statement.start or statement.asserted
        proven = use is Use.RUNNING
        return Told(use=use, proven=proven, date=date, start=statement.start, until=statement.end)
    stopped = statement.status == "stopped"
    return Told(
        use=use,
        date=statement.start or statement.end or statement.asserted,
        start=statement.start,
        end=statement.end,
        given=statement.end,
        stop_reason=stop_reason_in(statement.status_reason, notes_of(statement), knowledge, stopped=stopped),
    )


def _dispense(dispense: MedicationDispense) -> Told:
    days = dispense.days_supply.value if dispense.days_supply else None
    lasts = int(days) if days is not None and 0 < days <= _MOST_DAYS else 0
    until = days_after(dispense.handed_over, lasts) if lasts else None
    return Told(
        use=Use.RUNNING if until else Use.GIVEN,
        date=dispense.date,
        start=dispense.date,
        until=until,
        lasts=lasts,
        given=dispense.handed_over,
    )
