"""What is missing, in words: what was not found, what did not arrive, what could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from cards.decision import Decision
from cards.patient import ROS1_INHIBITOR, extent_of
from cards.text import listing, quote
from cards.wording import say
from fhir_mapping.facts import Availability, ClinicalFacts, Evidence, Extent, LungCancer, Supply
from knowledge.lookup import Knowledge

_UNREAD_SHOWN = 3


def in_brief(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Name the parts of the record that did not arrive whole, for a summary."""
    parts = [say(knowledge, f"gap.{supply.part}") for supply in _not_whole(facts)]
    return listing(parts) if parts else ""


def in_full(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Name the parts of the record that did not arrive whole, each with what was wrong."""
    return "; ".join(_supplies(facts, knowledge))


def not_whole(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return the paragraph on the parts of the record that did not arrive whole; nothing if all did."""
    said = in_full(facts, knowledge)
    return say(knowledge, "missing", gaps=said) if said else ""


def missing(decision: Decision, knowledge: Knowledge) -> str:
    """Return the paragraph on all that was not found, did not arrive or could not be read."""
    facts = decision.facts
    said = (*_not_found(decision, knowledge), *_supplies(facts, knowledge), *_unreadable(facts, knowledge))
    return say(knowledge, "missing", gaps="; ".join(said)) if said else ""


def _not_whole(facts: ClinicalFacts) -> Iterator[Supply]:
    return (supply for supply in facts.supplies if supply.availability is not Availability.COMPLETE)


def _supplies(facts: ClinicalFacts, knowledge: Knowledge) -> Iterator[str]:
    for supply in _not_whole(facts):
        part = say(knowledge, f"gap.{supply.part}")
        problem = say(knowledge, "missing.problem", problem=quote(supply.problem)) if supply.problem else ""
        yield say(knowledge, f"missing.part.{supply.availability}", part=part) + problem


def _not_found(decision: Decision, knowledge: Knowledge) -> Iterator[str]:
    facts = decision.facts
    if facts.diagnosis.lung_cancer is LungCancer.NONE:
        yield say(knowledge, "missing.lung-cancer")
    elif facts.diagnosis.lung_cancer is LungCancer.UNSPECIFIED:
        yield say(knowledge, "missing.histology")
    if extent_of(facts, decision.orders) is Extent.NOT_STATED:
        yield _no_extent(facts.spread.evidence, knowledge)
    if not facts.pd_l1:
        yield say(knowledge, "missing.pd-l1")
    if not any(therapy.drug_class == ROS1_INHIBITOR for therapy in facts.therapies):
        yield say(knowledge, "missing.earlier-ros1-inhibitor")


def _no_extent(stages: tuple[Evidence, ...], knowledge: Knowledge) -> str:
    reported = next((stage.reported for stage in stages if stage.reported), None)
    return say(knowledge, "missing.aim", reported=quote(reported)) if reported else say(knowledge, "missing.stage")


def _unreadable(facts: ClinicalFacts, knowledge: Knowledge) -> Iterator[str]:
    for unread in facts.unread[:_UNREAD_SHOWN]:
        yield say(knowledge, "missing.unread", resource=quote(unread.resource), problem=quote(unread.problem))
    count = len(facts.other_patient)
    if count:
        yield say(knowledge, "missing.other-patient" + ("-one" if count == 1 else ""), count=str(count))
