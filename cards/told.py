"""Each fact on file in clinicians' words, one by one, with its date and the resources that it rests on.

The cards say what matters for an order; this says all, for the pages that show what the record holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from cards import before, finding, gaps, history
from cards.decision import Decision
from cards.text import day, quote
from cards.wording import say
from fhir_mapping.facts import Evidence, LungCancer, Part, Ros1Status, Smoking
from knowledge.lookup import Knowledge

_OF_RESULTS = (Part.RESULTS, Part.REPORTS)

_NAMED_AND = {
    Ros1Status.INDETERMINATE: "told.status.named",
    Ros1Status.NEGATIVE: "told.status.named-and-negative",
}
"""What is said where a diagnosis names a fusion that no result confirms."""


class Told(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One fact: its kind, Markdown in which the record's own words are quoted, and where it comes from."""

    kind: str
    label: str  # the kind in words
    words: str
    date: str = ""  # a partial FHIR date, as the record has it
    day: str = ""  # the same as people write it
    resources: tuple[str, ...] = ()


def facts_in_words(decision: Decision, knowledge: Knowledge) -> tuple[Told, ...]:
    """Return every fact of a decision, newest first; those without a date come last."""
    told = tuple(each for kind in _KINDS for each in kind(decision, knowledge))
    return tuple(sorted(told, key=lambda each: each.date, reverse=True))


def status_in_words(decision: Decision, knowledge: Knowledge) -> str:
    """Return what all ROS1 results together say; where some did not arrive, none found is not told as none."""
    facts = decision.facts
    if facts.ros1.status is Ros1Status.NOT_FOUND and gaps.in_brief(facts, _OF_RESULTS, knowledge):
        return say(knowledge, "told.status.not-arrived")
    if any(finding.NAMED_IN_DIAGNOSIS in result.notes for result in facts.ros1.results):
        return say(knowledge, _NAMED_AND.get(facts.ros1.status, f"told.status.{facts.ros1.status}"))
    return say(knowledge, f"told.status.{facts.ros1.status}")


def _ros1(decision: Decision, knowledge: Knowledge) -> Iterator[Told]:
    for result in decision.facts.ros1.results:
        yield _told("ros1", finding.undated(result, knowledge), (result.evidence,), knowledge)


def _panels(decision: Decision, knowledge: Knowledge) -> Iterator[Told]:
    yield from _each("panel", say(knowledge, "told.panel.open"), decision.facts.open_panels, knowledge)


def _pd_l1(decision: Decision, knowledge: Knowledge) -> Iterator[Told]:
    for result in decision.facts.pd_l1:
        words = say(knowledge, "found.reported", reported=quote(result.reported))
        yield _told("pd-l1", words, (result.evidence,), knowledge)


def _resistance(decision: Decision, knowledge: Knowledge) -> Iterator[Told]:
    for each in decision.facts.resistance_changes:
        pieces = finding.circumstances(each.method, each.specimen_text, each.evidence, knowledge, dated=False)
        yield _told("resistance", ", ".join((each.change, *pieces)), (each.evidence,), knowledge)


def _treatment(decision: Decision, knowledge: Knowledge) -> Iterator[Told]:
    for course in decision.facts.therapies:
        dates = (course.start, course.last_given, course.end, *(each.date for each in course.evidence))
        date = next(filter(None, dates), None)
        yield _told("treatment", history.in_words(course, decision, knowledge), course.evidence, knowledge, date)


def _progression(decision: Decision, knowledge: Knowledge) -> Iterator[Told]:
    for each in decision.facts.progressions:
        phrase = "told.progression.limited" if each.limited else "told.progression.stated"
        yield _told(
            "progression", _reported(say(knowledge, phrase), each.evidence, knowledge), (each.evidence,), knowledge
        )


def _diagnosis(decision: Decision, knowledge: Knowledge) -> Iterator[Told]:
    diagnosis = decision.facts.diagnosis
    if diagnosis.lung_cancer is not LungCancer.NONE:
        name = say(knowledge, f"told.diagnosis.{diagnosis.lung_cancer}")
        yield from _each("diagnosis", name, diagnosis.evidence, knowledge)
    for entry in diagnosis.not_current:
        words = f"{say(knowledge, 'told.diagnosis.not-current')}, {gaps.in_words(entry, knowledge, dated=False)}"
        yield _told("diagnosis", words, (entry.evidence,), knowledge)
    yield from _each("diagnosis", say(knowledge, "told.diagnosis.other"), diagnosis.other_cancers, knowledge)


def _extent(decision: Decision, knowledge: Knowledge) -> Iterator[Told]:
    spread = decision.facts.spread
    yield from _each("extent", say(knowledge, f"told.extent.{spread.extent}"), spread.evidence, knowledge)
    yield from _each("extent", say(knowledge, "told.extent.cns"), spread.cns_metastases, knowledge)


def _person(decision: Decision, knowledge: Knowledge) -> Iterator[Told]:
    yield from _each("person", say(knowledge, "told.person.hospice"), decision.facts.person.hospice, knowledge)
    if decision.facts.smoking is not Smoking.NOT_STATED:
        yield _told("person", say(knowledge, f"told.smoking.{decision.facts.smoking}"), (), knowledge)


def _before(decision: Decision, knowledge: Knowledge) -> Iterator[Told]:
    for check in decision.facts.baseline:
        for result in (*check.results, *check.older):
            yield _told("baseline", before.undated(result, knowledge), (result.evidence,), knowledge)
    for each in decision.facts.interactions:
        words = _reported(each.member, each.evidence, knowledge)
        yield _told("interaction", words, (each.evidence,), knowledge)


_KINDS: tuple[Callable[[Decision, Knowledge], Iterator[Told]], ...] = (
    _ros1,
    _panels,
    _pd_l1,
    _resistance,
    _treatment,
    _progression,
    _diagnosis,
    _extent,
    _person,
    _before,
)


def _each(kind: str, words: str, evidence: tuple[Evidence, ...], knowledge: Knowledge) -> Iterator[Told]:
    for each in evidence:
        yield _told(kind, _reported(words, each, knowledge), (each,), knowledge)


def _reported(words: str, evidence: Evidence, knowledge: Knowledge) -> str:
    if not evidence.reported:
        return words
    return f"{words}, {say(knowledge, 'found.reported', reported=quote(evidence.reported))}"


def _told(kind: str, words: str, evidence: tuple[Evidence, ...], knowledge: Knowledge, date: str | None = None) -> Told:
    date = date or next((each.date for each in evidence if each.date), None)
    return Told(
        kind=kind,
        label=say(knowledge, f"told.{kind}"),
        words=words,
        date=date if date and day(date) else "",
        day=day(date) or "",
        resources=tuple(dict.fromkeys(each.resource for each in evidence)),
    )
