"""What was found, in words: the ROS1 result that decides, and PD-L1, which does not."""

from __future__ import annotations

from cards.text import day, listing, quote, symbol
from cards.wording import say
from fhir_mapping.facts import ClinicalFacts, PdL1Result, Ros1Result
from knowledge.lookup import Knowledge

_PD_L1_SHOWN = 2


def in_brief(facts: ClinicalFacts, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the ROS1 finding for a summary, in full first, then shorter and shorter."""
    result = next(iter(facts.ros1.deciding), None)
    if result is None:
        return ("",)
    parts = (symbol(result.partner), _method(result, knowledge), day(result.evidence.date))
    said = [part for part in parts if part]
    return (", ".join(said), ", ".join(said[-2:]), ", ".join(said[-1:]))


def in_full(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return the ROS1 finding with method, specimen, date, laboratory and the record's own words."""
    result = next(iter(facts.ros1.deciding), None)
    if result is None:
        return ""
    partner, date = symbol(result.partner), day(result.evidence.date)
    with_partner = say(knowledge, "found.partner", partner=partner) if partner else ""
    method = _method(result, knowledge)
    pieces = [
        say(knowledge, "found.confirmed", partner=with_partner),
        say(knowledge, "found.method", method=method) if result.method else method,
        _quoted(knowledge, "found.specimen", specimen=result.specimen_text),
        say(knowledge, "found.date", date=date) if date else say(knowledge, "found.date-not-stated"),
        _quoted(knowledge, "found.laboratory", laboratory=result.laboratory),
        _quoted(knowledge, "found.reported", reported=result.evidence.reported),
        *(say(knowledge, f"note.{note}") for note in result.notes),
    ]
    return say(knowledge, "found", what=", ".join(filter(None, pieces)))


def pd_l1(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return PD-L1 as reported, newest first, and that it does not decide; nothing if there is none."""
    shown = [_pd_l1_result(result, knowledge) for result in facts.pd_l1[:_PD_L1_SHOWN]]
    return say(knowledge, "pd-l1", results=listing(shown)) if shown else ""


def _pd_l1_result(result: PdL1Result, knowledge: Knowledge) -> str:
    date = day(result.evidence.date) or say(knowledge, "pd-l1.date-not-stated")
    return say(knowledge, "pd-l1.result", reported=quote(result.reported), date=date)


def _method(result: Ros1Result, knowledge: Knowledge) -> str:
    method = knowledge.methods.get(result.method or "")
    return method.display if method else say(knowledge, "found.method-not-stated")


def _quoted(knowledge: Knowledge, phrase: str, **values: str | None) -> str:
    """Return a phrase about the record's own words; nothing if the record has none."""
    ((name, value),) = values.items()
    return say(knowledge, phrase, **{name: quote(value)}) if value else ""
