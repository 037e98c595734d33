"""What was found, in words: the ROS1 result that decides, and PD-L1, which does not."""

from __future__ import annotations

from cards.text import day, listing, quote, symbol
from cards.wording import say
from fhir_mapping.facts import ClinicalFacts, Evidence, PdL1Result, Ros1, Ros1Finding, Ros1Result, Ros1Status
from knowledge.lookup import Knowledge

_PD_L1_SHOWN = 2
_RESULTS_SHOWN = 8

NAMED_IN_DIAGNOSIS = "named-in-diagnosis"
"""The note on what is no test result: a fusion that a diagnosis names."""


def in_brief(facts: ClinicalFacts, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the ROS1 finding for a summary, in full first, then shorter and shorter."""
    if facts.ros1.status is Ros1Status.CONFLICTING:
        return _sides_in_brief(facts.ros1, knowledge)
    result = next(iter(facts.ros1.deciding), None)
    if result is None:
        return ("",)
    parts = (symbol(result.partner), _method(result, knowledge), day(result.evidence.date))
    said = [part for part in parts if part]
    return (", ".join(said), ", ".join(said[-2:]), ", ".join(said[-1:]))


def _sides_in_brief(ros1: Ros1, knowledge: Knowledge) -> tuple[str, ...]:
    """Name the newest result of either side of a conflict: what, by which method, when."""
    sides = (Ros1Finding.POSITIVE, Ros1Finding.NEGATIVE)
    newest = [each for side in sides for each in [r for r in ros1.results if r.finding is side][:1]]
    said = [(say(knowledge, f"results.{each.finding}"), _method(each, knowledge), each) for each in newest]
    return (
        "; ".join(", ".join(filter(None, (what, method, day(each.evidence.date)))) for what, method, each in said),
        "; ".join(f"{what} {method}" for what, method, _ in said),
        "; ".join(method for _, method, _ in said),
    )


def results(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """List every ROS1 result on file, newest first: what it says, by which method, on what, when and where."""
    shown = facts.ros1.results[:_RESULTS_SHOWN]
    lines = [
        say(knowledge, "results.result", what=_described(_finding(each, knowledge), each, knowledge)) for each in shown
    ]
    if more := len(facts.ros1.results) - len(shown):
        lines.append(say(knowledge, "results.more", count=str(more)))
    return "\n".join((say(knowledge, "results"), *lines)) if lines else ""


def open_panels(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return the paragraph on the molecular panels under way; nothing if there is none."""
    shown = [_panel(each, knowledge) for each in facts.open_panels[:_RESULTS_SHOWN]]
    return say(knowledge, "panels", panels=listing(shown)) if shown else ""


def newest_panel(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return since when the newest panel is under way, for a summary."""
    date = next((day(each.date) for each in facts.open_panels), None)
    return date or say(knowledge, "pd-l1.date-not-stated")


def _panel(panel: Evidence, knowledge: Knowledge) -> str:
    date = day(panel.date) or say(knowledge, "pd-l1.date-not-stated")
    return say(knowledge, "extent.reported", reported=quote(panel.reported or panel.resource), date=date)


def undated(result: Ros1Result, knowledge: Knowledge) -> str:
    """Return one ROS1 result without its date."""
    return _described(_finding(result, knowledge), result, knowledge, dated=False)


def _finding(result: Ros1Result, knowledge: Knowledge) -> str:
    return say(knowledge, f"results.{NAMED_IN_DIAGNOSIS if NAMED_IN_DIAGNOSIS in result.notes else result.finding}")


def _described(what: str, result: Ros1Result, knowledge: Knowledge, *, dated: bool = True) -> str:
    """Add to what a result is its method, specimen, date, laboratory and the record's own words."""
    method = _method(result, knowledge)
    pieces = [
        what,
        say(knowledge, "found.method", method=method) if result.method else method,
        _quoted(knowledge, "found.specimen", specimen=result.specimen_text),
        _date(result.evidence, knowledge) if dated else "",
        _quoted(knowledge, "found.laboratory", laboratory=result.laboratory),
        _quoted(knowledge, "found.reported", reported=result.evidence.reported),
        *(say(knowledge, f"note.{note}") for note in result.notes if note != NAMED_IN_DIAGNOSIS),
    ]
    return ", ".join(filter(None, pieces))


def in_full(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return the ROS1 finding with method, specimen, date, laboratory and the record's own words."""
    result = next(iter(facts.ros1.deciding), None)
    if result is None:
        return ""
    partner = symbol(result.partner)
    with_partner = say(knowledge, "found.partner", partner=partner) if partner else ""
    what = _described(say(knowledge, "found.confirmed", partner=with_partner), result, knowledge)
    return say(knowledge, "found", what=what)


def circumstances(
    method: str | None, specimen: str | None, evidence: Evidence, knowledge: Knowledge, *, dated: bool = True
) -> tuple[str, ...]:
    """Return method, specimen and date of a result and the record's own words, as far as they are stated."""
    pieces = (
        say(knowledge, "found.method", method=knowledge.methods[method].display) if method else "",
        _quoted(knowledge, "found.specimen", specimen=specimen),
        _date(evidence, knowledge) if dated else "",
        _quoted(knowledge, "found.reported", reported=evidence.reported),
    )
    return tuple(filter(None, pieces))


def pd_l1(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return PD-L1 as reported, newest first, and that it does not decide; nothing if there is none."""
    shown = [_pd_l1_result(result, knowledge) for result in facts.pd_l1[:_PD_L1_SHOWN]]
    return say(knowledge, "pd-l1", results=listing(shown)) if shown else ""


def _pd_l1_result(result: PdL1Result, knowledge: Knowledge) -> str:
    date = day(result.evidence.date) or say(knowledge, "pd-l1.date-not-stated")
    return say(knowledge, "pd-l1.result", reported=quote(result.reported), date=date)


def _date(evidence: Evidence, knowledge: Knowledge) -> str:
    date = day(evidence.date)
    return say(knowledge, "found.date", date=date) if date else say(knowledge, "found.date-not-stated")


def _method(result: Ros1Result, knowledge: Knowledge) -> str:
    if NAMED_IN_DIAGNOSIS in result.notes:
        return say(knowledge, "found.in-diagnosis")
    method = knowledge.methods.get(result.method or "")
    return method.display if method else say(knowledge, "found.method-not-stated")


def _quoted(knowledge: Knowledge, phrase: str, **values: str | None) -> str:
    """Return a phrase about the record's own words; nothing if the record has none."""
    ((name, value),) = values.items()
    return say(knowledge, phrase, **{name: quote(value)}) if value else ""
