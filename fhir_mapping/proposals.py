"""Proposed orders as FHIR: built and checked with fhir.resources once, at start, and only filled in for a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.servicerequest import ServiceRequest

from fhir_mapping.facts import Evidence, ProposedOrder, ProposedTest
from knowledge.lookup import Knowledge
from knowledge.model import Dose, DoseStep, Orderable, Ros1Use

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
    """The drafts that cards may offer, one template per drug that has a product, or words, to order and per test."""

    def __init__(self, knowledge: Knowledge, prepare: Callable[[object], object] = _as_it_is) -> None:
        """Build every template; raise pydantic's ValidationError if one is not valid FHIR.

        ``prepare`` turns the parts that no request changes into what the answer's encoder writes as it stands.
        """
        self._drugs = {
            drug.id: _prepared(_medication_request(drug.ros1, knowledge), prepare)
            for drug in knowledge.drugs.values()
            if drug.ros1 is not None and (drug.ros1.product or drug.ros1.order_text)
        }
        self._tests = {test.id: _prepared(_service_request(test), prepare) for test in knowledge.orderables.values()}

    def draft(self, proposal: ProposedOrder | ProposedTest, session: Session, id_: str) -> Mapping[str, Any]:
        """Return a draft MedicationRequest or ServiceRequest: nothing in it comes from an order of the session."""
        if isinstance(proposal, ProposedTest):
            return _filled(self._tests[proposal.orderable], proposal.reason, session, id_)
        return _filled(self._drugs[proposal.drug], proposal.reason, session, id_)


def _prepared(template: Mapping[str, Any], prepare: Callable[[object], object]) -> Mapping[str, Any]:
    return {name: value if isinstance(value, str) else prepare(value) for name, value in template.items()}


def _filled(template: Mapping[str, Any], reason: Evidence | None, session: Session, id_: str) -> Mapping[str, Any]:
    """Return a template with what both kinds of request share: for whom, when, by whom and why."""
    resource = {
        **template,
        "id": id_,
        "subject": {"reference": f"Patient/{session.patient_id}"},
        "authoredOn": session.authored_on.isoformat(),
    }
    if session.encounter_id:
        resource["encounter"] = {"reference": f"Encounter/{session.encounter_id}"}
    if _REQUESTER.fullmatch(session.user):
        resource["requester"] = {"reference": session.user}
    if reason and _CONDITION.fullmatch(reason.resource):
        resource["reasonReference"] = [{"reference": reason.resource}]
    return resource


def _service_request(test: Orderable) -> Mapping[str, Any]:
    codings = [
        {"system": code.system, "code": code.code, "display": code.display}
        for code in test.codes
        if code.confidence.usable
    ]
    raw: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "category": [{"text": test.category}],
        "code": {"coding": codings, "text": test.text} if codings else {"text": test.text},
        "subject": {"reference": "Patient/example"},
    }
    checked: dict[str, Any] = ServiceRequest.model_validate(raw).model_dump(mode="json", exclude_none=True)
    checked["resourceType"] = "ServiceRequest"
    return checked


def _medication_request(use: Ros1Use, knowledge: Knowledge) -> Mapping[str, Any]:
    dose = use.dose if use.dose and use.dose.confidence.usable else None
    raw: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": _medication(use),
        "subject": {"reference": "Patient/example"},
    }
    if dose:
        raw["dosageInstruction"] = [_dosage(place, step, dose) for place, step in enumerate(dose.steps, start=1)]
        raw["note"] = [{"text": _dose_note(dose, knowledge)}]
    elif use.product is None:
        raw["note"] = [{"text": knowledge.wording["draft.no-code"]}]
    checked: dict[str, Any] = MedicationRequest.model_validate(raw).model_dump(mode="json", exclude_none=True)
    checked["resourceType"] = "MedicationRequest"
    return checked


def _medication(use: Ros1Use) -> dict[str, Any]:
    """Return the product, or the drug in words where no code exists: none is invented."""
    product = use.product
    if product is None:
        return {"text": use.order_text}
    coding = {"system": product.system, "code": product.code, "display": product.display}
    return {"coding": [coding], "text": product.display}


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
