"""PD-L1 in every encoding, shown as reported."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fhir_mapping.fhir import HGNC, LOINC, SNOMED, component, concept, facts, gene, observation, variant

TPS = concept(LOINC, "83053-9")
CODE_22C3 = concept(LOINC, "85147-7", "PD-L1 by clone 22C3 in Tissue by Immune stain Report")
SP142 = concept(LOINC, "83057-0", "PD-L1 by clone SP142 [Presence] in Tissue by Immune stain")
POSITIVE = concept(LOINC, "LA6576-8", "Positive")


@pytest.mark.parametrize(
    ("elements", "reported", "percent", "score"),
    [
        pytest.param({"valueQuantity": {"value": 60, "unit": "%"}}, "60 %", 60.0, None, id="60 %"),
        pytest.param({"valueQuantity": {"value": 60, "code": "%"}}, "60 %", 60.0, None, id="unit as code"),
        pytest.param(
            {"valueQuantity": {"value": 50, "comparator": ">=", "unit": "%"}}, ">=50 %", 50.0, None, id="at least 50 %"
        ),
        pytest.param(
            {"valueQuantity": {"value": 1, "comparator": "<", "unit": "%"}}, "<1 %", None, None, id="less than 1 %"
        ),
        pytest.param(
            {"valueRange": {"low": {"value": 50, "unit": "%"}, "high": {"value": 100, "unit": "%"}}},
            "50 %-100 %",
            50.0,
            None,
            id="range",
        ),
        pytest.param({"valueInteger": 80}, "80 (unit not stated)", 80.0, None, id="a whole number on a % scale"),
        pytest.param({"valueQuantity": {"value": 0.8}}, "0.8 (unit not stated)", None, None, id="the unit trap"),
        pytest.param({"valueQuantity": {"value": 1}}, "1 (unit not stated)", None, None, id="1 may be 100 %"),
        pytest.param({"valueString": ">=50%"}, ">=50%", 50.0, None, id="text with comparator"),
        pytest.param({"valueString": "TPS 90 %"}, "TPS 90 %", 90.0, "TPS", id="TPS 90 %"),
        pytest.param({"valueString": "1-49%"}, "1-49%", 1.0, None, id="a band"),
        pytest.param({"valueString": "<1%"}, "<1%", None, None, id="text below"),
        pytest.param({"valueString": "high"}, "high", None, None, id="a word"),
        pytest.param({"valueString": "no expression"}, "no expression", None, None, id="none"),
        pytest.param({"valueString": "CPS 20"}, "CPS 20", None, "CPS", id="a combined positive score"),
        pytest.param({"valueString": "CPS 20%"}, "CPS 20%", None, "CPS", id="never a percentage"),
        pytest.param({"valueString": "TPS 90%, CPS 95"}, "TPS 90%, CPS 95", 90.0, "TPS", id="both scores"),
        pytest.param({"valueString": "TC 50%, IC 10%"}, "TC 50%, IC 10%", 50.0, "TC", id="tumour and immune cells"),
        pytest.param({"valueString": "IC 10%"}, "IC 10%", None, "IC", id="immune cells only"),
        pytest.param(
            {"valueString": "Tumor content 60%; TPS 90%"}, "Tumor content 60%; TPS 90%", 90.0, "TPS", id="named number"
        ),
        pytest.param({"valueString": "30% or 60%"}, "30% or 60%", None, None, id="two numbers, which?"),
        pytest.param({"valueQuantity": {"value": 300, "unit": "%"}}, "300 %", None, None, id="no percentage"),
    ],
)
def test_a_value_is_shown_as_reported(
    elements: dict[str, Any], reported: str, percent: float | None, score: str | None
) -> None:
    """A percentage only where the record states one."""
    (result,) = facts(observation(code=TPS, effectiveDateTime="2026-02-03", **elements)).pd_l1

    assert (result.reported, result.percent, result.score) == (reported, percent, score)
    assert (result.evidence.resource, result.evidence.date) == ("Observation/x", "2026-02-03")


def test_the_guides_example_has_its_number_in_a_note() -> None:
    """The word "Positive" means 5 % there."""
    (result,) = facts(
        observation(code=CODE_22C3, valueCodeableConcept=POSITIVE, note=[{"text": "5% tumor proportion score"}])
    ).pd_l1

    assert result.reported == "Positive; 5% tumor proportion score"
    assert (result.percent, result.score) == (5.0, "tumor proportion score")


@pytest.mark.parametrize(
    "resource",
    [
        observation(code=concept(SNOMED, "1255770005"), valueQuantity={"value": 80, "unit": "%"}),
        observation(code=concept(LOINC, "99064-8"), valueQuantity={"value": 80, "unit": "%"}),
        observation(code={"text": "PD-L1 (22C3)"}, valueString="TPS 80%"),
        observation(code={"text": "PDL1 IHC"}, valueString="80%"),
        observation(code={"text": "Biomarkers"}, component=[{"code": {"text": "PD-L1 TPS"}, "valueString": "80%"}]),
        observation(
            code={"text": "Pathology report"}, valueString="Adenocarcinoma, 60% tumour. PD-L1 TPS 80%. ALK negative."
        ),
        observation(
            code={"text": "Immune stain"},
            valueString="80%",
            component=[component("48018-6", concept(HGNC, "HGNC:17635", "CD274"))],
        ),
    ],
    ids=["SNOMED CT", "SP263", "text", "PDL1", "component", "report", "gene CD274"],
)
def test_pd_l1_is_found_under_every_code(resource: dict[str, Any]) -> None:
    """Coded, in words, as a component, within a report."""
    (result,) = facts(resource).pd_l1

    assert result.percent == 80.0


def test_the_scoring_method_may_be_a_component() -> None:
    """A CPS given that way is no percentage either."""
    scoring = component("105302-4", {"text": "CPS"})

    (result,) = facts(observation(code=CODE_22C3, valueQuantity={"value": 20, "unit": "%"}, component=[scoring])).pd_l1

    assert (result.score, result.percent) == ("CPS", None)


PERCENT = {"valueQuantity": {"value": 45, "unit": "%"}}


def _part(name: str, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    return {"code": {"text": name}} | elements


@pytest.mark.parametrize(
    ("part", "reported", "percent", "score"),
    [
        (_part("Tumor Proportion Score", **PERCENT), "Tumor Proportion Score: 45 %", 45.0, "Tumor Proportion Score"),
        (_part("TPS (%)", valueString="45%"), "TPS (%): 45%", 45.0, "TPS"),
        (_part("Percentage of tumor cells stained", **PERCENT), "Percentage of tumor cells stained: 45 %", 45.0, None),
        (
            _part("Combined Positive Score", valueString="80"),
            "Combined Positive Score: 80",
            None,
            "Combined Positive Score",
        ),
        (_part("CPS", **PERCENT), "CPS: 45 %", None, "CPS"),
        (_part("Interpretation", valueString="High expression"), "Interpretation: High expression", None, None),
        (_part("Result", interpretation=[{"text": "Positive"}]), "Result: Positive", None, None),
    ],
)
def test_the_scores_of_a_test_may_be_components(
    part: dict[str, Any], reported: str, percent: float | None, score: str | None
) -> None:
    """Under names that do not say PD-L1; what is no score stands beside them."""
    beside = [_part("Tumor content", **PERCENT), _part("Specimen", valueString="Lung")]
    (result,) = facts(observation(code={"text": "PD-L1 IHC 22C3 pharmDx"}, component=[part, *beside])).pd_l1

    assert (result.reported, result.percent) == (reported, percent)
    assert score is None or result.score == score


def test_each_score_of_a_test_is_a_result() -> None:
    """And its own value is one, too."""
    parts = [_part("TPS", **PERCENT), _part("CPS", valueString="80")]
    found = facts(observation(code={"text": "PD-L1 IHC"}, component=parts, valueString="Positive")).pd_l1

    assert {each.reported for each in found} == {"TPS: 45 %", "CPS: 80", "Positive"}


@pytest.mark.parametrize(
    ("code", "part"),
    [
        *(("PD-L1 IHC", _part(each, **PERCENT)) for each in ("Tumor content", "Tumor cells", "TPS cut-off")),
        *(("PD-L1 IHC", _part(each, valueString="Positive")) for each in ("Controls", "Internal control result")),
        *((each, _part("Result", valueString="Positive")) for each in ("PD-L1 and ALK IHC", "ROS1, PD-L1 IHC")),
        ("Ki-67 IHC", _part("TPS", **PERCENT)),
    ],
)
def test_a_component_that_is_no_score_of_pd_l1_is_not_shown(code: str, part: dict[str, Any]) -> None:
    """Nor one that does not say of which marker it is."""
    assert facts(observation(code={"text": code}, component=[part])).pd_l1 == ()


@pytest.mark.parametrize("code", ["LA26819-5", "LA26820-3", "LA26821-1"])
def test_the_answers_of_sp142_are_shown(code: str) -> None:
    """Their words are the record's."""
    (result,) = facts(observation(code=SP142, valueCodeableConcept=concept(LOINC, code, "as displayed"))).pd_l1

    assert result.reported == "as displayed"


@pytest.mark.parametrize(
    "resource",
    [
        observation(code=TPS, valueQuantity={"value": 90, "unit": "%"}, status="entered-in-error"),
        observation(code=TPS, status="registered"),
        variant(gene("CD274", "HGNC:17635")),
        observation(code={"text": "Ki-67"}, valueQuantity={"value": 90, "unit": "%"}),
        observation(code={"text": "Plan"}, valueString="PD-L1 to be done"),
    ],
    ids=["void", "no value yet", "a variant of the gene", "another marker", "only mentioned"],
)
def test_what_is_no_pd_l1_result_is_not_shown(resource: dict[str, Any]) -> None:
    """Nothing is made up."""
    assert facts(resource).pd_l1 == ()


@pytest.mark.parametrize(
    "resource",
    [
        observation(code={"text": "CD274 amplification"}, valueString="Detected"),
        observation(code={"text": "CD274 copy number"}, valueQuantity={"value": 6}),
        observation(code={"text": "CD274"}, valueString="Amplified"),
        observation(code={"text": "PD-L1 FISH"}, valueString="Positive"),
        observation(code={"text": "Molecular report"}, valueString="CD274 (PD-L1) amplification: detected."),
        observation(
            code=concept(LOINC, "82155-3"),
            valueString="Detected",
            component=[component("48018-6", concept(HGNC, "HGNC:17635", "CD274"))],
        ),
    ],
    ids=["code", "number", "value", "FISH", "report", "LOINC"],
)
def test_a_change_of_the_gene_is_no_expression(resource: dict[str, Any]) -> None:
    """A card said "PD-L1 reported as `Detected`" of an amplification."""
    assert facts(resource).pd_l1 == ()


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("PD-L1", "TPS 80%"),
        ("Lung mutation panel with PD-L1", "80%"),
        ("PD-L1", "TPS 80%, CD274 amplified"),
        ("Pathology", "PD-L1 TPS 80%, no CD274 amplification"),
    ],
)
def test_beside_a_percentage_the_expression_is_read(code: str, value: str) -> None:
    """A word of the gene takes no expression away."""
    (result,) = facts(observation(code={"text": code}, valueString=value)).pd_l1

    assert result.percent == 80.0


def test_results_come_newest_first() -> None:
    """The newest is what a card shows."""
    found = facts(
        observation(id="old", code=TPS, valueQuantity={"value": 1, "unit": "%"}, effectiveDateTime="2024-01"),
        observation(id="new", code=TPS, valueQuantity={"value": 90, "unit": "%"}, effectiveDateTime="2026-01"),
        observation(id="undated", code=TPS, valueQuantity={"value": 50, "unit": "%"}),
    ).pd_l1

    assert [each.evidence.resource for each in found] == ["Observation/new", "Observation/old", "Observation/undated"]


def test_a_number_that_is_none_does_not_break() -> None:
    """Infinity and no-number are words like others."""
    for value in ("NaN", "Infinity", "1E+999999"):
        (result,) = facts(observation(code=TPS, valueQuantity={"value": value, "unit": "%"})).pd_l1
        assert result.percent is None
