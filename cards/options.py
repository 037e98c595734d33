"""Which ROS1 inhibitors a card may offer: approved for what the record shows, in the site's order or by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from cards.decision import Decision
from cards.situation import ROS1_INHIBITOR, extent_of
from fhir_mapping.facts import Extent
from knowledge.lookup import Knowledge
from knowledge.model import Approval, Dose, Drug, Ros1Use, Status

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
    given: frozenset[str]  # the ROS1 inhibitors that the patient has or had


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A drug that meets its approval conditions; ``swap`` if a suggestion may create a draft of it."""

    drug: Drug
    use: Ros1Use
    approval: Approval
    swap: bool

    @property
    def dose(self) -> Dose | None:
        """The label's starting dose, if it is verified."""
        return self.use.dose if self.use.dose and self.use.dose.confidence.usable else None


def candidates(knowledge: Knowledge) -> tuple[Drug, ...]:
    """Return the drugs that a card may offer or mention at all."""
    active = (drug for drug in knowledge.drugs.values() if drug.status is Status.ACTIVE)
    return tuple(drug for drug in active if drug.ros1 and drug.ros1.offer != "never")


def needs_of(decision: Decision) -> Needs:
    """Return what the record shows that an option must fit."""
    given = (therapy.drug for therapy in decision.facts.therapies if therapy.drug_class == ROS1_INHIBITOR)
    return Needs(
        extent=extent_of(decision.facts, decision.orders),
        cns=bool(decision.facts.spread.cns_metastases),
        given=frozenset(given),
    )


def options_for(needs: Needs, drugs: Iterable[Drug], formulary: tuple[str, ...]) -> tuple[Option, ...]:
    """Return the options among candidates in the site's order, else by name; those only mentioned come last."""
    eligible = _eligible(needs, drugs, formulary)
    places = {drug: place for place, drug in enumerate(formulary)}

    def place(option: Option) -> tuple[bool, int, str]:
        return (not option.swap, places.get(option.drug.id, len(places)), option.drug.name)

    return tuple(sorted(eligible, key=place))


def _eligible(needs: Needs, drugs: Iterable[Drug], formulary: tuple[str, ...]) -> Iterable[Option]:
    scopes = _SCOPES.get(needs.extent, set())
    for drug in drugs:
        use = drug.ros1
        if use is None or drug.id in needs.given or (needs.cns and not use.cns_active):
            continue
        approval = next((one for one in use.approvals if _covers(one, scopes, after_another=bool(needs.given))), None)
        if approval is not None:
            named = drug.id in formulary
            swap = use.product is not None and (use.offer == "swap" or named)
            yield Option(drug=drug, use=use, approval=approval, swap=swap)


def _covers(approval: Approval, scopes: set[str], *, after_another: bool) -> bool:
    return (
        approval.confidence.usable
        and approval.scope in scopes
        and (after_another or not approval.requires_prior_ros1_inhibitor)
    )
