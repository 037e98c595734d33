"""References in all the forms that senders use."""

from __future__ import annotations

import pytest

from fhir_mapping.datatypes import Reference
from fhir_mapping.references import Target, bare_id, is_other_patient, target_of


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("Patient/1", Target("Patient", "1")),
        ("1", Target(None, "1")),
        ("https://ehr.example.org/fhir/Patient/1", Target("Patient", "1")),
        ("https://ehr.example.org:8443/r4/Patient/1/_history/3", Target("Patient", "1")),
        ("Patient/1/", Target("Patient", "1")),
        ("https://ehr.example.org/fhir/1", Target(None, "1")),
        ("#contained", None),
        ("urn:uuid:5b", None),
        ("", None),
        (None, None),
        ("/", None),
        ("_history", None),
        ("Patient?identifier=x", None),
        ("https://ehr.example.org/fhir/Patient?identifier=x", None),
        ("https://ehr.example.org/fhir/Patient/1?_format=json", Target("Patient", "1")),
    ],
)
def test_a_reference_names_a_type_and_an_id(reference: str | None, target: Target | None) -> None:
    """As far as it names anything."""
    assert target_of(reference) == target


@pytest.mark.parametrize(
    ("patient", "id_"), [("1", "1"), ("Patient/1", "1"), ("https://x/fhir/Patient/1", "1"), ("", "")]
)
def test_the_id_of_a_patient_stands_alone(patient: str, id_: str) -> None:
    """Clients send both forms."""
    assert bare_id(patient) == id_


@pytest.mark.parametrize(
    ("subject", "other"),
    [
        (Reference(reference="Patient/1"), False),
        (Reference(reference="https://ehr.example.org/fhir/Patient/1"), False),
        (Reference(reference="1"), False),
        (Reference(reference="1", type="Patient"), False),
        (Reference(reference="#p"), False),
        (Reference(reference="urn:uuid:5b"), False),
        (Reference(display="Jane"), False),
        (None, False),
        (Reference(reference="Patient/2"), True),
        (Reference(reference="https://ehr.example.org/fhir/Patient/2"), True),
        (Reference(reference="2"), True),
        (Reference(reference="Group/1"), True),
    ],
)
def test_another_patient_is_told_from_ours(subject: Reference | None, other: bool) -> None:  # noqa: FBT001 - a case's outcome
    """What cannot be compared counts as ours: the EHR sent it for this patient."""
    assert is_other_patient(subject, "1") is other
