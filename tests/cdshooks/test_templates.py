"""Prefetch templates keep to what every client must understand."""

from __future__ import annotations

import pytest

from cdshooks.hooks import find
from cdshooks.templates import faults, filled

TOKENS = find()["order-select"].tokens

UNDERSTOOD = (
    "Patient/{{context.patientId}}",
    "Practitioner/{{userPractitionerId}}",
    "Observation?patient={{context.patientId}}&category=laboratory&_sort=-date",
    "Observation?patient={{context.patientId}}&code=http://loinc.org|69548-6,http://loinc.org|85147-7&_count=50",
    "Observation?patient={{context.patientId}}&date=ge2024-01-01",
    "Condition?patient={{context.patientId}}&code:in=http://example.org/ValueSet/a",
    "MedicationRequest?encounter={{context.encounterId}}",
)


@pytest.mark.parametrize("template", UNDERSTOOD)
def test_a_plain_template_has_no_fault(template: str) -> None:
    """Reads, type searches, tokens, result parameters and date prefixes of the standard's list pass."""
    assert faults(template, TOKENS) == ()


REFUSED = {
    "Patient/{{patientId}}": "the token {{patientId}}",
    "Patient/{{context.userName}}": "the token {{context.userName}}",
    "Observation?focus={{context.selections}}": "the token {{context.selections}}",
    "Medication?_id={{context.draftOrders.entry.resource.id}}": "the token {{context.draftOrders",
    "Observation?date=ge{{today() - 90 days}}": "the token {{today()",
    "Patient/{{ context.patientId }}": "the token {{ context.patientId }}",
    "Observation?patient={context.patientId}": "a brace that belongs to no",
    "Patient": "neither a read",
    "https://ehr.example.org/Patient/1": "neither a read",
    "Observation?patient": "has no value",
    "Observation?patient.name=x": "chained",
    "Observation?_include=Observation:subject": "chained, or none",
    "Patient?_has:Observation:patient:code=x": "chained, or none",
    "Observation?code:not=x": "another modifier than :in",
    "Observation?code:text=x": "another modifier than :in",
    "Observation?_count=1&sort:desc=date": "another modifier than :in",
    "Observation?date=ne2024": "another date prefix",
    "Observation?date=sa2024-01-01": "another date prefix",
    "Observation?component-code-value-quantity=x$5": "composite",
    "Observation?date=ge2024&date=le2025": "more than once",
}


@pytest.mark.requirement("P1", "P2", "P3", "P4", "P5")
@pytest.mark.parametrize(("template", "told"), REFUSED.items(), ids=REFUSED)
def test_a_template_that_clients_may_not_understand_is_refused(template: str, told: str) -> None:
    """Other tokens, FHIRPath, chains, includes, other modifiers and prefixes, old syntax: each is named."""
    found = faults(template, TOKENS)
    assert len(found) == 1
    assert told in found[0]


VALUES = {"context.patientId": "p/1", "context.encounterId": "a,b|c$d\\e&f=g", "userPractitionerId": ".."}


@pytest.mark.parametrize(
    ("template", "query"),
    [
        ("Observation?patient={{context.patientId}}&_sort=-date", "Observation?patient=Patient%2Fp%2F1&_sort=-date"),
        ("Observation?code=http://loinc.org|1,2", "Observation?code=http%3A%2F%2Floinc.org%7C1,2"),
        ("Observation?code=http%3A%2F%2Floinc.org%7C1", "Observation?code=http%3A%2F%2Floinc.org%7C1"),
        (
            "Observation?encounter={{context.encounterId}}",
            "Observation?encounter=a%5C,b%5C%7Cc%5C%24d%5C%5Ce%26f%3Dg",
        ),
        ("Patient/{{context.patientId}}", "Patient/p%2F1"),
        ("Practitioner/{{userPractitionerId}}", None),
        ("Patient/{{userPatientId}}", None),
    ],
)
def test_a_template_is_filled(template: str, query: str | None) -> None:
    """Every value is escaped, the patient typed; without a value for each token there is no query."""
    assert filled(template, VALUES) == query
