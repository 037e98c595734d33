"""Why a resource of a request was ignored: each with the reason that a reader can check."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdshooks.ignored import Ignored
from fhir_mapping.datatypes import FoundResource
from knowledge.loader import load

_KNOWLEDGE = load()
_SUBJECT = {"subject": {"reference": "Patient/1"}}
_DRAFT = {"resourceType": "MedicationRequest", "id": "draft", "status": "draft", "intent": "order", **_SUBJECT}
_ORDERED = {**_DRAFT, "medicationCodeableConcept": {"text": "pembrolizumab"}}


def _condition(text: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - members of a resource
    return {"resourceType": "Condition", "id": "it", "code": {"text": text}, **_SUBJECT, **more}


def _request(text: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - members of a resource
    request = {**_DRAFT, "id": "it", "status": "active", "medicationCodeableConcept": {"text": text}}
    return {**request, **more}


def _coded(code: str, system: str) -> dict[str, Any]:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/condition-{system}", "code": code}]}


def _why(resource: dict[str, Any], *others: dict[str, Any]) -> tuple[str, ...]:
    sent = [FoundResource(json.dumps(each).encode(), "") for each in (resource, *others)]
    ignored = Ignored(sent, ["MedicationRequest/draft"], _KNOWLEDGE)
    return tuple(ignored.reasons(sent[0], f"{resource['resourceType']}/{resource['id']}", resource))


@pytest.mark.parametrize(
    ("resource", "reasons"),
    [
        (_condition("Gout"), ["it is neither a cancer nor a metastasis that is recognised"]),
        (
            _condition("Non-small cell lung cancer", verificationStatus=_coded("refuted", "ver-status")),
            ["it is over, in doubt or denied (cancer: nsclc)", "its verificationStatus is refuted"],
        ),
        (
            _condition("Non-small cell lung cancer", clinicalStatus=_coded("resolved", "clinical")),
            ["it is over, in doubt or denied (cancer: nsclc)", "its clinicalStatus is resolved"],
        ),
        (
            _condition("Malignant melanoma of skin", clinicalStatus=_coded("remission", "clinical")),
            ["it is over, in doubt or denied (cancer: other)", "its clinicalStatus is remission"],
        ),
        (_condition("Non-small cell lung cancer"), ["another diagnosis tells more (cancer: nsclc)"]),
        (_request("lisinopril 10 mg"), ["its drug is none that the rules ask for: lisinopril 10 mg"]),
        (
            _request("crizotinib 250 mg", status="cancelled"),
            ["it is about crizotinib, but tells of no use of it that counts here", "its status is cancelled"],
        ),
        (
            _request("crizotinib 250 mg", intent="plan"),
            ["it is about crizotinib, but tells of no use of it that counts here", "its intent is plan"],
        ),
        (
            _request("crizotinib 250 mg", doNotPerform=True),
            ["it is about crizotinib, but tells of no use of it that counts here", "it asks not to give the drug"],
        ),
        (_ORDERED, ["it is a draft of this session, and no therapy", "its status is draft"]),
    ],
)
def test_it_is_said_why_a_resource_was_ignored(resource: dict[str, Any], reasons: list[str]) -> None:
    """Over, in doubt, another drug, a plan, a draft of this session: not "nothing that is asked for"."""
    assert list(_why(resource)) == reasons


def test_a_drug_that_is_referred_to_is_named() -> None:
    """The Medication stands beside, as searches with _include bring it."""
    request = {**_request(""), "medicationReference": {"reference": "Medication/m"}}
    del request["medicationCodeableConcept"]
    medication = {"resourceType": "Medication", "id": "m", "code": {"text": "aspirin"}}

    assert _why(request, medication) == ("its drug is none that the rules ask for: aspirin",)
