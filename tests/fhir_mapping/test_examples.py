"""What others published: nothing breaks, and each is read as its author meant it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fhir_mapping.facts import ClinicalFacts, LungCancer, OrderState, Ros1Status
from fhir_mapping.mapping import orders_from
from tests.fhir_mapping.fhir import KNOWLEDGE, facts


@pytest.fixture(scope="module")
def resources(examples: Path) -> list[dict[str, Any]]:
    """Return every single resource of mCODE and Genomics Reporting."""
    files = sorted([*(examples / "mcode").glob("*.json"), *(examples / "genomics-reporting").glob("*.json")])
    read = [json.loads(file.read_text("utf-8")) for file in files]
    return [each for each in read if each["resourceType"] != "Bundle"]


def _of(resources: list[dict[str, Any]], patient_id: str) -> ClinicalFacts:
    wanted = f"Patient/{patient_id}"
    theirs = [each for each in resources if each.get("subject", {}).get("reference") == wanted]
    assert theirs
    return facts(*theirs, patient_id=patient_id)


def test_the_guides_patient_has_a_confirmed_fusion_and_pd_l1(resources: list[dict[str, Any]]) -> None:
    """The words "ROS1 Fusion" stand only in a text, PD-L1's number only in a note."""
    found = _of(resources, "somaticPatient")

    assert found.ros1.status is Ros1Status.CONFIRMED
    assert [each.evidence.resource for each in found.ros1.results] == ["Observation/ROS1-Fusion-var"]
    assert found.ros1.results[0].evidence.reported == "ROS1 Fusion: Present"
    assert [(each.reported, each.percent) for each in found.pd_l1] == [("Positive; 5% tumor proportion score", 5.0)]


@pytest.mark.parametrize(
    "patient_id",
    [
        "cancer-patient-john-anyperson",  # BCR::ABL1
        "gx-cancer-patient-adam-anyperson",  # MET::ALK, and a panel of pertinent negatives
        "cancer-patient-brian-l",  # ETV6::RUNX1
        "cancer-patient-jenny-m",
        "CGPatientExample01",  # an implication of somebody else's ROS1 fusion
    ],
)
def test_fusions_of_other_genes_are_none_of_ros1(resources: list[dict[str, Any]], patient_id: str) -> None:
    """Not even an indeterminate one."""
    assert _of(resources, patient_id).ros1.status is Ros1Status.NOT_FOUND


def test_mcodes_lung_cancer_patient_is_read(resources: list[dict[str, Any]]) -> None:
    """Non-small cell lung cancer, brain metastases after stage III, cisplatin in the past."""
    found = _of(resources, "cancer-patient-john-anyperson")

    assert found.diagnosis.lung_cancer is LungCancer.NSCLC
    assert [each.resource for each in found.spread.cns_metastases] == [
        "Condition/secondary-cancer-condition-brain-mets"
    ]
    assert found.spread.extent.value == "metastatic"
    assert {each.drug for each in found.therapies} == {"cisplatin"}


def test_nothing_raises_alone_or_together(resources: list[dict[str, Any]]) -> None:
    """And another patient's fusion is no fusion of this one."""
    for each in resources:
        assert facts(each, patient_id="nobody").ros1.status is Ros1Status.NOT_FOUND
    together = facts(*resources, patient_id="somaticPatient")

    assert together.ros1 == _of(resources, "somaticPatient").ros1
    assert together.unread == ()
    assert len(together.other_patient) > 20


def test_the_drafts_of_every_recorded_request_are_read(examples: Path) -> None:
    """None raises; each draft has the state that its content deserves."""
    states: dict[str, list[OrderState]] = {}
    for file in sorted(examples.glob("*/*.json")):
        whole = json.loads(file.read_text("utf-8"))
        body = whole.get("body", whole) if isinstance(whole, dict) else {}
        context = body.get("context", body) if isinstance(body, dict) else {}
        if isinstance(context, dict) and "draftOrders" in context:
            found = orders_from(
                json.dumps(context["draftOrders"]).encode(),
                selections=context.get("selections"),
                patient_id=context.get("patientId", ""),
                knowledge=KNOWLEDGE,
            )
            states[file.stem] = [each.state for each in found]

    assert states["sandbox-order-select-empty-draft"] == [OrderState.UNFINISHED]
    assert states["sandbox-order-select-dstu2-MedicationOrder"] == [OrderState.NOT_UNDERSTOOD]
    assert states["sandbox-order-select-pama-start"] == [OrderState.OTHER]
    assert states["sandbox-order-sign-crizotinib"] == [OrderState.RECOGNISED]
    assert states["sandbox-order-select-pembrolizumab-after-suggestion"] == [OrderState.RECOGNISED]
    assert states["crd-request-generator-order-sign-pembrolizumab"] == [OrderState.RECOGNISED]
    assert len(states) > 15
