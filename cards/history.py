"""The treatment on record in words: the courses, and when the last dose of a checkpoint inhibitor was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cards.calendar import first_day, last_day
from cards.courses import (
    is_current,
    known_by,
    of_class,
    progressions_during,
    since_checkpoint_inhibitor,
    since_last_dose,
)
from cards.decision import Decision
from cards.patient import CHECKPOINT_INHIBITOR
from cards.text import day
from cards.wording import say
from fhir_mapping.facts import ClinicalFacts, StopReason, TherapyCourse
from knowledge.lookup import Knowledge

_COURSES_SHOWN = 8


def treatment(decision: Decision, knowledge: Knowledge) -> str:
    """Return the paragraph on the courses on record, newest first; nothing if there is none."""
    courses = decision.facts.therapies
    said = [in_words(course, decision, knowledge) for course in courses[:_COURSES_SHOWN]]
    if len(courses) > _COURSES_SHOWN:
        said.append(say(knowledge, "treatment.more", count=str(len(courses) - _COURSES_SHOWN)))
    return say(knowledge, "treatment", courses="; ".join(said)) if said else ""


def last_ici(decision: Decision, knowledge: Knowledge) -> str:
    """Return the paragraph on the last dose of each checkpoint inhibitor; nothing if there was none."""
    courses = of_class(decision.facts, CHECKPOINT_INHIBITOR)
    said = [_last_dose(course, decision.as_of, knowledge) for course in courses[:_COURSES_SHOWN]]
    return say(knowledge, "last-ici", courses="; ".join(said)) if said else ""


def last_ici_in_brief(facts: ClinicalFacts, as_of: date, knowledge: Knowledge) -> str:
    """Return how long ago the last dose of a checkpoint inhibitor was, for a summary."""
    since = since_checkpoint_inhibitor(facts, as_of)
    if since is None or since.most is None:
        return say(knowledge, "last-ici.brief.not-found")
    if since.exact:
        return say(knowledge, f"last-ici.brief.{_days(since.most)}", days=str(since.most))
    dosed = any(known_by(course.last_given, as_of) for course in of_class(facts, CHECKPOINT_INHIBITOR))
    return say(knowledge, f"last-ici.brief.{'at-most' if dosed else 'not-found'}", days=str(since.most))


def in_words(course: TherapyCourse, decision: Decision, knowledge: Knowledge) -> str:
    """Return one course: drug, dates, whether it runs, why it was stopped, progression on it."""
    return say(
        knowledge,
        "treatment.course",
        drug=_name(course, knowledge),
        dates=_dates(course, knowledge),
        state=_state(course, decision.as_of, knowledge) + "".join(_progressed(course, decision.facts, knowledge)),
    )


def _dates(course: TherapyCourse, knowledge: Knowledge) -> str:
    start, end = day(course.start), day(course.end or course.last_given)
    if start and start == end:
        return say(knowledge, "treatment.on", start=start)
    said = say(knowledge, "treatment.from", start=start) if start else ""
    said += say(knowledge, "treatment.to", end=end) if end else ""
    return said or say(knowledge, "treatment.dates-not-stated")


def _state(course: TherapyCourse, as_of: date, knowledge: Knowledge) -> str:
    stated = course.stop_reason in (StopReason.PROGRESSION, StopReason.INTOLERANCE)
    if is_current(course, as_of):
        return say(knowledge, f"treatment.stopped-before-{course.stop_reason}" if stated else "treatment.current")
    return say(knowledge, f"treatment.{course.stop_reason}") if course.stop_reason else ""


def _progressed(course: TherapyCourse, facts: ClinicalFacts, knowledge: Knowledge) -> Iterator[str]:
    """Say the newest progression on a course."""
    newest = next(progressions_during(facts, course), None)
    if newest:
        phrase = "treatment.progressed-limited" if newest.limited else "treatment.progressed"
        yield say(knowledge, phrase, date=day(newest.evidence.date) or "")


def _last_dose(course: TherapyCourse, as_of: date, knowledge: Knowledge) -> str:
    drug, since, given = (
        _name(course, knowledge),
        since_last_dose(course, as_of),
        day(known_by(course.last_given, as_of)),
    )
    if given is None:
        dates = filter(None, (known_by(each.date, as_of) for each in course.evidence))
        on_record = max(dates, default=known_by(course.start, as_of))
        said = say(knowledge, "last-ici.since", date=day(on_record) or "") if on_record else ""
        return say(knowledge, "last-ici.not-found", drug=drug, since=said)
    values = {"drug": drug, "date": given, "days": str(since.most)}
    if since.exact:
        return say(knowledge, f"last-ici.{_days(since.fewest)}", **values)
    if first_day(course.last_given) != last_day(course.last_given):
        return say(knowledge, "last-ici.not-full", **values)
    return say(knowledge, "last-ici.running" if is_current(course, as_of) else "last-ici.newer", **values)


def _days(count: int) -> str:
    return {0: "today", 1: "day"}.get(count, "days")


def _name(course: TherapyCourse, knowledge: Knowledge) -> str:
    drug = knowledge.drugs.get(course.drug)
    return drug.name if drug else say(knowledge, f"drugs.class.{course.drug}")
