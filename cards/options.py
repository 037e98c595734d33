"""Which ROS1 inhibitors a card may offer, purely from the data, and which it leaves out and why.

A drug is offered if its approval covers what the record shows, if it was not taken before, if it works in the brain
where that matters, and if no change on file makes the tumour resistant to it; in the site's order, else by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from cards.patient import ROS1_INHIBITOR, extent_of, taken
from cards.resistance import Effect, effect_of, listed_changes
from fhir_mapping.facts import ClinicalFacts, Extent, Order, Ros1Status
from knowledge.lookup import Knowledge
from knowledge.model import Approval, Dose, Drug, ResistanceCell, Ros1Use, Status

_SCOPES = {
    Extent.METASTATIC: {"metastatic", "locally-advanced-or-metastatic"},
    Extent.LOCALLY_ADVANCED_INCURABLE: {"locally-advanced-or-metastatic"},
    Extent.NOT_STATED: {"metastatic", "locally-advanced-or-metastatic"},
}
"""The approval scopes that cover each extent; for curative intent there is none."""


class Needs(NamedTuple):
    """What decides on the options, free of the patient."""

    extent: Extent
    cns: bool  # metastases in the central nervous system
    taken: tuple[tuple[str, str], ...]  # the ROS1 inhibitors that the patient has or had, with the wording of why not
    changes: tuple[str, ...]  # on file, as far as the knowledge lists them
    ordered: frozenset[str]  # the ROS1 inhibitors of the session's drafts
    running: bool  # a ROS1 inhibitor is being taken
    fusion: bool  # a ROS1 fusion is confirmed: without one none is offered

    @property
    def setting(self) -> str:
        """In which setting outcomes count: a listed change comes under a ROS1 inhibitor, on file or not."""
        return "after-ros1-inhibitor" if self.taken or self.changes else "ros1-inhibitor-naive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A drug that meets its approval conditions; ``swap`` if a suggestion may create a draft of it."""

    drug: Drug
    use: Ros1Use
    approval: Approval
    swap: bool
    against: tuple[tuple[str, ResistanceCell | None], ...] = ()  # the listed changes on file; None: not known

    @property
    def dose(self) -> Dose | None:
        """The label's starting dose, if it is verified."""
        return self.use.dose if self.use.dose and self.use.dose.confidence.usable else None

    @property
    def is_active(self) -> bool:
        """True if it is known to be active against every listed change on file, of which there is one."""
        return bool(self.against) and all(cell is not None for _, cell in self.against)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A drug that is not offered: a wording id that says why, and the changes if they are the reason."""

    drug: Drug
    reason: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What is offered, and what a reader may miss."""

    options: tuple[Option, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@lru_cache(maxsize=4)
def candidates(knowledge: Knowledge) -> tuple[Drug, ...]:
    """Return the drugs that a card may offer or mention at all."""
    active = (drug for drug in knowledge.drugs.values() if drug.status is Status.ACTIVE)
    return tuple(drug for drug in active if drug.ros1 and drug.ros1.offer != "never")


def needs_of(facts: ClinicalFacts, orders: tuple[Order, ...], knowledge: Knowledge, as_of: date | None) -> Needs:
    """Return what the record shows on a day that an option must fit."""
    recognised = (each for order in orders for each in order.recognitions)
    given = taken(facts, as_of)
    return Needs(
        extent=extent_of(facts, orders),
        cns=bool(facts.spread.cns_metastases),
        taken=tuple(sorted(given.items())),
        changes=listed_changes(facts, knowledge),
        ordered=frozenset(each.drug for each in recognised if each.drug_class == ROS1_INHIBITOR),
        running="taken-now" in given.values(),
        fusion=facts.ros1.status is Ros1Status.CONFIRMED,
    )


def offers_for(needs: Needs, knowledge: Knowledge, formulary: tuple[str, ...] = ()) -> Offers:
    """Return the options in the site's order, else by name, those only mentioned last; and what is left out, by name.

    A drug that a draft orders is neither: it is there. Without a confirmed fusion nothing is offered.
    """
    if not needs.fusion:
        return Offers()
    drugs = [drug for drug in candidates(knowledge) if drug.id not in needs.ordered]
    left_out = [why for drug in drugs if (why := _why_not(drug, needs, knowledge))]
    missing = {each.drug.id for each in left_out}
    eligible = _eligible([drug for drug in drugs if drug.id not in missing], needs, knowledge, formulary)
    places = {drug: place for place, drug in enumerate(formulary)}

    def place(option: Option) -> tuple[bool, int, str]:
        return (not option.swap, places.get(option.drug.id, len(places)), option.drug.name)

    return Offers(
        options=tuple(sorted(eligible, key=place)), left_out=tuple(sorted(left_out, key=lambda each: each.drug.name))
    )


def _why_not(drug: Drug, needs: Needs, knowledge: Knowledge) -> LeftOut | None:
    """Return why a drug is left out of what is approved: taken already, resistance, or not active in the brain."""
    if reason := dict(needs.taken).get(drug.id):
        return LeftOut(drug=drug, reason=reason)
    effects = {change: effect_of(drug.id, change, knowledge) for change in needs.changes}
    if resistant := tuple(change for change, effect in effects.items() if effect is Effect.RESISTANT):
        return LeftOut(drug=drug, reason="resistant", changes=resistant)
    unverified = tuple(
        change
        for change, effect in effects.items()
        if effect is Effect.NOT_KNOWN and not knowledge.resistance[change].offer_others
    )
    if unverified:
        return LeftOut(drug=drug, reason="not-verified", changes=unverified)
    if needs.cns and not (drug.ros1 and drug.ros1.cns_active):
        return LeftOut(drug=drug, reason="cns-limited")
    return None


def _eligible(
    drugs: Iterable[Drug], needs: Needs, knowledge: Knowledge, formulary: tuple[str, ...]
) -> Iterable[Option]:
    scopes = _SCOPES.get(needs.extent, set())
    for drug in drugs:
        use = drug.ros1
        approvals = use.approvals if use else ()
        approval = next((one for one in approvals if _covers(one, scopes, after_another=bool(needs.taken))), None)
        if use is not None and approval is not None:
            against = tuple((change, knowledge.effect(change, drug.id)) for change in needs.changes)
            can_be_ordered = (use.product is not None or use.order_text is not None) and all(
                cell for _, cell in against
            )
            yield Option(
                drug=drug,
                use=use,
                approval=approval,
                swap=can_be_ordered and (use.offer == "swap" or drug.id in formulary),
                against=against,
            )


def _covers(approval: Approval, scopes: set[str], *, after_another: bool) -> bool:
    return (
        approval.confidence.usable
        and approval.scope in scopes
        and (after_another or not approval.requires_prior_ros1_inhibitor)
    )
