"""What facts, options and cards share about the patient: how far the cancer has spread, and what was already taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from cards.calendar import last_day
from fhir_mapping.facts import ClinicalFacts, Extent, Order, OrderState, Phase, StopReason, TherapyCourse

ROS1_INHIBITOR: Final = "ros1-inhibitor"
CHEMOTHERAPY: Final = "chemotherapy"
CHECKPOINT_INHIBITOR: Final = "immune-checkpoint-inhibitor"
PLATINUM: Final = "platinum"
"""Drug classes of knowledge/data/drugs that rules and cards tell apart."""

_TAKEN: Final = ("taken-now", "taken-progression", "taken-intolerance", "taken-before")
"""Why a drug is not offered again, the reason that says most first."""


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


def kinds_of(order: Order) -> tuple[str, ...]:
    """Return what rules call an order: the classes of its drugs, else its state.

    One of which a part could not be read is told both ways, unless it is known to hold what the reading is for.
    """
    if order.state is not OrderState.RECOGNISED:
        return (str(order.state),)
    classes = tuple(each.drug_class for each in order.recognitions)
    hides = bool(order.unresolved) and bool(classes) and CHECKPOINT_INHIBITOR not in classes
    return (*classes, str(OrderState.NOT_KNOWN)) if hides else classes


def is_current(course: TherapyCourse, as_of: date | None) -> bool:
    """Tell whether a course runs on the day: the record says that it runs, and not only until an earlier day."""
    until = last_day(course.until)
    return course.phase is Phase.CURRENT and not (until and as_of and until < as_of)


def taken(facts: ClinicalFacts, as_of: date | None) -> Mapping[str, str]:
    """Return the ROS1 inhibitors that the patient has or had, each with why it is not offered again (a wording id)."""
    reasons: dict[str, str] = {}
    for course in facts.therapies:
        if course.drug_class == ROS1_INHIBITOR:
            reasons[course.drug] = min(
                _why_taken(course, as_of), reasons.get(course.drug, _TAKEN[-1]), key=_TAKEN.index
            )
    return reasons


def _why_taken(course: TherapyCourse, as_of: date | None) -> str:
    if is_current(course, as_of):
        return "taken-now"
    stated = course.stop_reason in (StopReason.PROGRESSION, StopReason.INTOLERANCE)
    return f"taken-{course.stop_reason}" if stated else "taken-before"
