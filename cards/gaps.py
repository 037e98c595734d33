"""What is missing, in words: what was not found, what did not arrive, what could not be read."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from cards.decision import Decision
from cards.patient import ROS1_INHIBITOR, extent_of
from cards.text import day, listing, quote
from cards.wording import say
from fhir_mapping.facts import Availability, ClinicalFacts, Evidence, Extent, LungCancer, NotCurrent, Part, Supply
from knowledge.lookup import Knowledge

_UNREAD_SHOWN = 3
_EVIDENCE_SHOWN = 4


def in_brief(facts: ClinicalFacts, parts: Sequence[Part], knowledge: Knowledge) -> str:
    """Name those parts of the record that did not arrive whole, for a summary."""
    names = [say(knowledge, f"gap.{supply.part}") for supply in _not_whole(facts, parts)]
    if drugs := _unclear(facts, parts, knowledge):
        names.append(say(knowledge, "gap.status", drugs=drugs))
    return listing(names) if names else ""


def in_full(facts: ClinicalFacts, parts: Sequence[Part], knowledge: Knowledge) -> str:
    """Say why parts of the record could not be checked: how each arrived, and drugs of which it does not tell."""
    said = [*_supplies(facts, parts, knowledge)]
    if drugs := _unclear(facts, parts, knowledge):
        said.append(say(knowledge, "gap.whether-given", drugs=drugs))
    return "; ".join(said)


def not_whole(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return the paragraph on the parts of the record that did not arrive whole; nothing if all did."""
    said = "; ".join(_supplies(facts, tuple(Part), knowledge))
    return say(knowledge, "missing", gaps=said) if said else ""


def missing(decision: Decision, knowledge: Knowledge, *, but: Container[Part] = ()) -> str:
    """Return the paragraph on all that was not found, did not arrive or could not be read, but for what was said."""
    facts = decision.facts
    supplies = _supplies(facts, [part for part in Part if part not in but], knowledge)
    said = (*_not_found(decision, knowledge), *supplies, *_unreadable(facts, knowledge))
    return say(knowledge, "missing", gaps="; ".join(said)) if said else ""


def _not_whole(facts: ClinicalFacts, parts: Container[Part]) -> Iterator[Supply]:
    """Yield the parts that did not arrive whole."""
    whole = Availability.COMPLETE
    return (each for each in facts.supplies if each.availability is not whole and each.part in parts)


def _supplies(facts: ClinicalFacts, parts: Container[Part], knowledge: Knowledge) -> Iterator[str]:
    for supply in _not_whole(facts, parts):
        part = say(knowledge, f"gap.{supply.part}")
        problem = say(knowledge, "missing.problem", problem=quote(supply.problem)) if supply.problem else ""
        yield say(knowledge, f"missing.part.{supply.availability}", part=part) + problem


def _not_found(decision: Decision, knowledge: Knowledge) -> Iterator[str]:
    """Say what was not found where all was sent; of what was not sent, that is said instead."""
    facts = decision.facts

    def sent(*parts: Part) -> bool:
        return not any(_not_whole(facts, parts))

    if sent(Part.DIAGNOSES) and facts.diagnosis.lung_cancer is LungCancer.NONE:
        yield say(knowledge, "missing.current-lung-cancer" if facts.diagnosis.not_current else "missing.lung-cancer")
    elif sent(Part.DIAGNOSES) and facts.diagnosis.lung_cancer is LungCancer.UNSPECIFIED:
        yield say(knowledge, "missing.histology")
    if extent_of(facts, decision.orders) is Extent.NOT_STATED:
        yield from _no_extent(facts.spread.evidence, knowledge, sent=sent(Part.DIAGNOSES, Part.STAGES))
    if sent(Part.RESULTS) and not facts.pd_l1:
        yield say(knowledge, "missing.pd-l1")
    on_file = {*(each.drug_class for each in facts.therapies), *(each.drug_class for each in facts.unclear_therapies)}
    if sent(Part.MEDICATIONS) and ROS1_INHIBITOR not in on_file:
        yield say(knowledge, "missing.earlier-ros1-inhibitor")


def extent(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return the paragraph on what the extent of the disease rests on; nothing if nothing is on file."""
    said = _reported(facts.spread.evidence, knowledge)
    return say(knowledge, "extent", reported=listing(said)) if said else ""


def not_current(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return the paragraph on the lung cancers on file that are over or in doubt; nothing if there is none."""
    said = [in_words(each, knowledge) for each in facts.diagnosis.not_current[:_EVIDENCE_SHOWN]]
    return say(knowledge, "not-current", entries="; ".join(said)) if said else ""


def in_words(entry: NotCurrent, knowledge: Knowledge, *, dated: bool = True) -> str:
    """Return a lung cancer on file with the status by which it does not count."""
    reported = quote(entry.evidence.reported or entry.evidence.resource)
    date = day(entry.evidence.date) or say(knowledge, "pd-l1.date-not-stated")
    pieces = (
        say(knowledge, "extent.reported", reported=reported, date=date) if dated else reported,
        say(knowledge, "not-current.status", status=quote(entry.status)) if entry.status else "",
        say(knowledge, "not-current.ended", date=day(entry.ended) or "") if entry.ended else "",
    )
    return ", ".join(filter(None, pieces))


def _no_extent(evidence: tuple[Evidence, ...], knowledge: Knowledge, *, sent: bool) -> Iterator[str]:
    """Say that the extent is open, or not on file."""
    on_file = [each for each in evidence if each.reported]
    if len(on_file) > 1:
        yield say(knowledge, "missing.extent-open", reported=listing(_reported(evidence, knowledge)))
    elif on_file:
        yield say(knowledge, "missing.aim", reported=quote(on_file[0].reported or ""))
    elif sent:
        yield say(knowledge, "missing.stage")


def _reported(evidence: tuple[Evidence, ...], knowledge: Knowledge) -> list[str]:
    """Return evidence as the record words it, each with its date."""
    undated = say(knowledge, "pd-l1.date-not-stated")
    return [
        say(knowledge, "extent.reported", reported=quote(each.reported), date=day(each.date) or undated)
        for each in evidence[:_EVIDENCE_SHOWN]
        if each.reported
    ]


def _unclear(facts: ClinicalFacts, parts: Container[Part], knowledge: Knowledge) -> str:
    """Name the drugs of which the medications do not tell whether they were given."""
    drugs = dict.fromkeys(each.drug for each in facts.unclear_therapies) if Part.MEDICATIONS in parts else ()
    return listing(_drug(each, knowledge) for each in drugs) if drugs else ""


def _drug(drug: str, knowledge: Knowledge) -> str:
    known = knowledge.drugs.get(drug)
    return known.name if known else say(knowledge, f"drugs.class.{drug}")


def _unreadable(facts: ClinicalFacts, knowledge: Knowledge) -> Iterator[str]:
    for unread in facts.unread[:_UNREAD_SHOWN]:
        yield say(knowledge, "missing.unread", resource=quote(unread.resource), problem=quote(unread.problem))
    count = len(facts.other_patient)
    if count:
        yield say(knowledge, "missing.other-patient" + ("-one" if count == 1 else ""), count=str(count))
