"""Orders to try: offered in the sandbox where a draft names no drug, and each of them known to the ROS1 service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from cdshooks.services import sandbox_orders
from cdshooks.settings import Settings
from fhir_mapping.facts import OrderState
from fhir_mapping.mapping import orders_from
from knowledge.loader import load

_DRAFT = {"resourceType": "MedicationRequest", "id": "request-123", "status": "draft"}


def _request(*drafts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "hook": "order-select",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "userId": "Practitioner/1",
            "patientId": "demo-ros1",
            "selections": [],
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": draft} for draft in drafts]},
        },
    }


def _cards(client: FlaskClient, service: str, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    answer = client.post(f"/cds-services/{service}", json=request)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    cards: list[dict[str, Any]] = answer.get_json()["cards"]
    return cards


def test_an_empty_draft_can_become_an_order_that_the_ros1_service_knows(client: FlaskClient) -> None:
    """Each suggestion creates a coded order first, as a client is known that does only the first action."""
    (card,) = _cards(client, "sandbox-orders", _request(_DRAFT))

    for suggestion in card["suggestions"]:
        create, delete = suggestion["actions"]
        drug = create["resource"]["medicationCodeableConcept"]
        assert (create["type"], drug["text"]) == ("create", drug["coding"][0]["display"])
        assert (delete["type"], delete["resourceId"]) == ("delete", "MedicationRequest/request-123")
        drafts = json.dumps(_request(create["resource"])["context"]["draftOrders"]).encode()
        (order,) = orders_from(drafts, selections=None, patient_id="demo-ros1", knowledge=load())
        assert order.state is OrderState.RECOGNISED


@pytest.mark.parametrize(
    "draft",
    [
        {**_DRAFT, "medicationCodeableConcept": {"text": "crizotinib"}},
        {**_DRAFT, "medicationReference": {"reference": "Medication/1"}},
        {"resourceType": "ServiceRequest", "id": "1", "status": "draft"},
    ],
)
def test_it_is_silent_where_an_order_has_a_drug_or_is_for_none(client: FlaskClient, draft: Mapping[str, Any]) -> None:
    """It never stands between a clinician and another card."""
    assert _cards(client, "sandbox-orders", _request(draft)) == []


def test_production_does_not_have_it() -> None:
    """It offers what nobody asked for: for invented patients only."""
    assert sandbox_orders.service(Settings()) is None
