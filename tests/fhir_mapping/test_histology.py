"""The histology that an Observation tells, where the diagnosis names a lung cancer of unknown kind."""

from __future__ import annotations

import time
from typing import Any

import pytest

from fhir_mapping.facts import LungCancer
from tests.fhir_mapping.fhir import ICD, LOINC, SNOMED, concept, facts, observation
from tests.fhir_mapping.fhir import resource as made

ICD_O_3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
LUNG = made("Condition", {"id": "lung", "code": concept(ICD, "C34.90")})
COLON = made("Condition", {"id": "colon", "code": concept(ICD, "C18.7", "Malignant neoplasm of sigmoid colon")})


def histology(value: dict[str, Any] | str, code: dict[str, Any] | None = None, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    """Return an Observation of the histology."""
    given = {"valueString": value} if isinstance(value, str) else {"valueCodeableConcept": value}
    return observation(**({"id": "histology", "code": code or {"text": "Histologic type"}} | given | elements))


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(
            histology(concept(ICD_O_3, "8140/3", "Adenocarcinoma, NOS"), concept(LOINC, "59847-4")), id="morphology"
        ),
        pytest.param(histology("Adenocarcinoma of lung", concept(LOINC, "22637-3")), id="final diagnosis"),
        pytest.param(histology(concept(ICD_O_3, "80463/3"), concept(LOINC, "31206-6")), id="by its code"),
        pytest.param(histology("Adenocarcinoma"), id="in words"),
        pytest.param(histology("Adenocarcinoma", {"text": "Histology"}), id="in other words"),
        pytest.param(histology("Metastatic adenocarcinoma, consistent with lung primary"), id="of a metastasis"),
        pytest.param(
            histology("Lung, right upper lobe, biopsy: adenocarcinoma.\nLymph node 7: negative for carcinoma."),
            id="another sentence denies something else",
        ),
    ],
)
def test_an_observation_tells_the_kind_of_a_lung_cancer_of_unknown_histology(found: dict[str, Any]) -> None:
    """Problem lists code C34; the histology then stands in the pathology alone, and testing was never advised."""
    diagnosis = facts(LUNG, found).diagnosis

    assert diagnosis.lung_cancer is LungCancer.NSCLC
    assert not diagnosis.squamous
    assert [each.resource for each in diagnosis.evidence] == ["Condition/lung", "Observation/histology"]


@pytest.mark.parametrize(
    "found",
    [
        pytest.param((histology("Squamous cell carcinoma"),), id="squamous, which may be of the skin"),
        pytest.param((histology("Small cell carcinoma"),), id="small cell would silence cards"),
        pytest.param((histology("Adenocarcinoma"), histology("Small cell carcinoma", id="b")), id="both"),
        pytest.param((histology("Adenocarcinoma vs small cell carcinoma"),), id="open"),
        pytest.param((histology("No adenocarcinoma seen"),), id="denied"),
        pytest.param((histology("Adenocarcinoma of colon"),), id="of another organ"),
        pytest.param((histology("Carcinoma"),), id="of no kind"),
        pytest.param((histology("Adenocarcinoma", status="entered-in-error"),), id="void"),
        pytest.param((histology("Adenocarcinoma", status="registered"),), id="pending"),
        pytest.param((histology("Adenocarcinoma", {"text": "Histologic grade"}),), id="another observation"),
        pytest.param(
            (COLON, histology("Adenocarcinoma", focus=[{"reference": "Condition/colon"}])), id="about another cancer"
        ),
        pytest.param((COLON, histology("Adenocarcinoma")), id="beside another cancer, of either"),
    ],
)
def test_what_tells_another_kind_or_may_be_of_another_tumour_leaves_it_open(found: tuple[dict[str, Any], ...]) -> None:
    """Lung cancer without histology gets every card but the reminder to test: no pathology takes those away."""
    assert facts(LUNG, *found).diagnosis.lung_cancer is LungCancer.UNSPECIFIED


@pytest.mark.parametrize(
    "elements",
    [
        {"focus": [{"reference": "Condition/lung"}]},
        {"bodySite": {"text": "Right upper lobe of lung"}},
        {"valueString": "Adenocarcinoma of the lung"},
    ],
    ids=str,
)
def test_beside_another_cancer_it_counts_if_it_is_said_to_be_of_the_lung(elements: dict[str, Any]) -> None:
    """By its focus, its body site or its own words."""
    found = histology("Adenocarcinoma", **elements)

    assert facts(LUNG, COLON, found).diagnosis.lung_cancer is LungCancer.NSCLC


def test_a_diagnosis_that_names_its_histology_stands() -> None:
    """Small cell lung cancer stays what it is, whatever another Observation tells, and so does no lung cancer."""
    small_cell = made("Condition", {"id": "lung", "code": concept(SNOMED, "254632001")})

    assert facts(small_cell, histology("Adenocarcinoma")).diagnosis.lung_cancer is LungCancer.SMALL_CELL
    assert facts(histology("Adenocarcinoma of lung")).diagnosis.lung_cancer is LungCancer.NONE


def test_long_pathology_reports_take_no_room_from_results() -> None:
    """Of more than can be read the reports of the histology are left out first, and that is said."""
    reports = [histology("Adenocarcinoma " * 1500, id=f"h{number}") for number in range(20)]
    result = observation(id="ros1", code={"text": "ROS1"}, valueString="ROS1 fusion detected. " + "Details. " * 4000)

    found = facts(LUNG, *reports, result)

    assert [each.evidence.resource for each in found.ros1.results] == ["Observation/ros1"]
    assert {each.problem for each in found.unread} == {"more text than can be read"}


def test_a_sentence_that_is_cut_tells_nothing() -> None:
    """What stands behind the cut may open it: "adenocarcinoma vs small cell carcinoma"."""
    of_the_report = f"{'Blank. ' * 283} adenocarcinoma vs small cell carcinoma"
    of_a_sentence = f"Adenocarcinoma {'x' * 500} vs small cell carcinoma"

    for text in (of_the_report, of_a_sentence):
        assert facts(LUNG, histology(text)).diagnosis.lung_cancer is LungCancer.UNSPECIFIED


def test_hostile_pathology_takes_no_time() -> None:
    """Of a hundred reports with a thousand sentences each a few are read."""
    reports = [histology(f"{'a.' * 990}{number}", id=f"h{number}") for number in range(100)]
    start = time.perf_counter()

    facts(LUNG, *reports)

    assert time.perf_counter() - start < 2
