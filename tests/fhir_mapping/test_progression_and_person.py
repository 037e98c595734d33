"""Where the cancer got worse, and what matters of the patient beside the disease."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mapping.facts import Availability, ClinicalFacts, Part, Person
from fhir_mapping.mapping import RecordPart, facts_from
from tests.fhir_mapping.fhir import KNOWLEDGE, LOINC, SNOMED, concept, condition, facts, observation, raw, resource

STATUS = concept(LOINC, "97509-4")
WORSENED = concept(SNOMED, "271299001", "Patient's condition worsened (finding)")


def _status(**elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    return observation(**({"code": STATUS, "effectiveDateTime": "2026-10-01"} | elements))


@pytest.mark.parametrize(
    ("given", "limited"),
    [
        (_status(valueCodeableConcept=WORSENED), False),
        (_status(valueCodeableConcept=WORSENED, note=[{"text": "oligoprogression, one site"}]), True),
        (_status(valueString="Progressive disease"), False),
        (_status(valueCodeableConcept={"text": "Oligoprogressive disease"}), True),
        (condition("Disease progression", onsetDateTime="2026-10-01"), False),
        (condition("Progressive non-small cell lung cancer", onsetDateTime="2026-10-01"), False),
    ],
)
def test_a_progression_is_read_with_its_date(given: dict[str, Any], *, limited: bool) -> None:
    """By its code or in words; limited only if the record says so."""
    (found,) = facts(given).progressions

    assert (found.evidence.date, found.limited) == ("2026-10-01", limited)


@pytest.mark.parametrize(
    "given",
    [
        _status(valueString="Stable disease, no progression"),
        _status(valueString="progression-free"),
        _status(valueString="Pseudoprogression"),
        _status(valueString="Suspected progression"),
        _status(valueCodeableConcept=WORSENED, status="entered-in-error"),
        _status(valueCodeableConcept=WORSENED, subject={"reference": "Patient/2"}),
        _status(valueCodeableConcept=concept(SNOMED, "268910001", "Patient's condition improved (finding)")),
        condition("Progression of diabetic retinopathy"),
        condition("Suspected disease progression"),
        observation(code={"text": "Comment"}, valueString="progression"),
    ],
    ids=str,
)
def test_what_is_denied_doubted_or_about_something_else_is_no_progression(given: dict[str, Any]) -> None:
    """Nor is another patient's."""
    assert facts(given).progressions == ()


def _person(*resources: dict[str, Any], extra: str = "Patient") -> Person:
    given = [raw(each) for each in resources]
    part = RecordPart(part=Part.DIAGNOSES, availability=Availability.COMPLETE, resources=given, extra=extra)
    return facts_from([part], patient_id="1", knowledge=KNOWLEDGE).person


@pytest.mark.parametrize(
    ("elements", "deceased"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2026-10"}, True),
        ({"deceasedDateTime": "no"}, False),
        ({"deceasedBoolean": True, "id": "2"}, False),
        ({"deceasedBoolean": True, "id": None}, False),
    ],
    ids=str,
)
def test_death_counts_only_if_it_is_this_patient_s(elements: dict[str, Any], *, deceased: bool) -> None:
    """It keeps the service silent, so a Patient that is not surely this one does not count."""
    patient = {"resourceType": "Patient", "id": "1", "birthDate": "1968-04"} | elements

    assert _person({key: value for key, value in patient.items() if value is not None}).deceased is deceased


def test_a_birth_date_stays_as_partial_as_it_is() -> None:
    """And two that differ are none."""
    assert _person({"resourceType": "Patient", "id": "1", "birthDate": "1968-04"}).birth_date == "1968-04"
    twice = [{"resourceType": "Patient", "id": "1", "birthDate": day} for day in ("1968-04-01", "1986-04-01")]
    assert _person(*twice).birth_date is None


@pytest.mark.parametrize(
    ("elements", "hospice"),
    [
        ({"type": [{"text": "Hospice care"}]}, True),
        ({"class": {"code": "x", "display": "home hospice"}}, True),
        ({"serviceType": {"text": "Hospice"}}, True),
        ({"type": [{"text": "Hospice care"}], "status": "finished"}, False),
        ({"type": [{"text": "Hospice care"}], "subject": {"reference": "Patient/2"}}, False),
        ({"type": [{"text": "Hospice referral"}]}, False),
        ({"type": [{"text": "Hospice declined"}]}, False),
        ({"type": [{"text": "Palliative care"}]}, False),
    ],
    ids=str,
)
def test_hospice_care_is_read_from_the_words_of_the_encounter(elements: dict[str, Any], *, hospice: bool) -> None:
    """Only if it is what the encounter is, and now."""
    encounter = resource("Encounter", {"status": "in-progress"} | elements)

    assert bool(_person(encounter, extra="Encounter").hospice) is hospice


def test_an_encounter_that_is_not_in_context_says_nothing() -> None:
    """A Bundle of results may bring any."""
    encounter = resource("Encounter", {"status": "in-progress", "type": [{"text": "Hospice care"}]})

    assert facts(encounter).person.hospice == ()


def _with_administrations(availability: Availability, *, refused: bool = False) -> ClinicalFacts:
    whole = RecordPart(part=Part.MEDICATIONS, availability=Availability.COMPLETE)
    extra = RecordPart(
        part=Part.MEDICATIONS,
        availability=availability,
        problem="said why",
        extra="MedicationAdministration",
        refused=refused,
    )
    return facts_from([whole, extra], patient_id="1", knowledge=KNOWLEDGE)


@pytest.mark.parametrize("availability", [Availability.FAILED, Availability.INCOMPLETE])
def test_medications_are_not_whole_without_doses_that_should_have_come(availability: Availability) -> None:
    """What did not come may hold the only trace of a drug."""
    found = _with_administrations(availability)

    assert [each.availability for each in found.supplies] == [Availability.INCOMPLETE]
    assert [(each.resource, each.problem) for each in found.unread] == [("MedicationAdministration", "said why")]


def test_an_ehr_without_doses_has_whole_medications() -> None:
    """That it has none is said; that they were not sent at all is nothing to say."""
    found = _with_administrations(Availability.FAILED, refused=True)

    assert [each.availability for each in found.supplies] == [Availability.COMPLETE]
    assert [(each.resource, each.problem) for each in found.unread] == [("MedicationAdministration", "said why")]
    assert _with_administrations(Availability.ABSENT).unread == ()
