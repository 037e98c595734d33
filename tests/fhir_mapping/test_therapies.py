"""Treatments on file: what the patient has, had, and never had."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mapping.facts import Phase
from fhir_mapping.mapping import facts_from
from tests.fhir_mapping.fhir import KNOWLEDGE, RXNORM, concept, facts, record, request

CRIZOTINIB = concept(RXNORM, "1148495", "crizotinib")


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("active", Phase.CURRENT),
        ("on-hold", Phase.PRIOR),
        ("completed", Phase.PRIOR),
        ("stopped", Phase.PRIOR),
    ],
)
def test_the_status_tells_current_from_prior(status: str, phase: Phase) -> None:
    """With the request as evidence, in its own words."""
    (therapy,) = facts(request(CRIZOTINIB, status=status, authoredOn="2025-04-01T10:00:00Z")).therapies

    assert (therapy.drug, therapy.drug_class, therapy.phase) == ("crizotinib", "ros1-inhibitor", phase)
    assert (therapy.evidence[0].resource, therapy.evidence[0].date) == ("MedicationRequest/x", "2025-04-01")
    assert therapy.evidence[0].reported == "crizotinib"


@pytest.mark.parametrize(
    "elements",
    [
        {"status": "draft"},
        {"status": "cancelled"},
        {"status": "entered-in-error"},
        {"intent": "proposal"},
        {"intent": "plan"},
        {"intent": "option"},
        {"doNotPerform": True},
    ],
    ids=str,
)
def test_what_was_never_given_is_no_therapy(elements: dict[str, Any]) -> None:
    """Not even a prior one, and there is nothing to tell."""
    found = facts(request(CRIZOTINIB, **elements))

    assert (found.therapies, found.unread) == ((), ())


@pytest.mark.parametrize("status", [None, "unknown", "ended"])
def test_an_unknown_status_is_said_and_makes_no_therapy(status: str | None) -> None:
    """Taking it for a prior ROS1 inhibitor would silence the warning."""
    found = facts({key: value for key, value in request(CRIZOTINIB, status=status).items() if value is not None})

    assert found.therapies == ()
    assert [each.resource for each in found.unread] == ["MedicationRequest/x"]


def test_the_drafts_of_this_session_are_no_therapies() -> None:
    """A public client sends the order that is being signed as active, and the server has it, too."""
    given = record([request(CRIZOTINIB, id="draft")])

    found = facts_from(given, patient_id="1", knowledge=KNOWLEDGE, session=["MedicationRequest/draft"])

    assert found.therapies == ()


@pytest.mark.parametrize(
    "reference",
    [{"reference": "Medication/m1"}, {"reference": "https://ehr.example.org/fhir/Medication/m1/_history/2"}],
)
def test_a_medication_on_file_is_looked_up(reference: dict[str, Any]) -> None:
    """The request may only refer to it."""
    medication = {"resourceType": "Medication", "id": "m1", "code": CRIZOTINIB}

    found = facts(request(None, medicationReference=reference), medication)

    assert [each.drug for each in found.therapies] == ["crizotinib"]


def test_drugs_that_we_do_not_know_are_left_out() -> None:
    """They are no matter of ours."""
    assert facts(request("denosumab 120 mg"), request("bevacizumab", id="y")).therapies == ()


def test_a_regimen_in_one_text_is_several_therapies() -> None:
    """Each with the same evidence."""
    found = facts(request("carboplatin + pemetrexed + pembrolizumab", status="completed"))

    assert {each.drug for each in found.therapies} == {"carboplatin", "pemetrexed", "pembrolizumab"}
