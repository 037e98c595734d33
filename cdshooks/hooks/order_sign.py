"""order-sign: a clinician is about to sign the orders of the session, new ones and revised ones.

https://cds-hooks.hl7.org/hooks/order-sign/ : re-signed orders may have another status than draft.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdshooks.context import DRAFT_ORDERS, ENCOUNTER_ID, PATIENT_ID, USER_ID, Hook, OrderContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(OrderContext):
    """All drafts are being signed, so there are no ``selections``."""


HOOK = Hook(
    name="order-sign",
    version="1.0",
    fields=(USER_ID, PATIENT_ID, ENCOUNTER_ID, DRAFT_ORDERS),
    context=Context,
)
