"""Proposed orders as FHIR resources."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.servicerequest import ServiceRequest

from fhir_mapping.facts import Evidence, ProposedOrder, ProposedTest
from fhir_mapping.proposals import Proposals, Session
from knowledge.loader import load

KNOWLEDGE = load()
PROPOSALS = Proposals(KNOWLEDGE)
SESSION = Session(patient_id="p1", user="Practitioner/dr", encounter_id="e1", authored_on=date(2026, 11, 21))
OFFERED = [drug.id for drug in KNOWLEDGE.drugs.values() if drug.ros1 and drug.ros1.offer != "never"]


def _draft(drug: str, session: Session = SESSION, reason: Evidence | None = None) -> dict[str, Any]:
    return dict(PROPOSALS.draft(ProposedOrder(drug=drug, reason=reason), session, "new-1"))


@pytest.mark.requirement("A4", "A7", "A8")
@pytest.mark.parametrize("drug", OFFERED)
def test_every_draft_is_a_valid_medication_request_of_its_own(drug: str) -> None:
    """A created draft parses as R4B, has an id, and carries the label's dose or none: nothing of another order."""
    resource = _draft(drug, reason=Evidence(resource="Condition/lung"))

    parsed = MedicationRequest.model_validate(resource)

    assert (parsed.id, parsed.status, parsed.intent) == ("new-1", "draft", "order")
    assert resource["subject"] == {"reference": "Patient/p1"}
    assert resource["encounter"] == {"reference": "Encounter/e1"}
    assert resource["requester"] == {"reference": "Practitioner/dr"}
    assert resource["reasonReference"] == [{"reference": "Condition/lung"}]
    dose = KNOWLEDGE.drugs[drug].ros1.dose  # type: ignore[union-attr]
    assert [step["text"] for step in resource.get("dosageInstruction", ())] == [
        step.text for step in (dose.steps if dose else ())
    ]


@pytest.mark.requirement("A4", "A7", "A8")
@pytest.mark.parametrize("test", KNOWLEDGE.orderables)
def test_every_test_is_a_valid_service_request(test: str) -> None:
    """A created draft parses as R4B, says in words what it orders, and holds only codes that a source confirms."""
    proposal = ProposedTest(orderable=test, reason=Evidence(resource="Condition/lung"))
    resource = dict(PROPOSALS.draft(proposal, SESSION, "new-1"))

    parsed = ServiceRequest.model_validate(resource)

    assert (parsed.id, parsed.status, parsed.intent) == ("new-1", "draft", "order")
    assert resource["subject"] == {"reference": "Patient/p1"}
    assert resource["encounter"] == {"reference": "Encounter/e1"}
    assert resource["requester"] == {"reference": "Practitioner/dr"}
    assert resource["reasonReference"] == [{"reference": "Condition/lung"}]
    assert resource["authoredOn"] == "2026-11-21"
    assert resource["code"]["text"] == KNOWLEDGE.orderables[test].text
    assert "81747-8" not in str(resource)


def test_the_source_of_a_dose_is_named_in_the_draft() -> None:
    """Who signs sees where the dose comes from."""
    assert "label" in _draft("taletrectinib")["note"][0]["text"]


def test_a_drug_without_a_code_is_ordered_in_words() -> None:
    """No code is invented, no dose is given, and the draft says both."""
    resource = _draft("zidesamtinib")

    assert resource["medicationCodeableConcept"] == {"text": "zidesamtinib (Jideytro)"}
    assert "dosageInstruction" not in resource
    assert "dose is not verified" in resource["note"][0]["text"]


def test_repotrectinib_starts_once_daily_and_goes_on_twice_daily() -> None:
    """Two steps in sequence, the first for 14 days."""
    first, second = _draft("repotrectinib")["dosageInstruction"]

    assert first["timing"]["repeat"]["frequency"] == 1
    assert first["timing"]["repeat"]["boundsDuration"]["value"] == 14
    assert second["timing"]["repeat"]["frequency"] == 2


@pytest.mark.parametrize("user", ["Patient/1", "Practitioner/<x>", "1", ""])
def test_only_a_practitioner_becomes_the_requester(user: str) -> None:
    """Anything else in userId is left out, not guessed."""
    session = Session(patient_id="p1", user=user, encounter_id=None, authored_on=date(2026, 11, 21))

    assert "requester" not in _draft("taletrectinib", session)
    assert "encounter" not in _draft("taletrectinib", session)
