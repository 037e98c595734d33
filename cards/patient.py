"""What facts, options and cards share about the patient: how far the cancer has spread, and what was already taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fhir_mapping.facts import ClinicalFacts, Extent, Order, Phase

ROS1_INHIBITOR: Final = "ros1-inhibitor"
CHEMOTHERAPY: Final = "chemotherapy"
CHECKPOINT_INHIBITOR: Final = "immune-checkpoint-inhibitor"
"""Drug classes of knowledge/data/drugs that rules and cards tell apart."""


def extent_of(facts: ClinicalFacts, orders: tuple[Order, ...]) -> Extent:
    """Return the extent that the record states, or else the one that the intent of the selected orders implies.

    A stage that leaves the aim open (stage III) and a palliative order mean locally advanced, incurable disease.
    """
    if facts.spread.extent is not Extent.NOT_STATED:
        return facts.spread.extent
    stated = {order.intent for order in orders if order.selected and order.intent}
    if stated == {Extent.METASTATIC} and facts.spread.evidence:
        return Extent.LOCALLY_ADVANCED_INCURABLE
    return stated.pop() if len(stated) == 1 else Extent.NOT_STATED


def taken(facts: ClinicalFacts) -> Mapping[str, str]:
    """Return the ROS1 inhibitors that the patient has or had, each with why it is not offered again (a wording id)."""
    given = [therapy for therapy in facts.therapies if therapy.drug_class == ROS1_INHIBITOR]
    current = {therapy.drug for therapy in given if therapy.phase is Phase.CURRENT}
    return {therapy.drug: "taken-now" if therapy.drug in current else "taken-before" for therapy in given}
