"""Order-select bodies as a large EHR sends them, generated: one ROS1 and one PD-L1 result among laboratory results."""

from __future__ import annotations

import json
from typing import Any

SIZES = {"small": (10, 3, 5), "medium": (100, 5, 8), "large": (1000, 10, 20)}
"""Name -> how many Observations, Conditions and MedicationRequests."""

_LOINC = "http://loinc.org"
_PATIENT = {"reference": "Patient/bench", "display": "Bench, Patient"}
_LABS = (
    ("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL"),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL"),
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL"),
    ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L"),
    ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L"),
    ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "10*3/uL"),
    ("777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL"),
)


def body(size: str, *, broken: bool = False) -> bytes:
    """Return a request; ``broken``: one resource that does not matter has elements of the wrong type."""
    observations, conditions, medications = SIZES[size]
    labs = [_lab(number) for number in range(observations - 2)]
    if broken:
        labs[len(labs) // 2] |= {"code": "broken", "valueQuantity": [1], "subject": 7, "component": "no"}
    results = [*labs, _ros1(), _pd_l1()]
    diagnoses = [_lung_cancer(), _bone_metastasis(), *map(_other_condition, range(conditions - 2))]
    request = {
        "hook": "order-select",
        "hookInstance": "5fbd4f7a-0a3b-4f5e-9f3e-3a7f0a6a9f10",
        "fhirServer": "https://ehr.example.org/fhir",
        "context": {
            "userId": "Practitioner/1",
            "patientId": "bench",
            "encounterId": "1",
            "selections": ["MedicationRequest/draft"],
            "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": _draft()}]},
        },
        "prefetch": {
            "observations": _bundle(results),
            "stages": _bundle([]),
            "conditions": _bundle(diagnoses),
            "medications": _bundle(list(map(_medication, range(medications)))),
        },
    }
    return json.dumps(request, separators=(",", ":")).encode()


def _bundle(resources: list[dict[str, Any]]) -> dict[str, Any]:
    entry = [
        {
            "fullUrl": f"https://ehr.example.org/fhir/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in resources
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entry), "entry": entry}


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    local = {"system": "urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.0", "code": f"L{code}", "display": display.upper()}
    return {"coding": [{"system": system, "code": code, "display": display}, local], "text": display}


def _observation(id_: str, code: dict[str, Any], **value: object) -> dict[str, Any]:
    laboratory = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "id": id_,
        "meta": {
            "versionId": "1",
            "lastUpdated": "2026-10-01T10:00:00Z",
            "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"],
        },
        "identifier": [{"use": "official", "system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.798268", "value": id_}],
        "status": "final",
        "category": [{"coding": [{"system": laboratory, "code": "laboratory", "display": "Laboratory"}]}],
        "code": code,
        "subject": _PATIENT,
        "encounter": {"reference": "Encounter/1", "display": "Office visit"},
        "effectiveDateTime": "2026-09-10T08:00:00Z",
        "issued": "2026-09-10T09:00:00Z",
        "performer": [{"reference": "Practitioner/9", "type": "Practitioner", "display": "Laboratory, Director MD"}],
        "specimen": {"reference": "Specimen/1", "display": "Specimen"},
        **value,
    }


def _lab(number: int) -> dict[str, Any]:
    code, display, unit = _LABS[number % len(_LABS)]
    interpretation = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    return _observation(
        f"lab-{number}",
        _concept(_LOINC, code, display),
        valueQuantity={"value": 5.1 + number % 7, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
        interpretation=[{"coding": [{"system": interpretation, "code": "N", "display": "Normal"}], "text": "Normal"}],
        referenceRange=[
            {"low": {"value": 3.5, "unit": unit}, "high": {"value": 6.1, "unit": unit}, "text": "3.5 - 6.1"}
        ],
    )


def _ros1() -> dict[str, Any]:
    ros1 = {"coding": [{"system": "http://www.genenames.org", "code": "HGNC:10261", "display": "ROS1"}]}
    return _observation(
        "ros1",
        {"coding": [{"system": _LOINC, "code": "69548-6", "display": "Genetic variant assessment"}]},
        valueCodeableConcept={"coding": [{"system": _LOINC, "code": "LA9633-4", "display": "Present"}]},
        method={"coding": [{"system": _LOINC, "code": "LA26398-0", "display": "Sequencing"}]},
        component=[
            {"code": {"coding": [{"system": _LOINC, "code": "48018-6"}]}, "valueCodeableConcept": ros1},
            {
                "code": {"coding": [{"system": _LOINC, "code": "81252-9"}]},
                "valueCodeableConcept": {"text": "CD74::ROS1 fusion"},
            },
        ],
    )


def _pd_l1() -> dict[str, Any]:
    display = "Cells.programmed cell death ligand 1/100 viable tumor cells in Tissue by Immune stain"
    return _observation("pd-l1", _concept(_LOINC, "83053-9", display), valueQuantity={"value": 90, "unit": "%"})


def _condition(id_: str, system: str, code: str, display: str) -> dict[str, Any]:
    clinical, verification = (
        {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/condition-{kind}", "code": value}]}
        for kind, value in (("clinical", "active"), ("ver-status", "confirmed"))
    )
    return {
        "resourceType": "Condition",
        "id": id_,
        "clinicalStatus": clinical,
        "verificationStatus": verification,
        "code": _concept(system, code, display),
        "subject": _PATIENT,
        "onsetDateTime": "2026-08-20",
        "recordedDate": "2026-08-21T10:00:00Z",
    }


def _lung_cancer() -> dict[str, Any]:
    return _condition("lung", "http://snomed.info/sct", "254637007", "Non-small cell lung cancer")


def _bone_metastasis() -> dict[str, Any]:
    return _condition("bone", "http://snomed.info/sct", "94222008", "Secondary malignant neoplasm of bone")


def _other_condition(number: int) -> dict[str, Any]:
    return _condition(f"other-{number}", "http://hl7.org/fhir/sid/icd-10-cm", f"I1{number % 6}", "Hypertensive disease")


def _request(id_: str, status: str, code: str, display: str) -> dict[str, Any]:
    rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
    return {
        "resourceType": "MedicationRequest",
        "id": id_,
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [{"system": rxnorm, "code": code, "display": display}],
            "text": display,
        },
        "subject": _PATIENT,
        "authoredOn": "2026-11-20",
        "requester": {"reference": "Practitioner/1", "display": "Oncologist, One"},
        "dosageInstruction": [
            {"text": "as directed", "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}
        ],
    }


def _medication(number: int) -> dict[str, Any]:
    return _request(f"home-{number}", "active", f"99000{number}", f"Home medication {number} 10 MG Oral Tablet")


def _draft() -> dict[str, Any]:
    return _request("draft", "draft", "1657750", "4 ML pembrolizumab 25 MG/ML Injection")
