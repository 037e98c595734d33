"""Proposed orders as FHIR: built and checked with fhir.resources once, at start, and only filled in for a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fhir.resources.R4B.medicationrequest import MedicationRequest

from fhir_mapping.facts import ProposedOrder
from knowledge.lookup import Knowledge
from knowledge.model import Code, Dose, DoseStep, Drug

UCUM = "http://unitsofmeasure.org"

_REQUESTER = re.compile(r"(Practitioner|PractitionerRole)/[A-Za-z0-9\-.]{1,64}")
_CONDITION = re.compile(r"Condition/[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """For whom and by whom an order is drafted: plain ids, the user as a relative reference."""

    patient_id: str
    user: str
    encounter_id: str | None
    authored_on: date


def _as_it_is(value: object) -> object:
    return value


class Proposals:
    """The drafts that cards may offer, one template per drug that has a product to order."""

    def __init__(self, knowledge: Knowledge, prepare: Callable[[object], object] = _as_it_is) -> None:
        """Build every template; raise pydantic's ValidationError if one is not a valid MedicationRequest.

        ``prepare`` turns the parts that no request changes into what the answer's encoder writes as it stands.
        """
        self._templates: dict[str, Mapping[str, Any]] = {
            drug.id: _prepared(_template(drug, drug.ros1.product, knowledge), prepare)
            for drug in knowledge.drugs.values()
            if drug.ros1 is not None and drug.ros1.product is not None
        }

    def medication_request(self, proposal: ProposedOrder, session: Session, id_: str) -> Mapping[str, Any]:
        """Return a draft MedicationRequest: nothing in it comes from the order that it may replace."""
        resource = {
            **self._templates[proposal.drug],
            "id": id_,
            "subject": {"reference": f"Patient/{session.patient_id}"},
            "authoredOn": session.authored_on.isoformat(),
        }
        if session.encounter_id:
            resource["encounter"] = {"reference": f"Encounter/{session.encounter_id}"}
        if _REQUESTER.fullmatch(session.user):
            resource["requester"] = {"reference": session.user}
        if proposal.reason and _CONDITION.fullmatch(proposal.reason.resource):
            resource["reasonReference"] = [{"reference": proposal.reason.resource}]
        return resource


def _prepared(template: Mapping[str, Any], prepare: Callable[[object], object]) -> Mapping[str, Any]:
    return {name: value if isinstance(value, str) else prepare(value) for name, value in template.items()}


def _template(drug: Drug, product: Code, knowledge: Knowledge) -> Mapping[str, Any]:
    dose = drug.ros1.dose if drug.ros1 and drug.ros1.dose and drug.ros1.dose.confidence.usable else None
    raw: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [{"system": product.system, "code": product.code, "display": product.display}],
            "text": product.display,
        },
        "subject": {"reference": "Patient/example"},
    }
    if dose:
        raw["dosageInstruction"] = [_dosage(place, step, dose) for place, step in enumerate(dose.steps, start=1)]
        raw["note"] = [{"text": _dose_note(dose, knowledge)}]
    checked: dict[str, Any] = MedicationRequest.model_validate(raw).model_dump(mode="json", exclude_none=True)
    checked["resourceType"] = "MedicationRequest"
    return checked


def _dosage(sequence: int, step: DoseStep, dose: Dose) -> dict[str, Any]:
    repeat: dict[str, Any] = {"frequency": step.frequency, "period": step.period, "periodUnit": step.period_unit}
    if step.duration_days:
        repeat["boundsDuration"] = {"value": step.duration_days, "unit": "d", "system": UCUM, "code": "d"}
    quantity = {"value": step.value, "unit": step.unit, "system": UCUM, "code": step.unit}
    dosage: dict[str, Any] = {
        "sequence": sequence,
        "text": step.text,
        "timing": {"repeat": repeat},
        "doseAndRate": [{"doseQuantity": quantity}],
    }
    if dose.administration:
        dosage["patientInstruction"] = dose.administration
    return dosage


def _dose_note(dose: Dose, knowledge: Knowledge) -> str:
    sources = "; ".join(knowledge.sources[citation.source].short for citation in dose.related_artifact)
    return knowledge.wording["draft.note"].format(source=sources)
