"""ROS1 tests whose result stands in components that do not name ROS1."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mapping.facts import Ros1Finding, Ros1Status, Specimen
from tests.fhir_mapping.fhir import LOINC, SNOMED, component, concept, facts, gene, observation

POSITIVE = concept(SNOMED, "10828004", "Positive (qualifier value)")
PERCENT = {"valueQuantity": {"value": 45, "unit": "%"}}
MUTATIONS = "ROS proto-oncogene 1 mutations found [Identifier] in Blood or Tissue by Molecular genetics method"
ALK = concept("http://www.genenames.org", "HGNC:427", "ALK")


def part(name: str | dict[str, Any], value: str | dict[str, Any] | None = None, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    """Return a component with a name and a value in words, or as a concept."""
    key = "valueString" if isinstance(value, str) else "valueCodeableConcept"
    code = {"text": name} if isinstance(name, str) else name
    return {"code": code} | ({key: value} if value else {}) | elements


def assay(*parts: dict[str, Any], code: str | dict[str, Any] = "ROS1 FISH", **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return a test without a value of its own."""
    named = {"text": code} if isinstance(code, str) else code
    return observation(**({"code": named, "component": list(parts)} | elements))


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([part("Specimen", "Lung, RUL"), part("Method", "FISH"), part("Result", "POSITIVE")], id="result"),
        pytest.param([part("Interpretation", POSITIVE)], id="SNOMED CT"),
        pytest.param([part("% cells", **PERCENT), part("Interpretation", "Positive")], id="percent and interpretation"),
        pytest.param([part("Final result (FISH)", "Rearrangement detected")], id="more words"),
        pytest.param([part("Conclusion", "CD74-ROS1 fusion")], id="conclusion"),
        pytest.param([part("Result", valueBoolean=True)], id="true"),
        pytest.param([part("Result", interpretation=[{"text": "Positive"}])], id="interpretation of the result"),
        pytest.param([part(concept("urn:local", "TEST_RESULT"), "Positive")], id="a local code that is the word"),
        pytest.param([part("Result", "see comment"), part("Comment", "ROS1 rearrangement detected")], id="elsewhere"),
        pytest.param([part("Controls", "Negative"), part("Result", "Positive")], id="beside a control"),
        pytest.param([part("Copy number", "Normal"), part("Result", "Positive")], id="beside another measurement"),
        pytest.param([part("Alteration", "G2032R"), part("Result", "Rearrangement detected")], id="beside a mutation"),
    ],
)
@pytest.mark.parametrize("code", ["ROS1 FISH", concept(LOINC, "102038-7"), concept(LOINC, "102038-7", MUTATIONS)])
def test_a_component_that_only_says_result_holds_the_result(parts: list[dict[str, Any]], code: Any) -> None:  # noqa: ANN401 - FHIR elements of any shape
    """Whatever stands beside it, in words or coded."""
    found = facts(assay(*parts, code=code)).ros1

    assert found.status is Ros1Status.CONFIRMED
    assert found.deciding[0].evidence.resource == "Observation/x"


@pytest.mark.parametrize("value", ["Negative", "Not detected", concept(SNOMED, "260385009")])
def test_a_negative_result_in_a_component_is_negative(value: Any) -> None:  # noqa: ANN401 - as above
    """A control that is positive changes nothing."""
    assert facts(assay(part("Controls", "Positive"), part("Result", value))).ros1.status is Ros1Status.NEGATIVE


@pytest.mark.parametrize(
    ("test", "note"),
    [
        pytest.param(
            assay(
                part("Specimen adequate", "Yes"),
                part("Controls", "Positive"),
                part("Tumor content", **PERCENT),
                part("% positive nuclei", **PERCENT),
            ),
            "not-understood",
            id="what is no result",
        ),
        pytest.param(assay(part("Internal control result", "Positive")), "not-understood", id="a control"),
        pytest.param(assay(part("Control result", "Negative")), "not-understood", id="a control that is negative"),
        pytest.param(assay(part("Result", **PERCENT)), "not-understood", id="a number"),
        pytest.param(assay(part("Cells scored")), "no-value", id="no value at all"),
        pytest.param(assay(part("Result", dataAbsentReason={"text": "not performed"})), "no-value", id="absent"),
        pytest.param(assay(part("Result", "Positive"), code="ALK and ROS1 FISH"), "several-genes", id="whose?"),
        pytest.param(
            assay(part("Result", "Negative"), code="ALK and ROS1 FISH"), "several-genes", id="whose negative?"
        ),
        pytest.param(
            assay(part("ALK", "Positive"), part("Result", "Negative"), code="ROS1 FISH"),
            "several-genes",
            id="beside ALK",
        ),
        pytest.param(
            assay(component("48018-6", ALK), part("Result", "Positive"), code="ROS1 fusion panel"),
            "several-genes",
            id="the gene studied is another",
        ),
        pytest.param(
            assay(part("Result", "Positive"), code="ROS1 mutation analysis"), "other-change", id="mutation analysis"
        ),
        *(
            pytest.param(
                assay(part(*named), part("Result", value), code="ROS1"), "other-change", id=f"{named[1]}, {value}"
            )
            for named in (("Alteration", "G2032R"), ("Variant type", "Point mutation"), ("Alteration", "Amplification"))
            for value in ("Detected", "Not detected")
        ),
        pytest.param(
            assay(part("Alteration", "G2032R"), code="ROS1", valueString="Detected"), "other-change", id="own value"
        ),
        pytest.param(
            assay(part("Gene", "ALK"), part("Result", "Positive"), code="ROS1 fusion panel"),
            "several-genes",
            id="another gene in words",
        ),
        pytest.param(
            assay(part("Specimen", "Plasma"), part("Result", "Not detected"), code="ROS1 fusion"),
            "blood-negative",
            id="plasma in a component",
        ),
        pytest.param(
            assay(part("Assay", "Guardant360"), part("Result", "Not detected"), code="ROS1 fusion"),
            "blood-negative",
            id="a blood test in a component",
        ),
    ],
)
def test_a_test_whose_components_cannot_be_read_is_indeterminate(test: dict[str, Any], note: str) -> None:
    """Neither missing nor negative; its words are kept for the reader."""
    (result,) = facts(test).ros1.results

    assert result.finding is Ros1Finding.INDETERMINATE
    assert note in result.notes
    assert result.evidence.reported


NOT_FOUND = part("G2032R", "Not detected")
CO_MUTATION = part("Co-mutation", "TP53 R273H")
UNKNOWN_CHANGE = component("48005-3", "p.?")


@pytest.mark.parametrize(
    ("code", "value", "parts", "status"),
    [
        pytest.param("ROS1 FISH", "Detected", [NOT_FOUND], Ros1Status.CONFIRMED, id="FISH, a mutation not found"),
        pytest.param(
            "ROS1 fusion",
            "Detected",
            [part("L2086F", "Negative"), part("Fusion partner", "EZR")],
            Ros1Status.CONFIRMED,
            id="fusion, its partner, a mutation not found",
        ),
        pytest.param("ROS1 rearrangement", "Positive", [CO_MUTATION], Ros1Status.CONFIRMED, id="a co-mutation"),
        pytest.param(
            "ROS1 FISH", "Positive", [part("Secondary mutation", "G2032R")], Ros1Status.CONFIRMED, id="a second one"
        ),
        pytest.param(
            concept(LOINC, "102038-7"),
            "Detected",
            [gene("ROS1"), UNKNOWN_CHANGE],
            Ros1Status.CONFIRMED,
            id="LOINC, an unknown change",
        ),
        pytest.param("ROS1 fusion", "Not detected", [CO_MUTATION], Ros1Status.NEGATIVE, id="negative, a co-mutation"),
        pytest.param("ROS1 FISH", "Negative", [NOT_FOUND], Ros1Status.NEGATIVE, id="negative, none found"),
        pytest.param("ROS1 fusion", "Detected", [part("Alteration", "G2032R")], Ros1Status.CONFIRMED, id="fusion"),
        pytest.param("ROS1", "Detected", [NOT_FOUND], Ros1Status.CONFIRMED, id="found, but not this one"),
        pytest.param("ROS1", "Detected", [CO_MUTATION], Ros1Status.CONFIRMED, id="gene alone, a co-mutation"),
        pytest.param("ROS1", "Detected", [UNKNOWN_CHANGE], Ros1Status.CONFIRMED, id="gene alone, unknown change"),
        pytest.param("ROS1", "Not detected", [NOT_FOUND], Ros1Status.INDETERMINATE, id="gene alone: not found, what?"),
        pytest.param("ROS1", "Detected", [part("G2032R", "Detected")], Ros1Status.INDETERMINATE, id="this one"),
        pytest.param("ROS1", "Detected", [part("G2032R")], Ros1Status.INDETERMINATE, id="the change without a value"),
        pytest.param(
            "ROS1", "Detected", [component("48005-3", "p.Gly2032Arg")], Ros1Status.INDETERMINATE, id="a known change"
        ),
        pytest.param(
            "ROS1 fusion and mutation panel",
            "Detected",
            [part("Alteration", "G2032R")],
            Ros1Status.INDETERMINATE,
            id="a test for both",
        ),
    ],
)
def test_a_test_named_for_a_fusion_is_about_the_fusion_whatever_mutation_is_told_beside(
    code: str | dict[str, Any], value: str, parts: list[dict[str, Any]], status: Ros1Status
) -> None:
    """A test that names the gene alone may be about the mutation, unless that was not found, or is told as beside."""
    assert facts(assay(*parts, code=code, valueString=value)).ros1.status is status


def test_a_method_that_sees_no_mutation_is_about_the_fusion() -> None:
    """The method may be told beside a name that is the gene alone."""
    told = part("Alteration", "G2032R")

    fish = assay(told, code="ROS1", method={"text": "FISH"}, valueString="Detected")
    sequenced = assay(told, code="ROS1", method={"text": "NGS"}, valueString="Detected")

    assert facts(fish).ros1.status is Ros1Status.CONFIRMED
    assert facts(sequenced).ros1.status is Ros1Status.INDETERMINATE


@pytest.mark.parametrize(
    "test",
    [
        assay(part("Result", "Positive"), part("Interpretation", "Negative")),
        assay(part("Result", "Positive"), part("Comment", "ROS1 rearrangement not detected")),
        assay(part("Result", "Positive"), valueString="Negative"),
    ],
    ids=["two components", "a comment", "the value"],
)
def test_components_that_disagree_are_conflicting(test: dict[str, Any]) -> None:
    """Neither is believed."""
    assert facts(test).ros1.status is Ros1Status.CONFLICTING


@pytest.mark.parametrize(
    ("test", "status"),
    [
        (assay(part("Method", "IHC"), part("Result", "Positive"), code="ROS1"), Ros1Status.IHC_ONLY),
        (assay(part("IHC result", "Positive"), code="ROS1"), Ros1Status.IHC_ONLY),
        (assay(part("Result", "Pending")), Ros1Status.PENDING),
        (assay(part("Method", "FISH"), status="registered"), Ros1Status.PENDING),
        (assay(part("Result", "Positive"), status="entered-in-error"), Ros1Status.NOT_FOUND),
        (assay(part("Result", "Yes"), code="Consent for ROS1 testing"), Ros1Status.NOT_FOUND),
        (assay(part("Result", "Positive"), code="ALK FISH"), Ros1Status.NOT_FOUND),
        (assay(part("Result", "Positive"), code="Fusion panel"), Ros1Status.NOT_FOUND),
        (assay(part("EGFR", "L858R"), code="EGFR, ROS1", valueString="ROS1 positive"), Ros1Status.CONFIRMED),
    ],
)
def test_the_rest_of_the_test_counts_as_ever(test: dict[str, Any], status: Ros1Status) -> None:
    """Its method, its standing, and what it is a test of."""
    assert facts(test).ros1.status is status


@pytest.mark.parametrize(
    ("code", "value", "specimen", "status"),
    [
        ("ROS1 fusion", "Not detected", "Lung biopsy (tumor) and blood (normal)", Ros1Status.NEGATIVE),
        ("ROS1 fusion", "Not detected", "Blood", Ros1Status.INDETERMINATE),
        ("ROS1 rearrangement", "ROS1 negative by plasma NGS", "Lung biopsy", Ros1Status.INDETERMINATE),
        ("ROS1 rearrangement", "ROS1 negative by liquid biopsy", "Lung biopsy", Ros1Status.INDETERMINATE),
        ("ROS1 rearrangement", "ROS1 negative by NGS", "Lung biopsy", Ros1Status.NEGATIVE),
        ("ROS1 rearrangement", "ROS1 negative by NGS of tissue, normal blood", "Lung biopsy", Ros1Status.NEGATIVE),
    ],
)
def test_a_negative_is_of_blood_only_if_blood_was_searched(
    code: str, value: str, specimen: str, status: Ros1Status
) -> None:
    """Not if blood is the control beside the tumour; the words of the result count before the specimen."""
    assert facts(assay(part("Specimen", specimen), code=code, valueString=value)).ros1.status is status


def test_the_specimen_that_the_result_contradicts_is_not_told() -> None:
    """A card would show a biopsy for a test of plasma."""
    test = assay(part("Specimen", "Lung biopsy"), code="ROS1", valueString="ROS1 negative by plasma NGS")
    (result,) = facts(test).ros1.results

    assert (result.specimen, result.specimen_text) == (Specimen.BLOOD, None)
    assert "blood-negative" in result.notes


def test_the_specimen_in_a_component_is_told() -> None:
    """It is what the card shows."""
    (result,) = facts(assay(part("Specimen type", "Lung biopsy"), part("Result", "Positive"))).ros1.results

    assert (result.specimen, result.specimen_text, result.method) == (Specimen.TISSUE, "Lung biopsy", "fish")
    assert result.evidence.reported == "ROS1 FISH: Result: Positive"
