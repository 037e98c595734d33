"""A sandbox by itself: orders for the demo patients, whose records the service fetches from its own FHIR server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.cdshooks.conftest import free_port, wait_for

_PEMBROLIZUMAB = {"text": "pembrolizumab 200 mg IV every 3 weeks"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """Start the service as a sandbox; return its base URL."""
    port = free_port()
    settings = {"PORT": str(port), "PROFILE": "sandbox", "FETCH_MILLISECONDS": "10000", "LOG_LEVEL": "error"}
    settings |= {"DEMO_FHIR_TOKEN": "demo-token", "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}"}
    environment = {**os.environ, **{f"ROS1_CDS_{name}": value for name, value in settings.items()}}
    with subprocess.Popen([sys.executable, "-m", "cdshooks", "serve"], env=environment) as process:
        try:
            yield wait_for(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def _order(sandbox: str, patient: str, token: str = "demo-token") -> requests.Response:  # noqa: S107 - no secret
    draft = {
        "resourceType": "MedicationRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient}"},
        "medicationCodeableConcept": _PEMBROLIZUMAB,
    }
    request: dict[str, Any] = {
        "hook": "order-sign",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": f"{sandbox}/fhir",
        "fhirAuthorization": {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.*",
            "subject": "ros1-cds",
        },
        "context": {
            "userId": "Practitioner/1",
            "patientId": patient,
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": draft}]},
        },
    }
    return requests.post(f"{sandbox}/cds-services/ros1-nsclc", json=request, timeout=60)


@pytest.mark.requirement("F4", "F5")
@pytest.mark.parametrize(
    ("patient", "warned"),
    [("demo-ros1", True), ("demo-ros1-negative", False), ("demo-ros1-not-tested", False), ("demo-melanoma", False)],
)
def test_a_demo_patient_gets_the_advice_that_the_name_promises(sandbox: str, patient: str, *, warned: bool) -> None:
    """The warning comes for the ROS1 fusion in the fetched record, and for no other patient."""
    answer = _order(sandbox, patient)

    assert answer.status_code == 200, answer.text
    cards = [card for card in answer.json()["cards"] if card["indicator"] == "critical"]
    assert bool(cards) is warned
    assert all("ROS1 fusion found" in card["summary"] for card in cards)


@pytest.mark.requirement("F4", "G4")
def test_a_wrong_token_is_said(sandbox: str) -> None:
    """An expired or wrong token gives a card with the reason, never an empty list of cards."""
    answer = _order(sandbox, "demo-ros1", token="expired")  # noqa: S106 - no secret

    assert answer.status_code == 200
    assert "ROS1 could not be checked" in answer.json()["cards"][0]["summary"]
    assert "refused the access (HTTP status 401)" in answer.text
