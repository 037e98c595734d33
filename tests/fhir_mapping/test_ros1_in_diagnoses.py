"""A ROS1 fusion that only a diagnosis names."""

from __future__ import annotations

import pytest

from fhir_mapping.facts import Ros1Status
from tests.fhir_mapping.fhir import ICD, concept, condition, facts, ros1_test

REFUTED = {"coding": [{"code": "refuted"}]}


@pytest.mark.parametrize(
    "words",
    [
        "NSCLC, ROS1 fusion positive, stage IV",
        "ROS1+ NSCLC",
        "Metastatic adenocarcinoma of lung with CD74-ROS1 fusion",
        "ROS1-rearranged lung cancer",
        "ROS1 gene rearrangement positive",
        "NSCLC with ROS1 rearrangement",
        "Metastatic NSCLC with ROS1 rearrangement (HCC)",
        "Non-small cell lung cancer, ROS1 positive",
        "ROS1 positive non-small cell lung cancer",
        "Lung adenocarcinoma with ROS1 fusion",
        "Stage IV non-small cell lung cancer, ROS1 fusion",
    ],
)
def test_a_fusion_that_a_diagnosis_names_is_asked_about(words: str) -> None:
    """It was "no ROS1 result found", and no card at all without a stage; it is no test result either."""
    for code in ({"text": words}, concept(ICD, "C34.11", text=words)):
        ros1 = facts(condition(code)).ros1
        assert ros1.status is Ros1Status.INDETERMINATE
        assert ros1.results[0].notes == ("named-in-diagnosis",)
        assert ros1.results[0].evidence.reported == words


@pytest.mark.parametrize(
    "words",
    [
        "NSCLC, ROS1 negative",
        "NSCLC, ROS1 wild type",
        "NSCLC, no ROS1 fusion",
        "NSCLC, ROS1 pending",
        "Suspected ROS1 fusion",
        "NSCLC without ROS1 rearrangement",
        "NSCLC with no ROS1 rearrangement",
        "Lung cancer, ROS1 rearrangement testing ordered",
        "NSCLC, ?ROS1 fusion",
        "NSCLC, ROS1 rearrangement unlikely",
        "Adenocarcinoma of lung, awaiting ROS1 rearrangement",
        "Family history of ROS1-positive lung cancer",
        "Melanoma with ROS1 fusion",
        "Colon cancer, ROS1 fusion positive",
    ],
)
def test_what_a_diagnosis_denies_or_leaves_open_is_no_result(words: str) -> None:
    """Words of a problem list are no test: they never make ROS1 negative or pending; another cancer's are not ours."""
    assert facts(condition(words)).ros1.status is Ros1Status.NOT_FOUND


@pytest.mark.parametrize("words", ["Screening for ROS1 positive lung cancer", "Rule out NSCLC with ROS1 fusion"])
def test_words_that_only_look_for_a_cancer_name_no_fusion(words: str) -> None:
    """Whatever they are coded as."""
    assert facts(condition(concept(ICD, "C34.11", text=words))).ros1.status is Ros1Status.NOT_FOUND


def test_a_diagnosis_that_is_refuted_says_nothing() -> None:
    """Nor does one that is over."""
    assert facts(condition("ROS1-positive NSCLC", verificationStatus=REFUTED)).ros1.status is Ros1Status.NOT_FOUND


@pytest.mark.parametrize(("value", "status"), [("Positive", Ros1Status.CONFIRMED), ("Negative", Ros1Status.NEGATIVE)])
def test_a_test_result_decides_beside_a_diagnosis(value: str, status: Ros1Status) -> None:
    """What a laboratory reports outweighs the problem list."""
    assert facts(condition("NSCLC, ROS1 positive"), ros1_test(value, "ROS1 FISH")).ros1.status is status
