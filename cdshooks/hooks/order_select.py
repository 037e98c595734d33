"""order-select: a clinician has just chosen one or more orders and may still be editing them.

https://cds-hooks.hl7.org/hooks/order-select/ : drafts may lack dose, route or even the drug.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdshooks.context import DRAFT_ORDERS, ENCOUNTER_ID, PATIENT_ID, SELECTIONS, USER_ID, Hook, OrderContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(OrderContext):
    """``selections`` names the drafts that were just chosen; the others are context."""

    selections: tuple[str, ...]


HOOK = Hook(
    name="order-select",
    version="1.0",
    fields=(USER_ID, PATIENT_ID, ENCOUNTER_ID, SELECTIONS, DRAFT_ORDERS),
    context=Context,
)
