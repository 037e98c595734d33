"""What others wrote: real clients' requests and HL7's examples, replayed when they are there, as they are not ours.

The folder is found through the variable CDS_EXAMPLES, or beside the project as ``../shared/examples``. Where an
author states what must come out, that is the expectation; elsewhere it is what a careful reader would expect.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

_EXAMPLES = Path(os.environ.get("CDS_EXAMPLES", Path(__file__).parents[2].parent / "shared" / "examples"))
_URL = "/cds-services/ros1-nsclc"

pytestmark = pytest.mark.skipif(not _EXAMPLES.is_dir(), reason="the examples of others are not here")


def _bodies() -> Iterator[tuple[str, Any]]:
    for path in sorted(_EXAMPLES.glob("recorded-requests/*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if "body" in content and "feedback" not in content["body"]:
            yield path.stem, content["body"]
    for folder, pattern in (("hl7-validator", "cdshooks-request-*.json"), ("inferno-crd", "*request*.json")):
        for path in sorted((_EXAMPLES / folder).glob(pattern)):
            yield path.stem, json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(_EXAMPLES.glob("cds-hooks-spec/*.json")):
        hook = path.stem.rpartition("-")[0]
        yield path.stem, {"hook": hook, "hookInstance": "example", **json.loads(path.read_text(encoding="utf-8"))}


_BODIES = dict(_bodies())

_EXPECTED: dict[str, int] = {
    # recorded from real clients
    "crd-request-generator-order-sign-pembrolizumab": 200,  # a checkpoint inhibitor, and none of our prefetch keys
    "sandbox-order-select-pembrolizumab-after-suggestion": 200,
    "healthchain-0.16.1-order-select": 400,  # no selections, no draftOrders
    "sandbox-order-select-tab-clicked-again": 400,  # the same
    "sandbox-patient-view-service-called-with-order-select": 400,
    "sandbox-order-select-empty-draft": 200,
    "sandbox-order-select-pama-chosen": 200,
    "sandbox-order-select-pama-start": 200,
    "sandbox-order-select-crizotinib-with-prefetch": 200,
    "sandbox-order-select-hl7-somaticPatient": 200,
    "sandbox-order-sign-crizotinib": 200,
    "sandbox-order-select-dstu2-MedicationOrder": 200,
    "sandbox-order-select-smart-launched-fhirAuthorization": 200,
    # HL7's validator: its authors call these conformant
    "cdshooks-request-order-select-good": 200,
    "cdshooks-request-order-sign-good": 200,
    "cdshooks-request-patient-view-good": 400,  # conformant, but not a hook of this service
    "cdshooks-request-pv-good": 400,
    "cdshooks-request-patient-view-bad": 400,
    # and these not: what is missing is refused, what is only odd is read (checklist H5, R4, G6)
    "cdshooks-request-order-select-extensions": 400,  # no draftOrders
    "cdshooks-request-order-select-bad": 200,  # ids with a type in front, a selection without one
    "cdshooks-request-order-sign-bad-1": 200,
    "cdshooks-request-order-sign-bad-2": 200,
    # Inferno's request bodies: an antibiotic and a diet
    "order_select_hook_request": 200,
    "order_sign_hook_request": 200,
    "order_select_request-1": 200,
    "order_select_request-2": 200,
    "order_sign_request-1": 200,
    "order_sign_request-2": 200,
    "fancy_structure_hook_request": 400,  # not a hook of this service
    "order_dispatch_hook_request": 400,
    # the hook library's own examples
    "order-select-R4": 200,
    "order-select-STU3": 200,
    "order-select-DSTU2": 200,
    "order-sign-DSTU2": 200,
    "order-sign-R4": 200,
    "order-sign-STU3": 200,
    "order-dispatch-R4": 400,
    "patient-view-x": 400,
}


@pytest.mark.requirement("R4", "H5", "G6", "S1")
@pytest.mark.parametrize("name", list(_BODIES))
def test_a_real_request_gets_a_careful_answer(name: str, client: FlaskClient) -> None:
    """Never a 5xx; the status that its author states or a careful reader expects; cards or an OperationOutcome."""
    answer = client.post(_URL, json=_BODIES[name])

    assert answer.status_code == _EXPECTED[name], answer.get_data(as_text=True)
    if answer.status_code == 200:
        assert isinstance(answer.get_json()["cards"], list)
    else:
        assert answer.get_json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    ("name", "topics"),
    [
        ("sandbox-order-select-crizotinib-with-prefetch", ["ros1-inhibitor"]),  # medications: another key
        ("crd-request-generator-order-sign-pembrolizumab", ["data-not-available"]),  # no key, no FHIR server
        ("sandbox-order-select-pembrolizumab-after-suggestion", ["data-not-available"]),
        ("sandbox-order-select-empty-draft", []),
        ("sandbox-order-select-pama-chosen", []),
        ("sandbox-order-select-dstu2-MedicationOrder", ["order-not-checked"]),
        ("order_select_hook_request", []),
        ("order-select-R4", []),
        ("order-select-DSTU2", ["order-not-checked"]),
        ("order_sign_request-1", []),
        ("sandbox-order-select-smart-launched-fhirAuthorization", []),
        ("cdshooks-request-order-select-bad", []),
    ],
)
def test_a_real_request_gets_the_cards_that_fit(name: str, topics: list[str], client: FlaskClient) -> None:
    """Silence for what is none of our business, a card for what was not understood."""
    cards = client.post(_URL, json=_BODIES[name]).get_json()["cards"]

    assert [card["source"]["topic"]["code"] for card in cards] == topics


def test_hl7_s_own_ros1_patient_is_recognised_through_the_real_sandbox(client: FlaskClient) -> None:
    """The sandbox's own request, with pembrolizumab selected in place of crizotinib: a card names the fusion."""
    body = copy.deepcopy(_BODIES["sandbox-order-select-hl7-somaticPatient"])
    draft = body["context"]["draftOrders"]["entry"][0]["resource"]
    draft["medicationCodeableConcept"] = {"text": "pembrolizumab"}
    observations = next(
        value for value in body["prefetch"].values() if value and "ROS1-Fusion-var" in json.dumps(value)
    )
    body["prefetch"] = {"observations": observations, "conditions": None, "medications": None, "stages": None}

    (card,) = client.post(_URL, json=body).get_json()["cards"]

    assert card["summary"].startswith("ROS1 fusion found (NGS, 1 Feb 2023)")
    assert "5% tumor proportion score" in card["detail"]
