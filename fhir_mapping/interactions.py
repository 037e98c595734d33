"""Drugs that are being taken and that the label of an ordered ROS1 inhibitor advises to avoid, found by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from fhir_mapping.concepts import texts_of
from fhir_mapping.datatypes import CodeableConcept
from fhir_mapping.facts import Evidence, Interaction, Order, OrderState
from knowledge.lookup import Knowledge

_LOCAL = "applied-locally"
_NAMED = (OrderState.OTHER, OrderState.RECOGNISED, OrderState.NOT_KNOWN)
_LONGEST_NAME = 300  # characters of a drug's words that are read
_MOST_TOLD = 10


class Taken(NamedTuple):
    """A drug that is being taken, or ordered beside: in the record's words, and where it stands."""

    texts: tuple[str, ...]
    evidence: Evidence


def taken(concepts: Iterable[CodeableConcept], resource: str, date: str | None, display: str | None) -> Taken:
    """Return a drug on file as what is looked through for interactions."""
    texts = tuple(text[:_LONGEST_NAME] for concept in concepts for text in texts_of(concept))
    return Taken(texts, Evidence(resource=resource, date=date, reported=display))


def ordered_beside(orders: Iterable[Order]) -> tuple[Taken, ...]:
    """Return the drafts of the session as what is looked through for interactions."""
    drafts = (order for order in orders if order.display and order.state in _NAMED)
    return tuple(
        Taken((order.display[:_LONGEST_NAME],), Evidence(resource=order.reference, reported=order.display))
        for order in drafts
        if order.display
    )


def interactions_of(drugs: Sequence[str], current: Iterable[Taken], knowledge: Knowledge) -> tuple[Interaction, ...]:
    """Return the interactions of the ordered drugs, each pair of drugs once, in a fixed order."""
    avoided = {drug: _avoided(drug, knowledge) for drug in drugs}
    if not any(avoided.values()):
        return ()
    found: dict[tuple[str, str], Interaction] = {}
    for each in sorted(current, key=repr):
        for interactor, member in _named(each, knowledge):
            for drug in (drug for drug in drugs if interactor in avoided[drug]):
                pair = Interaction(drug=drug, interactor=interactor, member=member, evidence=each.evidence)
                found.setdefault((drug, member), pair)
    return tuple(found[key] for key in sorted(found))[:_MOST_TOLD]


def _avoided(drug: str, knowledge: Knowledge) -> frozenset[str]:
    """Return the classes of drugs that the label advises to avoid, as far as a source confirms it."""
    known = knowledge.drugs.get(drug)
    uses = known.ros1.interactions if known and known.ros1 else ()
    return frozenset(each.interactor for each in uses if each.confidence.usable)


def _named(each: Taken, knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Yield the members of interaction classes that a drug is, unless it acts only where it is applied."""
    if not any(_LOCAL in knowledge.concepts_in(text) for text in each.texts):
        for text in each.texts:
            yield from knowledge.interactors_in(text)
