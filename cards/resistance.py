"""What the ROS1 changes on file mean for a drug: worked out from the data, so that a new change is one data file."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from cards import finding
from cards.text import listing
from cards.wording import say
from fhir_mapping.facts import ClinicalFacts, ResistanceChange, Ros1Status
from knowledge.lookup import Knowledge

_SHOWN = 5  # changes on a card
_IN_BRIEF = 3  # changes in a summary


class Effect(StrEnum):
    """What is known of a drug against a change, or against all changes on file; the gravest first."""

    RESISTANT = "resistant"
    NOT_KNOWN = "not-known"  # the knowledge lists the change, but nothing verified of this drug
    NOT_LISTED = "not-listed"  # the knowledge does not list the change
    ACTIVE = "active"


def changes_of(facts: ClinicalFacts) -> tuple[str, ...]:
    """Return the changes on file, each once, the newest first."""
    return tuple(dict.fromkeys(each.change for each in facts.resistance_changes))


def listed_changes(facts: ClinicalFacts, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the changes on file that the knowledge lists, in a fixed order."""
    return tuple(sorted(change for change in changes_of(facts) if change in knowledge.resistance))


def effect_of(drug: str, change: str, knowledge: Knowledge) -> Effect:
    """Return what is known of a drug against one change."""
    if change not in knowledge.resistance:
        return Effect.NOT_LISTED
    cell = knowledge.effect(change, drug)
    return Effect(cell.effect) if cell else Effect.NOT_KNOWN


def effect_on_all(drug: str, facts: ClinicalFacts, knowledge: Knowledge) -> Effect | None:
    """Return the gravest of what is known of a drug against the changes on file; None if there are none."""
    effects = {effect_of(drug, change, knowledge) for change in changes_of(facts)}
    return next((effect for effect in Effect if effect in effects), None)


def deciding_changes(drugs: Iterable[str], facts: ClinicalFacts, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the changes on which the gravest effect on any of the drugs rests."""
    drugs, changes = tuple(drugs), changes_of(facts)
    effects = {effect_of(drug, change, knowledge) for drug in drugs for change in changes}
    gravest = next((effect for effect in Effect if effect in effects), None)
    return tuple(each for each in changes if any(effect_of(drug, each, knowledge) is gravest for drug in drugs))


def affected(drugs: Iterable[str], facts: ClinicalFacts, knowledge: Knowledge) -> tuple[str, ...]:
    """Return those of the drugs on which the effect is the gravest: of two that are ordered only one may fail."""
    if not facts.resistance_changes:
        return tuple(drugs)
    effects = {drug: effect_on_all(drug, facts, knowledge) for drug in drugs}
    gravest = next((effect for effect in Effect if effect in effects.values()), None)
    return tuple(drug for drug, effect in effects.items() if effect is gravest)


def in_brief(drugs: Iterable[str], facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Name the deciding changes for a summary: in one-letter form, which can be nothing but a change."""
    return listing(deciding_changes(drugs, facts, knowledge)[:_IN_BRIEF])


def in_full(facts: ClinicalFacts, knowledge: Knowledge) -> str:
    """Return the changes on file with their evidence, and what is not known of them; nothing if there are none."""
    newest = {each.change: each for each in reversed(facts.resistance_changes)}
    changes = changes_of(facts)
    if not changes:
        return ""
    said = [_in_words(newest[change], knowledge) for change in changes[:_SHOWN]]
    unlisted = [change for change in changes[:_SHOWN] if change not in knowledge.resistance]
    paragraphs = [say(knowledge, "resistance", changes="; ".join(said))]
    if unlisted:
        paragraphs.append(say(knowledge, "resistance.not-listed", changes=listing(unlisted)))
    if facts.ros1.status is not Ros1Status.CONFIRMED:
        paragraphs.append(say(knowledge, "resistance.no-fusion"))
    return " ".join(paragraphs)


def _in_words(change: ResistanceChange, knowledge: Knowledge) -> str:
    pieces = finding.circumstances(change.method, change.specimen_text, change.evidence, knowledge)
    return ", ".join((say(knowledge, "resistance.change", change=change.change), *pieces))
