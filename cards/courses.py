"""What the courses of treatment on record mean on the day of the decision; nothing is known of drugs here but names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cards.calendar import certainly_after, first_day, last_day, years_between
from cards.patient import CHECKPOINT_INHIBITOR, is_current
from fhir_mapping.facts import ClinicalFacts, Order, OrderState, Phase, Progression, StopReason, TherapyCourse

__all__ = [
    "Since",
    "greatest_age",
    "is_current",
    "known_by",
    "of_class",
    "ordered_drugs",
    "progression_on",
    "progressions_during",
    "since_checkpoint_inhibitor",
    "since_last_dose",
    "since_newest_record",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """How many days ago something was: at least and at most, as far as the record tells."""

    fewest: int
    most: int | None  # None: nothing tells

    @property
    def exact(self) -> bool:
        """True if the day is known."""
        return self.fewest == self.most


def of_class(facts: ClinicalFacts, drug_class: str) -> tuple[TherapyCourse, ...]:
    """Return the courses of the drugs of a class, newest first."""
    return tuple(course for course in facts.therapies if course.drug_class == drug_class)


def since_last_dose(course: TherapyCourse, as_of: date) -> Since:
    """Return how long ago the last dose of a course was.

    It was not before the last one on record nor before the newest record of the course; not after the end, nor after
    the last one on record if no record is newer. What is dated later than the day tells nothing of it.
    """
    given = known_by(course.last_given, as_of)
    told = [known_by(each.date, as_of) for each in course.evidence]
    after = max(filter(None, map(first_day, (*told, given, known_by(course.start, as_of)))), default=None)
    newer = any(certainly_after(each, given) for each in told)
    known = None if newer or is_current(course, as_of) else given
    before = last_day(known or (None if is_current(course, as_of) else course.end)) or as_of
    most = None if after is None else max((as_of - after).days, 0)
    fewest = max((as_of - before).days, 0)
    return Since(fewest=fewest if most is None else min(fewest, most), most=most)


def since_checkpoint_inhibitor(facts: ClinicalFacts, as_of: date) -> Since | None:
    """Return how long ago the last dose of any checkpoint inhibitor was; None if none is on record."""
    each = [since_last_dose(course, as_of) for course in of_class(facts, CHECKPOINT_INHIBITOR)]
    if not each:
        return None
    most = min((since.most for since in each if since.most is not None), default=None)
    return Since(fewest=min(since.fewest for since in each), most=most)


def since_newest_record(facts: ClinicalFacts, drug_class: str, as_of: date) -> int | None:
    """Return how many days ago the newest day was that the record tells of a drug of a class; None if it tells none.

    A dose, an order, the last day that it was for, a beginning or an end; of a day that is not fully known the earliest
    that it can mean. Of a course that holds none of these the day on which somebody told of it does not count.
    """
    courses = (each for each in of_class(facts, drug_class) if any(_dates(each)))
    days = (day for each in courses for day in (*[told.date for told in each.evidence], *_dates(each)))
    newest = max(filter(None, (first_day(known_by(day, as_of)) for day in days)), default=None)
    return None if newest is None else max((as_of - newest).days, 0)


def _dates(course: TherapyCourse) -> tuple[str | None, ...]:
    return (course.start, course.last_given, course.end, course.ordered_until)


def known_by(day: str | None, as_of: date) -> str | None:
    """Return a date unless it is later than the day of the decision; one day later may be the same day elsewhere."""
    first = first_day(day)
    return None if first and first > as_of + timedelta(days=1) else day


def greatest_age(facts: ClinicalFacts, as_of: date) -> int | None:
    """Return the greatest age in years that the birth date allows."""
    born = first_day(facts.person.birth_date)
    return None if born is None else years_between(born, as_of)


def ordered_drugs(orders: tuple[Order, ...], drug_class: str) -> frozenset[str]:
    """Return the drugs of a class that orders are for."""
    recognised = (order for order in orders if order.state is OrderState.RECOGNISED)
    return frozenset(each.drug for order in recognised for each in order.recognitions if each.drug_class == drug_class)


def progression_on(facts: ClinicalFacts, drug: str) -> str:
    """Return "yes" or "limited" if the record has a progression on a drug, else "none"; the newest one counts."""
    courses = [course for course in facts.therapies if course.drug == drug]
    found = next((each for each in facts.progressions if any(_is_on(each, course, facts) for course in courses)), None)
    if any(course.stop_reason is StopReason.PROGRESSION for course in courses):
        return "yes"
    if found is None:
        return "none"
    return "limited" if found.limited else "yes"


def progressions_during(facts: ClinicalFacts, course: TherapyCourse) -> Iterator[Progression]:
    """Yield the progressions on a course, newest first."""
    return (each for each in facts.progressions if _is_on(each, course, facts))


def _is_on(progression: Progression, course: TherapyCourse, facts: ClinicalFacts) -> bool:
    """Tell whether a progression was certainly after the beginning of a course and not after its end.

    Where the record does not tell the end, the course lasts until another drug begins.
    """
    day = progression.evidence.date
    if not certainly_after(day, course.start):
        return False
    end = course.end or course.last_given
    if course.phase is Phase.CURRENT:
        return not course.until or not certainly_after(day, course.until)
    if end:
        return not certainly_after(day, end)
    others = (each for each in facts.therapies if each.drug != course.drug and each.start)
    return not any(
        certainly_after(each.start, course.start) and not certainly_after(each.start, day) for each in others
    )
