"""Orders to try, in the sandbox only: the drug lists of test clients hold no injectable, so no checkpoint inhibitor.

Where a draft names no drug yet, a card offers to put an order in its place. Its words and drugs are data, beside this.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any
from uuid import uuid4

from cards.model import Action, Card, Coding, Indicator, Source, Suggestion
from cdshooks.context import OrderContext
from cdshooks.registry import Service
from cdshooks.request import HookRequest
from cdshooks.settings import Settings
from fhir_mapping.decoding import decode
from fhir_mapping.drafts import drafts_in
from fhir_mapping.drugs import Medications, ordered_by
from fhir_mapping.references import bare_id
from fhir_mapping.resources.medication_request import MedicationRequest

ID = "sandbox-orders"


def service(settings: Settings) -> Service | None:
    """Declare the service; None outside the sandbox."""
    if not settings.sandbox:
        return None
    words = json.loads(files(__package__).joinpath("sandbox_orders.json").read_text(encoding="utf-8"))

    def respond(request: HookRequest) -> Sequence[Card]:
        context = request.context
        empty = next(_without_drug(context), None) if isinstance(context, OrderContext) else None
        return (_card(words, empty, context.patient_id),) if empty else ()

    return Service(
        id=ID, hooks=("order-select",), title=words["title"], description=words["description"], respond=respond
    )


def _without_drug(context: OrderContext) -> Iterator[str]:
    """Yield the ids of the drafts that name no drug."""
    for draft in drafts_in(context.draft_orders):
        request = decode(draft.content, MedicationRequest).value if draft.type == "MedicationRequest" else None
        ordered = ordered_by(request, Medications()) if request else None
        if ordered and draft.id and not ordered.display and not ordered.unresolved:
            yield bare_id(draft.id)


def _card(words: dict[str, Any], empty: str, patient_id: str) -> Card:
    delete = Action(type="delete", description=words["delete"], resource_id=f"MedicationRequest/{empty}")
    return Card(
        uuid=str(uuid4()),
        summary=words["summary"],
        detail=words["detail"],
        indicator=Indicator.INFO,
        source=Source(label=words["source"], topic=Coding(**words["topic"])),
        suggestions=tuple(
            _suggestion(words["label"].format(**drug), drug, delete, patient_id) for drug in words["drugs"]
        ),
        selection_behavior="at-most-one",
    )


def _suggestion(label: str, drug: dict[str, Any], delete: Action, patient_id: str) -> Suggestion:
    draft = {
        "resourceType": "MedicationRequest",
        "id": str(uuid4()),
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": drug,
        "subject": {"reference": f"Patient/{patient_id}"},
    }
    create = Action(type="create", description=label, resource=draft)
    return Suggestion(label=label, uuid=str(uuid4()), actions=(create, delete))
