"""Small FHIR resources for the tests, and the facts and orders that come of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from fhir_mapping.datatypes import FoundResource, RawResource
from fhir_mapping.facts import Availability, ClinicalFacts, Order, Part
from fhir_mapping.mapping import Planned, RecordPart, facts_from, orders_from
from knowledge.loader import load

KNOWLEDGE = load()
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
HGNC = "http://www.genenames.org"
SEQUENCE_ONTOLOGY = "http://www.sequenceontology.org"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
PATIENT = "1"

PRESENT = {"coding": [{"system": LOINC, "code": "LA9633-4", "display": "Present"}]}
ABSENT = {"coding": [{"system": LOINC, "code": "LA9634-2", "display": "Absent"}]}

_PARTS = {"Observation": Part.RESULTS, "Condition": Part.DIAGNOSES, "DiagnosticReport": Part.REPORTS}


def concept(system: str, code: str, display: str | None = None, text: str | None = None) -> dict[str, Any]:
    """Return a CodeableConcept with one coding."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": text} if text else {})


def resource(type_: str, elements: dict[str, Any]) -> dict[str, Any]:
    """Return a resource of the patient; an element that is None is left out."""
    whole = {"resourceType": type_, "id": "x", "subject": {"reference": f"Patient/{PATIENT}"}} | elements
    return {key: value for key, value in whole.items() if value is not None}


def observation(**elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape, also wrong ones
    """Return a final Observation."""
    return resource("Observation", {"status": "final"} | elements)


def ros1_test(value: str | None = None, code: str = "ROS1", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return an Observation with a text-only code, as most laboratories send it."""
    return observation(**({"code": {"text": code}, "valueString": value} | elements))


def component(code: str, value: dict[str, Any] | str) -> dict[str, Any]:
    """Return a component under a LOINC code."""
    given = {"valueString": value} if isinstance(value, str) else {"valueCodeableConcept": value}
    return {"code": concept(LOINC, code)} | given


def gene(symbol: str, id_: str = "") -> dict[str, Any]:
    """Return a gene-studied component."""
    ids = {"ROS1": "HGNC:10261", "CD74": "HGNC:1697", "ALK": "HGNC:427", "EGFR": "HGNC:3236", "RET": "HGNC:9967"}
    return component("48018-6", concept(HGNC, id_ or ids.get(symbol, f"HGNC:{len(symbol)}9999"), symbol))


def variant(*components: dict[str, Any], value: dict[str, Any] | None = PRESENT, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return a genomic variant of Genomics Reporting."""
    coded = {"code": concept(LOINC, "69548-6"), "valueCodeableConcept": value, "component": list(components)}
    return observation(**(coded | elements))


def condition(code: dict[str, Any] | str, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return a Condition without any status."""
    return resource("Condition", {"code": {"text": code} if isinstance(code, str) else code} | elements)


def request(drug: str | dict[str, Any] | None, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return an active MedicationRequest for a drug in words or as a concept."""
    named = {"text": drug} if isinstance(drug, str) else drug
    base = {"status": "active", "intent": "order", "medicationCodeableConcept": named}
    return resource("MedicationRequest", base | elements)


def raw(whole: Any, path: str = "prefetch.x.entry[0].resource") -> RawResource:  # noqa: ANN401 - JSON of any shape
    """Return a resource as its bytes."""
    return FoundResource(whole if isinstance(whole, bytes) else json.dumps(whole).encode(), path)


def record(resources: Iterable[Any]) -> tuple[RecordPart, ...]:
    """Return a complete record that holds the resources."""
    parts: dict[Part, list[RawResource]] = {
        Part.RESULTS: [],
        Part.DIAGNOSES: [],
        Part.MEDICATIONS: [],
        Part.REPORTS: [],
    }
    for number, each in enumerate(resources):
        type_ = each.get("resourceType") if isinstance(each, dict) else "Observation"
        parts[_PARTS.get(str(type_), Part.MEDICATIONS)].append(raw(each, f"prefetch.x.entry[{number}].resource"))
    return tuple(
        RecordPart(part=part, availability=Availability.COMPLETE, resources=given) for part, given in parts.items()
    )


def facts(*resources: Any, patient_id: str = PATIENT, as_of: date | None = None) -> ClinicalFacts:  # noqa: ANN401 - as above
    """Return the facts that a record of the resources holds."""
    planned = Planned(as_of=as_of) if as_of else None
    return facts_from(record(resources), patient_id=patient_id, knowledge=KNOWLEDGE, planned=planned)


def orders(
    *drafts: Any,  # noqa: ANN401 - as above
    selections: Sequence[str] | None = None,
    on_record: Iterable[Any] = (),
    patient_id: str = PATIENT,
) -> tuple[Order, ...]:
    """Return the orders that a Bundle of the drafts holds."""
    bundle = {
        "resourceType": "Bundle",
        "entry": [each if "resource" in each else {"resource": each} for each in drafts],
    }
    content = json.dumps(bundle).encode()
    return orders_from(
        content, selections=selections, patient_id=patient_id, knowledge=KNOWLEDGE, record=record(on_record)
    )
