"""Which lung cancer, and what is none."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mapping.facts import Availability, LungCancer, Part
from tests.fhir_mapping.fhir import ICD, SNOMED, concept, condition, facts, observation

NSCLC = concept(SNOMED, "254637007", "Non-small cell lung cancer (disorder)")
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ICD_O_3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
HISTOLOGY = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior"


@pytest.mark.parametrize(
    ("code", "cancer"),
    [
        (NSCLC, "nsclc"),
        (concept(SNOMED, "254626006"), "nsclc"),
        (concept(SNOMED, "423121009"), "nsclc"),
        (concept(SNOMED, "363358000"), "lung-cancer"),
        (concept(ICD, "C34.11"), "lung-cancer"),
        (concept(ICD, "C3490"), "lung-cancer"),
        (concept("http://hl7.org/fhir/sid/icd-10", "C34.9"), "lung-cancer"),
        (concept(SNOMED, "254632001"), "small-cell"),
        ("Non-small cell lung cancer", "nsclc"),
        ("Non small-cell lung carcinoma", "nsclc"),
        ("NSCLC, stage IV", "nsclc"),
        ("Adenocarcinoma of lung", "nsclc"),
        ("Lung cancer", "lung-cancer"),
        ("Metastatic lung cancer", "lung-cancer"),
        ("Small cell lung cancer", "small-cell"),
        ("Small-cell lung cancer", "small-cell"),
        ("SCLC", "small-cell"),
        ("NSCLC transformed to small cell", "small-cell"),
        ("Lung carcinoma, not otherwise specified", "lung-cancer"),
        (concept(ICD, "C43.9"), "none"),
        (concept(ICD, "C77.1"), "none"),
        (concept(ICD, "C78.01"), "none"),
        ("Melanoma", "none"),
        ("Secondary malignant neoplasm of lung", "none"),
        ("Family history of lung cancer", "none"),
        ("Suspected lung cancer", "none"),
        ("Lung nodule", "none"),
        ("Adenocarcinoma of right upper lobe of lung", "nsclc"),
        ("Adenocarcinoma, lung, right", "nsclc"),
        ("Metastatic adenocarcinoma of right upper lobe of lung", "nsclc"),
        ("Adenocarcinoma, right lung, not otherwise specified", "nsclc"),
        ("Squamous cell carcinoma, left lung", "nsclc"),
        ("Carcinoma of bronchus", "lung-cancer"),
        ("Neoplasm of lung, malignant", "lung-cancer"),
        ("Carcinoma of lung, small cell type", "small-cell"),
        ("Adenocarcinoma of upper lobe of lung; breast cancer", "nsclc"),
        ("NSCLC, history of smoking", "nsclc"),
        ("History of smoking; NSCLC", "nsclc"),
        ("NSCLC, family history of breast cancer", "nsclc"),
        ("Melanoma, family history of lung cancer", "none"),
        ("Lung cancer, history of", "none"),
        ("Family history of adenocarcinoma of the right lung", "none"),
        ("No carcinoma in the lung", "none"),
        ("Adenocarcinoma of colon metastatic to lung", "none"),
        ("Metastatic carcinoma to bone and lung", "none"),
        ("Breast carcinoma with lung metastases", "none"),
        ("Interstitial lung disease due to cancer treatment", "none"),
        ("Pulmonary embolism, malignancy", "none"),
        ("Benign neoplasm of lung", "none"),
        (concept("urn:oid:2.16.840.1.113883.6.90", "C34.11"), "lung-cancer"),
        (concept("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "C34.1"), "lung-cancer"),
        (concept("http://hl7.org/fhir/sid/icd-10-nl", "C34.9"), "lung-cancer"),
        (concept("urn:oid:2.16.840.1.113883.6.3.2", "C34.9"), "lung-cancer"),
    ],
)
def test_a_condition_names_a_lung_cancer_or_not(code: dict[str, Any] | str, cancer: str) -> None:
    """By code, or by its words if no code is known."""
    assert facts(condition(code)).diagnosis.lung_cancer == LungCancer(cancer)


@pytest.mark.parametrize(
    "status",
    [
        {"verificationStatus": concept(VERIFICATION, "refuted")},
        {"verificationStatus": concept(VERIFICATION, "entered-in-error")},
        {"verificationStatus": concept(VERIFICATION, "differential")},
        {"verificationStatus": concept(VERIFICATION, "provisional")},
        {"verificationStatus": concept(VERIFICATION, "unconfirmed")},
        {"clinicalStatus": concept(CLINICAL, "resolved")},
        {"clinicalStatus": concept(CLINICAL, "inactive")},
        {"clinicalStatus": concept(CLINICAL, "remission")},
        {"clinicalStatus": "resolved"},
        {"clinicalStatus": {"coding": [{"code": "resolved"}]}},
        {"abatementDateTime": "2020-01-01"},
    ],
    ids=str,
)
def test_a_condition_that_is_over_denied_or_in_doubt_does_not_count(status: dict[str, Any]) -> None:
    """Only what the patient has now makes the diagnosis."""
    assert facts(condition(NSCLC, **status)).diagnosis.lung_cancer is LungCancer.NONE


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"verificationStatus": concept(VERIFICATION, "confirmed"), "clinicalStatus": concept(CLINICAL, "active")},
        {"clinicalStatus": concept(CLINICAL, "recurrence")},
        {"clinicalStatus": "active"},
        {"clinicalStatus": concept(CLINICAL, "active"), "abatementDateTime": "2020-01-01"},
        {"category": {"text": "an object where FHIR has a list"}},
    ],
    ids=str,
)
def test_a_current_condition_counts(status: dict[str, Any]) -> None:
    """Also without any status, and whatever its category; a clinical status outweighs the day of an end."""
    found = facts(condition(NSCLC, onsetDateTime="2025-03", **status)).diagnosis

    assert found.lung_cancer is LungCancer.NSCLC
    assert (found.evidence[0].resource, found.evidence[0].date) == ("Condition/x", "2025-03")
    assert found.evidence[0].reported == "Non-small cell lung cancer (disorder)"


@pytest.mark.parametrize(
    ("histology", "cancer"),
    [
        (concept(SNOMED, "1187332001", "Adenocarcinoma (morphologic abnormality)"), LungCancer.NSCLC),
        (concept(ICD_O_3, "8046/3"), LungCancer.NSCLC),
        (concept(ICD_O_3, "8140/3", "Adenocarcinoma, NOS"), LungCancer.NSCLC),
        (concept(ICD_O_3, "8255/3", "Adenocarcinoma with mixed subtypes"), LungCancer.NSCLC),
        (concept(SNOMED, "35917007", "Adenocarcinoma, no subtype (morphologic abnormality)"), LungCancer.NSCLC),
        ({"text": "Non-squamous"}, LungCancer.NSCLC),
        ({"text": "Small cell carcinoma"}, LungCancer.SMALL_CELL),
        (concept(ICD_O_3, "8140/3"), LungCancer.UNSPECIFIED),
        ({"text": "Carcinoma"}, LungCancer.UNSPECIFIED),
        ({"text": "Adenocarcinoma of colon"}, LungCancer.UNSPECIFIED),
        ({"text": "No adenocarcinoma"}, LungCancer.UNSPECIFIED),
        ({"text": "Suspected adenocarcinoma"}, LungCancer.UNSPECIFIED),
        ({"text": "Adenocarcinoma vs small cell carcinoma"}, LungCancer.UNSPECIFIED),
    ],
)
def test_the_histology_tells_the_kind_of_a_lung_cancer(histology: dict[str, Any], cancer: LungCancer) -> None:
    """By its code, or by its words if no code that is known says it; C34 alone does not."""
    extension = [{"url": HISTOLOGY, "valueCodeableConcept": histology}]

    assert facts(condition(concept(ICD, "C34.90"), extension=extension)).diagnosis.lung_cancer is cancer


def test_two_histologies_that_differ_tell_no_kind() -> None:
    """In whatever order they stand: a small cell one would silence every card."""
    told = [{"url": HISTOLOGY, "valueCodeableConcept": {"text": each}} for each in ("Adenocarcinoma", "Small cell")]

    for extension in (told, told[::-1]):
        found = facts(condition(concept(ICD, "C34.90"), extension=extension)).diagnosis
        assert found.lung_cancer is LungCancer.UNSPECIFIED


@pytest.mark.parametrize(
    ("words", "cancer"),
    [
        ("Small cell carcinoma of the right upper lobe", LungCancer.SMALL_CELL),
        ("Small cell lung cancer, right upper lobe (HCC)", LungCancer.SMALL_CELL),
        ("SCLC", LungCancer.SMALL_CELL),
        ("Adenocarcinoma of the right upper lobe", LungCancer.NSCLC),
        ("Squamous cell carcinoma of the right upper lobe", LungCancer.NSCLC),
        ("Non-small cell carcinoma, left lower lobe", LungCancer.NSCLC),
        ("Malignant neoplasm of upper lobe; adenocarcinoma", LungCancer.NSCLC),
        ("Malignant neoplasm of upper lobe, right bronchus or lung", LungCancer.UNSPECIFIED),
        ("Suspected small cell carcinoma", LungCancer.UNSPECIFIED),
        ("Small cell carcinoma ruled out", LungCancer.UNSPECIFIED),
        ("No small cell component", LungCancer.UNSPECIFIED),
        ("History of adenocarcinoma of colon", LungCancer.UNSPECIFIED),
        ("Colon adenocarcinoma metastatic to lung", LungCancer.UNSPECIFIED),
        ("NSCLC (not SCLC)", LungCancer.NSCLC),
        ("Not SCLC: adenocarcinoma", LungCancer.NSCLC),
        ("NSCLC vs SCLC", LungCancer.UNSPECIFIED),
        ("Small cell vs adenocarcinoma", LungCancer.UNSPECIFIED),
        ("Small cell carcinoma or adenocarcinoma", LungCancer.UNSPECIFIED),
        ("SCLC?", LungCancer.UNSPECIFIED),
        ("? small cell", LungCancer.UNSPECIFIED),
        ("Lung cancer (small cell: negative)", LungCancer.UNSPECIFIED),
        ("Adenocarcinoma, history of small cell lung cancer", LungCancer.NSCLC),
        ("Mixed small cell carcinoma and adenocarcinoma", LungCancer.SMALL_CELL),
        ("SCLC without brain metastases", LungCancer.SMALL_CELL),
        ("SCLC stage III or IV", LungCancer.SMALL_CELL),
        ("Small-cell carcinoma", LungCancer.SMALL_CELL),
        ("Oat-cell carcinoma", LungCancer.SMALL_CELL),
    ],
)
def test_words_beside_a_code_without_histology_tell_it(words: str, cancer: LungCancer) -> None:
    """Problem lists code C34 for every lung cancer; a small cell one must not be taken for one that was not tested."""
    assert facts(condition(concept(ICD, "C34.11", text=words))).diagnosis.lung_cancer is cancer


@pytest.mark.parametrize(
    ("words", "cancer"),
    [
        ("NSCLC (not SCLC), stage IV", LungCancer.NSCLC),
        ("Adenocarcinoma vs small cell carcinoma of lung", LungCancer.UNSPECIFIED),
        ("SCLC? of the lung", LungCancer.UNSPECIFIED),
        ("NSCLC stage IV (no brain metastases)", LungCancer.NSCLC),
        ("NSCLC, no known brain metastases", LungCancer.NSCLC),
        ("NSCLC, negative for CNS metastases", LungCancer.NSCLC),
        ("SCLC, no brain metastases", LungCancer.SMALL_CELL),
        ("No brain metastases", LungCancer.NONE),
        ("Suspected NSCLC, no brain metastases", LungCancer.NONE),
    ],
)
def test_what_a_name_denies_hides_no_lung_cancer(words: str, cancer: LungCancer) -> None:
    """Cards were silent for a ROS1 fusion in "NSCLC (not SCLC)"; "no brain metastases" took the lung cancer away."""
    assert facts(condition({"text": words})).diagnosis.lung_cancer is cancer


@pytest.mark.parametrize(
    ("code", "squamous"),
    [
        (concept(SNOMED, "254634000"), True),
        ("Squamous cell carcinoma of lung", True),
        ("Non-squamous non-small cell lung cancer", False),
        (NSCLC, False),
    ],
)
def test_squamous_histology_is_kept(code: dict[str, Any] | str, squamous: bool) -> None:  # noqa: FBT001 - a case's outcome
    """The word "non-squamous" is the opposite."""
    found = facts(condition(code)).diagnosis

    assert (found.lung_cancer, found.squamous) == (LungCancer.NSCLC, squamous)


def test_small_cell_cancer_outweighs_the_others() -> None:
    """Also when it came by transformation."""
    found = facts(condition(NSCLC, id="a"), condition("SCLC transformation", id="b")).diagnosis

    assert found.lung_cancer is LungCancer.SMALL_CELL
    assert [each.resource for each in found.evidence] == ["Condition/b"]


@pytest.mark.parametrize(
    ("text", "cancer"),
    [
        ("Biopsy: transformation to small cell carcinoma.", LungCancer.SMALL_CELL),
        ("No evidence of small cell transformation.", LungCancer.NSCLC),
        ("Rule out transformation to small cell", LungCancer.NSCLC),
    ],
)
def test_a_pathology_report_may_state_the_transformation(text: str, cancer: LungCancer) -> None:
    """If it neither doubts nor denies it."""
    report = observation(code={"text": "Pathology"}, valueString=text)

    assert facts(condition(NSCLC), report).diagnosis.lung_cancer is cancer


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ({"clinicalStatus": concept(CLINICAL, "resolved")}, ("resolved", None)),
        ({"clinicalStatus": concept(CLINICAL, "inactive", "Inactive")}, ("Inactive", None)),
        ({"verificationStatus": concept(VERIFICATION, "provisional")}, ("provisional", None)),
        ({"abatementDateTime": "2024-05-01"}, (None, "2024-05-01")),
    ],
    ids=str,
)
def test_a_lung_cancer_that_is_over_or_in_doubt_is_named_with_its_status(
    status: dict[str, Any], told: tuple[str | None, str | None]
) -> None:
    """It is no current lung cancer, and not no lung cancer on file."""
    found = facts(condition(NSCLC, onsetDateTime="2023-05", **status)).diagnosis

    assert found.lung_cancer is LungCancer.NONE
    assert [(each.status, each.ended) for each in found.not_current] == [told]
    assert [each.evidence.resource for each in found.not_current] == ["Condition/x"]


@pytest.mark.parametrize(
    "found",
    [
        condition(NSCLC),
        condition(NSCLC, verificationStatus=concept(VERIFICATION, "refuted")),
        condition(NSCLC, verificationStatus=concept(VERIFICATION, "entered-in-error")),
        condition(concept(SNOMED, "254632001"), clinicalStatus=concept(CLINICAL, "resolved")),
        condition("Melanoma", clinicalStatus=concept(CLINICAL, "resolved")),
    ],
    ids=str,
)
def test_a_current_a_denied_and_another_cancer_are_no_lung_cancer_that_is_over(found: dict[str, Any]) -> None:
    """What was never there cannot recur, and small cell lung cancer carries no such fusion."""
    assert facts(found).diagnosis.not_current == ()


def test_other_cancers_are_listed_by_their_names() -> None:
    """Metastases and cancers without a site are no other cancer."""
    found = facts(
        condition(NSCLC, id="a"),
        condition(concept(ICD, "C43.9", text="Melanoma of skin"), id="b"),
        condition(concept(ICD, "C79.51"), id="c"),
        condition(concept(ICD, "C80.1"), id="d"),
    ).diagnosis

    assert [each.reported for each in found.other_cancers] == ["Melanoma of skin"]


def test_more_diagnoses_than_can_be_read_are_said() -> None:
    """The shortest are read, the diagnoses are incomplete, and no time is lost."""
    flood = [condition(f"non-small cell {number} {'cancer ' * 120}", id=str(number)) for number in range(600)]

    found = facts(*flood, condition(NSCLC, id="lung"))

    assert found.diagnosis.lung_cancer is LungCancer.NSCLC
    assert [each.resource for each in found.unread] == ["Condition"]
    supply = next(each for each in found.supplies if each.part is Part.DIAGNOSES)
    assert supply.availability is Availability.INCOMPLETE


def test_a_resource_without_a_type_makes_its_part_incomplete() -> None:
    """It may be the result that matters."""
    found = facts({"resourceType": "Condition", "id": "x"}, {"code": {"text": "ROS1"}, "valueString": "positive"})

    assert [each.problem for each in found.unread] == ["a resource without resourceType"]
    assert Availability.INCOMPLETE in [each.availability for each in found.supplies]
