"""Requests to the hello-world service, whole and broken."""

from __future__ import annotations

import json
from typing import Any

PATH = "/cds-services/hello-world"


def request(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return a whole order-select request with members changed, or left out where the change is ``...``."""
    whole = {
        "hook": "order-select",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": context(),
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def context(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return the context of an order-select request, changed likewise."""
    whole = {
        "userId": "Practitioner/1",
        "patientId": "patient-1",
        "encounterId": "encounter-1",
        "selections": ["MedicationRequest/1"],
        "draftOrders": {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": {"resourceType": "MedicationRequest", "id": "1"}}],
        },
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def encoded(**changes: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the request as bytes."""
    return json.dumps(request(**changes)).encode()


def with_text(member: str, text: bytes) -> bytes:
    """Return a request with the given JSON text, valid or not, as one more member of its context or envelope."""
    marker = b'"@@"'
    where: dict[str, Any] = {"context": context(added="@@")} if member == "context" else {member: "@@"}
    return encoded(**where).replace(marker, text)
