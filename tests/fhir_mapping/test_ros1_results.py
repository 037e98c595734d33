"""One Observation to its ROS1 result, in every form that the standards and the laboratories use."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mapping.facts import Ros1Finding, Ros1Result, Ros1Status, Specimen
from tests.fhir_mapping.fhir import (
    ABSENT,
    HGNC,
    INTERPRETATION,
    LOINC,
    PRESENT,
    SEQUENCE_ONTOLOGY,
    SNOMED,
    component,
    concept,
    facts,
    gene,
    observation,
    ros1_test,
    variant,
)

FUSION_TEXT = component("81252-9", {"text": "ROS1 Fusion"})
SOMATIC = component("48002-0", concept(LOINC, "LA6684-0", "Somatic"))
GERMLINE = component("48002-0", concept(LOINC, "LA6683-2", "Germline"))
L858R = component("48005-3", {"coding": [{"code": "p.Leu858Arg", "display": "p.Leu858Arg"}]})
G2032R = component("48005-3", "p.(Gly2032Arg)")
POSITIVE = concept(SNOMED, "10828004", "Positive (qualifier value)")
NEGATIVE = concept(SNOMED, "260385009", "Negative (qualifier value)")
TISSUE = {"resourceType": "Specimen", "id": "t", "type": {"text": "Lung biopsy tissue"}}
PLASMA = {"resourceType": "Specimen", "id": "s", "type": {"text": "Plasma"}}


def _only(resource: dict[str, Any]) -> Ros1Result:
    (result,) = facts(resource).ros1.results
    return result


def _change(code: str, system: str = SEQUENCE_ONTOLOGY) -> dict[str, Any]:
    return component("48019-4", concept(system, code))


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(variant(FUSION_TEXT, gene("ROS1"), SOMATIC), id="the guide's own example: text only, no partner"),
        pytest.param(variant(gene("CD74"), gene("ROS1")), id="two genes, no change type"),
        pytest.param(
            variant(gene("CD74"), gene("ROS1"), component("81290-9", "NM_002944.2:c.1076T>G")),
            id="as mCODE gives BCR-ABL1",
        ),
        pytest.param(
            variant(component("48018-6", concept(HGNC, "HGNC:1697")), component("48018-6", concept(HGNC, "10261"))),
            id="two genes by code only",
        ),
        pytest.param(variant(gene("ROS1"), _change("SO:0001565")), id="gene_fusion"),
        pytest.param(variant(gene("ROS1"), _change("SO:0001886")), id="transcript_fusion"),
        pytest.param(variant(gene("ROS1"), _change("SO:1000044")), id="chromosomal_translocation"),
        pytest.param(variant(gene("ROS1"), _change("SO:0002062")), id="complex chromosomal rearrangement"),
        pytest.param(variant(gene("ROS1"), _change("SO:0001565", "http://www.sequenceontology.org/")), id="slash"),
        pytest.param(
            variant(component("48018-6", concept(f"{HGNC}/geneId", "HGNC:10261")), FUSION_TEXT), id="legacy HGNC system"
        ),
        pytest.param(
            variant(component("48018-6", concept("https://www.ncbi.nlm.nih.gov/gene", "6098")), FUSION_TEXT), id="NCBI"
        ),
        pytest.param(variant(component("48018-6", {"text": "ROS1"}), FUSION_TEXT), id="gene as text"),
        pytest.param(variant(component("81252-9", {"text": "CD74::ROS1"})), id="variation text only"),
        pytest.param(variant(component("81252-9", "v::ROS1"), value=PRESENT), id="unknown partner"),
        pytest.param(
            variant(FUSION_TEXT, gene("ROS1"), value=None, interpretation=[POSITIVE]), id="interpretation, no value"
        ),
        pytest.param(variant(gene("ROS1"), FUSION_TEXT, G2032R), id="a fusion with its resistance mutation"),
        pytest.param(ros1_test("ROS1 rearrangement detected", "ROS1 rearrangement, FISH"), id="text code and value"),
        pytest.param(ros1_test("Positive", "ROS1"), id="one word"),
        pytest.param(ros1_test(valueCodeableConcept=POSITIVE), id="SNOMED CT answer"),
        pytest.param(ros1_test(valueCodeableConcept=concept(SNOMED, "260373001")), id="SNOMED CT detected"),
        pytest.param(ros1_test(valueCodeableConcept=concept(LOINC, "LA6576-8")), id="LOINC answer"),
        pytest.param(ros1_test(interpretation=[concept(INTERPRETATION, "POS")]), id="interpretation POS"),
        pytest.param(ros1_test(interpretation=[concept(INTERPRETATION, "DET")]), id="interpretation DET"),
        pytest.param(ros1_test(valueBoolean=True), id="true"),
        pytest.param(
            ros1_test(valueQuantity={"value": 35, "unit": "%"}, interpretation=[concept(INTERPRETATION, "POS")]),
            id="percent of cells, interpreted",
        ),
        pytest.param(
            observation(code=concept(LOINC, "102038-7"), valueString="CD74-ROS1 fusion"),
            id="102038-7 names its finding",
        ),
        pytest.param(
            ros1_test("Detected: CD74-ROS1", "ROS1 mutation analysis"), id="a fusion named under the code of mutations"
        ),
        pytest.param(
            observation(code=concept(LOINC, "102038-7"), valueCodeableConcept=POSITIVE), id="102038-7 positive"
        ),
        pytest.param(observation(code=concept(LOINC, "81747-8"), valueString="detected"), id="81747-8"),
        pytest.param(
            observation(code=concept(LOINC, "95123-6"), valueString="CD74-ROS1 fusion"), id="fusion narrative"
        ),
        pytest.param(
            observation(
                code={"text": "ROS1 FUSION STATUS"},
                valueCodeableConcept=concept(
                    "https://www.datadictionary.nhs.uk/data_elements/ros1_fusion_status.html", "1", "Positive"
                ),
            ),
            id="NHS COSD",
        ),
        pytest.param(
            observation(
                code={"text": "NGS lung panel"},
                component=[
                    {"code": {"text": "EGFR"}, "valueString": "Not detected"},
                    {"code": {"text": "ROS1"}, "valueString": "Rearrangement detected"},
                ],
            ),
            id="panel with one component a gene",
        ),
        pytest.param(
            observation(code={"text": "Molecular pathology"}, valueString="EGFR: not detected. ROS1 fusion: detected."),
            id="report under another code",
        ),
        pytest.param(
            variant(gene("ROS1"), FUSION_TEXT, component("53037-8", concept(LOINC, "LA6668-3", "Pathogenic"))),
            id="a variant that also states its significance",
        ),
    ],
)
def test_a_fusion_is_found_in_every_form(resource: dict[str, Any]) -> None:
    """A final result that says fusion or its like is confirmed, whatever the form."""
    found = facts(resource).ros1

    assert found.status is Ros1Status.CONFIRMED
    assert [each.finding for each in found.deciding] == [Ros1Finding.POSITIVE]
    assert found.deciding[0].evidence.resource == "Observation/x"
    assert found.deciding[0].evidence.reported


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(variant(gene("ROS1"), value=ABSENT), id="variant absent"),
        pytest.param(variant(gene("ROS1"), FUSION_TEXT, value=ABSENT), id="fusion absent"),
        pytest.param(variant(gene("ROS1"), gene("ALK"), gene("RET"), value=ABSENT), id="pertinent negatives"),
        pytest.param(ros1_test("Not detected"), id="text"),
        pytest.param(ros1_test(valueCodeableConcept=NEGATIVE), id="SNOMED CT"),
        pytest.param(ros1_test(valueCodeableConcept=concept(LOINC, "LA11883-8")), id="LOINC answer"),
        pytest.param(ros1_test(interpretation=[concept(INTERPRETATION, "ND")]), id="interpretation ND"),
        pytest.param(ros1_test(valueBoolean=False), id="false"),
        pytest.param(ros1_test("Negative", "ALK and ROS1 rearrangement"), id="two genes tested, both negative"),
        pytest.param(
            observation(
                code={"text": "Fusion panel"},
                component=[
                    {"code": {"text": "ROS1"}, "valueString": "Negative"},
                    {"code": {"text": "RET"}, "valueString": "Positive"},
                ],
            ),
            id="another component is positive",
        ),
    ],
)
def test_a_negative_tissue_test_is_negative(resource: dict[str, Any]) -> None:
    """A specimen that is not stated counts as tissue."""
    assert facts(resource).ros1.status is Ros1Status.NEGATIVE


@pytest.mark.parametrize(
    ("resource", "note"),
    [
        pytest.param(variant(gene("ROS1"), G2032R), "other-change", id="G2032R alone"),
        pytest.param(variant(gene("ROS1"), component("48004-6", "c.6094G>A")), "other-change", id="SNV"),
        pytest.param(variant(gene("ROS1"), component("81252-9", "ROS1 amplification")), "other-change", id="amplified"),
        pytest.param(
            variant(gene("ROS1"), component("81252-9", {"text": "ROS1 VUS"})),
            "other-change",
            id="uncertain significance",
        ),
        pytest.param(
            variant(gene("ROS1"), gene("CD74"), FUSION_TEXT, component("53037-8", {"text": "Uncertain significance"})),
            "significance-open",
            id="a fusion of uncertain significance",
        ),
        pytest.param(
            variant(gene("ROS1"), gene("CD74"), component("81252-9", {"text": "ROS1 fusion not detected"})),
            "contradiction",
            id="two genes present, and words that deny the fusion",
        ),
        pytest.param(
            variant(gene("ROS1"), gene("CD74"), gene("ALK"), _change("SO:0001565")),
            "several-genes",
            id="a fusion of one of two genes",
        ),
        pytest.param(
            variant(
                gene("ROS1"),
                gene("ALK"),
                gene("RET"),
                component("81252-9", {"text": "fusion detected"}),
                value=None,
            ),
            "no-value",
            id="a fusion of one of three genes",
        ),
        pytest.param(variant(gene("ROS1"), FUSION_TEXT, GERMLINE), "germline", id="germline"),
        pytest.param(variant(gene("ROS1")), "type-not-stated", id="some variant"),
        pytest.param(variant(gene("ROS1"), gene("ALK"), gene("RET")), "several-genes", id="a list of genes tested"),
        pytest.param(variant(gene("ROS1"), gene("EGFR"), L858R), "other-change", id="EGFR L858R beside ROS1"),
        pytest.param(variant(gene("ROS1"), gene("EGFR")), "several-genes", id="two drivers without a word of fusion"),
        pytest.param(
            variant(gene("ROS1"), component("81252-9", "p.G2032R"), value=ABSENT), "other-change", id="no G2032R found"
        ),
        pytest.param(
            variant(gene("ROS1"), component("81252-9", "some variation"), value=ABSENT),
            "other-change",
            id="a variation that is no fusion, not found",
        ),
        pytest.param(ros1_test("Positive", "ROS1 mutation analysis"), "other-change", id="mutation test positive"),
        pytest.param(ros1_test("Negative", "ROS1 mutation analysis"), "other-change", id="mutation test negative"),
        pytest.param(ros1_test("Positive", "ALK and ROS1 rearrangement"), "several-genes", id="which of the two?"),
        pytest.param(ros1_test("see attached", "ROS1"), "not-understood", id="unparsed text"),
        pytest.param(ros1_test(valueQuantity={"value": 18, "unit": "%"}), "not-understood", id="percent of cells"),
        pytest.param(ros1_test("ROS1 IHC 2+"), "not-understood", id="a score"),
        pytest.param(
            ros1_test(interpretation=[concept(INTERPRETATION, "A", "Abnormal")]),
            "no-value",
            id="abnormal is no presence",
        ),
        pytest.param(
            ros1_test("Positive", interpretation=[concept(INTERPRETATION, "NEG")]), "contradiction", id="interpretation"
        ),
        pytest.param(
            ros1_test("Positive", note=[{"text": "Corrected: ROS1 rearrangement not detected"}]),
            "contradiction",
            id="note",
        ),
        pytest.param(
            ros1_test(valueCodeableConcept={**POSITIVE, "text": "ROS1 fusion not detected"}), "contradiction", id="text"
        ),
        pytest.param(ros1_test(dataAbsentReason={"text": "specimen lost"}), "no-value", id="data absent reason"),
        pytest.param(
            ros1_test(valueCodeableConcept=concept(LOINC, "NEGATIVE")), "not-understood", id="no code of that system"
        ),
        pytest.param(ros1_test(), "no-value", id="no value at all"),
        pytest.param(
            observation(
                code={"text": "ROS1 FUSION STATUS"},
                valueCodeableConcept=concept(
                    "https://www.datadictionary.nhs.uk/data_elements/ros1_fusion_status.html", "8"
                ),
            ),
            "not-tested",
            id="NHS COSD not tested",
        ),
    ],
)
def test_what_is_no_fusion_is_indeterminate_and_says_why(resource: dict[str, Any], note: str) -> None:
    """Never positive, never negative; the record's words are kept for the reader."""
    result = _only({key: value for key, value in resource.items() if value is not None})

    assert result.finding is Ros1Finding.INDETERMINATE
    assert note in result.notes


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(ros1_test("Positive", status="entered-in-error"), id="entered in error"),
        pytest.param(ros1_test("Positive", status="cancelled"), id="cancelled"),
        pytest.param(
            observation(
                code=concept(
                    "http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/tbd-codes-cs", "therapeutic-implication"
                ),
                component=[component("81252-9", "ROS1 fusions are sensitive to crizotinib: positive")],
            ),
            id="therapeutic implication by its code",
        ),
        pytest.param(
            observation(
                code={"text": "implication"},
                component=[component("51963-7", {"text": "Crizotinib"}), component("81252-9", "ROS1 fusion positive")],
            ),
            id="therapeutic implication by a component",
        ),
        pytest.param(
            observation(code=concept(LOINC, "53041-0"), component=[gene("ROS1"), gene("ALK")]), id="the genes studied"
        ),
        pytest.param(variant(gene("CD74"), gene("NRG1")), id="a fusion of a ROS1 partner with another gene"),
        pytest.param(
            variant(
                component("48018-6", concept(HGNC, "HGNC:9967", "RET")),
                FUSION_TEXT | {"valueCodeableConcept": {"text": "RET fusion"}},
            ),
            id="RET",
        ),
        pytest.param(observation(code={"text": "ALK FISH"}, valueString="Positive"), id="ALK"),
        pytest.param(observation(code={"text": "PROS1 gene"}, valueString="Positive"), id="PROS1"),
        pytest.param(
            observation(code={"text": "Repressor of silencing 1"}, valueString="Positive"),
            id="repressor of silencing 1",
        ),
        pytest.param(
            observation(code=concept(LOINC, "82115-7"), valueString="Positive"),
            id="a code that others made up for ROS1",
        ),
        pytest.param(
            observation(code={"text": "Glucose"}, valueQuantity={"value": 5}, note=[{"text": "Consider ROS1 testing"}]),
            id="a note that only mentions the gene",
        ),
    ],
)
def test_what_is_not_about_ros1_gives_no_result(resource: dict[str, Any]) -> None:
    """Not even an indeterminate one."""
    assert facts(resource).ros1.status is Ros1Status.NOT_FOUND


@pytest.mark.parametrize("status", ["registered", "preliminary"])
def test_a_result_that_is_not_final_is_pending(status: str) -> None:
    """Whatever its value says so far; the value stays readable."""
    result = _only(ros1_test("ROS1 rearrangement detected", status=status))

    assert result.finding is Ros1Finding.PENDING
    assert "ROS1 rearrangement detected" in (result.evidence.reported or "")


def test_a_note_may_say_that_a_test_is_under_way() -> None:
    """Under a code that names no gene, too: it is neither nothing nor a result."""
    result = _only(
        observation(code={"text": "Molecular pathology"}, valueString="see note", note=[{"text": "ROS1 FISH pending"}])
    )

    assert (result.finding, result.method) == (Ros1Finding.PENDING, "fish")


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_final_amended_and_corrected_results_count(status: str) -> None:
    """Without a remark."""
    result = _only(ros1_test("Positive", status=status))

    assert (result.finding, result.notes) == (Ros1Finding.POSITIVE, ())


@pytest.mark.parametrize("status", [None, "unknown", "done"])
def test_a_status_that_is_not_stated_counts_and_is_said(status: str | None) -> None:
    """A result is not lost over a missing status."""
    result = _only({key: value for key, value in ros1_test("Positive", status=status).items() if value is not None})

    assert result.finding is Ros1Finding.POSITIVE
    assert "status-not-stated" in result.notes


@pytest.mark.parametrize(
    ("elements", "method", "status"),
    [
        ({"code": "ROS1 rearrangement, FISH"}, "fish", Ros1Status.CONFIRMED),
        ({"code": "ROS1 IHC"}, "ihc", Ros1Status.IHC_ONLY),
        ({"code": "ROS1 (D4D6) immunohistochemistry"}, "ihc", Ros1Status.IHC_ONLY),
        ({"value": "Positive (2+)"}, "ihc", Ros1Status.IHC_ONLY),
        ({"value": "ROS1 positive by IHC"}, "ihc", Ros1Status.IHC_ONLY),
        ({"code": "ROS1 IHC with reflex to FISH"}, "ihc", Ros1Status.IHC_ONLY),
        ({"code": "ROS1 IHC", "value": "FISH positive"}, "ihc", Ros1Status.IHC_ONLY),
        ({"note": [{"text": "ROS1 by IHC; confirmation recommended"}]}, "ihc", Ros1Status.IHC_ONLY),
        ({"method": concept(LOINC, "LA26398-0", "Sequencing")}, "ngs", Ros1Status.CONFIRMED),
        ({"method": concept(LOINC, "LA26404-6")}, "fish", Ros1Status.CONFIRMED),
        ({"method": {"text": "RNA sequencing"}}, "rna-ngs", Ros1Status.CONFIRMED),
        ({}, None, Ros1Status.CONFIRMED),
    ],
)
def test_the_method_is_found_where_the_record_names_it(
    elements: dict[str, Any], method: str | None, status: Ros1Status
) -> None:
    """A method that only screens does not confirm; one that is not stated counts as confirming."""
    found = facts(ros1_test(**({"value": "Positive"} | elements))).ros1

    assert (found.results[0].method, found.status) == (method, status)


@pytest.mark.parametrize(
    "elements",
    [
        {"specimen": {"display": "Plasma"}},
        {
            "specimen": {"reference": "#s"},
            "contained": [{"resourceType": "Specimen", "id": "s", "type": {"text": "Blood"}}],
        },
        {"specimen": {"reference": "#s"}, "contained": [TISSUE, PLASMA], "method": {"text": "NGS"}},
        {"code": "ROS1 fusion, ctDNA"},
        {"code": "Guardant360 CDx", "value": "ROS1 fusion not detected"},
        {"code": "GUARDANT 360", "value": "ROS1 fusion not detected"},
        {"code": "Tempus xF", "value": "ROS1 fusion not detected"},
        {"code": "Tempus | xF+", "value": "ROS1 fusion not detected"},
        {"code": "Caris Assure", "value": "ROS1 fusion not detected"},
        {"code": "InVisionFirst-Lung", "value": "ROS1 fusion not detected"},
        {"code": "Resolution ctDx Lung", "value": "ROS1 fusion not detected"},
        {"code": "GeneStrat NGS", "value": "ROS1 fusion not detected"},
        {"code": "NeoLAB NSCLC liquid", "value": "ROS1 fusion not detected"},
        {"code": "LiquidHALLMARK", "value": "ROS1 fusion not detected"},
        {"code": "ROS1 fusion", "method": {"text": "Guardant360"}},
        {"method": {"text": "cfDNA NGS"}},
        {"value": "ROS1 fusion not detected in plasma"},
        {"note": [{"text": "Liquid biopsy; a negative result does not exclude a fusion."}]},
    ],
)
def test_nothing_found_in_blood_is_no_negative(elements: dict[str, Any]) -> None:
    """A test of circulating DNA that finds nothing is uninformative."""
    result = _only(ros1_test(**({"value": "Not detected"} | elements)))

    assert (result.finding, result.specimen) == (Ros1Finding.INDETERMINATE, Specimen.BLOOD)
    assert "blood-negative" in result.notes


@pytest.mark.parametrize("code", ["Guardant360 TissueNext", "Guardant360 Tissue", "Tempus xT", "FoundationOne CDx"])
def test_nothing_found_in_tissue_by_a_maker_of_blood_tests_is_negative(code: str) -> None:
    """The name of the product says which it is."""
    assert facts(ros1_test("ROS1 fusion not detected", code)).ros1.status is Ros1Status.NEGATIVE


@pytest.mark.parametrize("code", ["Guardant360 CDx", "Tempus xF"])
def test_a_fusion_found_by_a_blood_test_is_confirmed_and_outlives_its_negative(code: str) -> None:
    """Found in blood it counts; not found later, it cancels nothing that tissue has shown."""
    assert facts(ros1_test("ROS1 fusion detected", code)).ros1.status is Ros1Status.CONFIRMED
    tissue = ros1_test("Positive", "ROS1 FISH", id="t", effectiveDateTime="2023-02-01")
    later = ros1_test("ROS1 fusion not detected", code, id="b", effectiveDateTime="2026-02-01")
    assert facts(tissue, later).ros1.status is Ros1Status.CONFIRMED


def test_a_specimen_on_record_is_looked_up() -> None:
    """A reference alone does not say what was tested; the Specimen that came along does."""
    specimen = {"resourceType": "Specimen", "id": "s1", "type": {"text": "Plasma"}}

    found = facts(ros1_test("Not detected", specimen={"reference": "Specimen/s1"}), specimen).ros1

    assert found.results[0].specimen is Specimen.BLOOD
    assert found.status is Ros1Status.INDETERMINATE


def test_a_fusion_found_in_blood_counts() -> None:
    """Only the absence is uninformative."""
    found = facts(ros1_test("Detected", specimen={"display": "Plasma"})).ros1

    assert found.status is Ros1Status.CONFIRMED
    assert found.results[0].specimen_text == "Plasma"


def test_the_name_of_a_test_for_blood_or_tissue_does_not_say_which() -> None:
    """LOINC's name of the test holds both words."""
    name = "ROS1 gene mutations found [Identifier] in Blood or Tissue by Molecular genetics method"
    found = facts(observation(code=concept(LOINC, "102038-7", name), valueString="Not detected")).ros1

    assert found.status is Ros1Status.NEGATIVE


@pytest.mark.parametrize(
    ("resource", "partner"),
    [
        (variant(gene("CD74"), gene("ROS1")), "CD74"),
        (variant(component("48018-6", concept(HGNC, "HGNC:1697")), gene("ROS1")), "CD74"),
        (variant(gene("ROS1"), component("81252-9", "EZR::ROS1")), "EZR"),
        (ros1_test("SLC34A2-ROS1 fusion detected"), "SLC34A2"),
        (variant(gene("ROS1"), FUSION_TEXT), None),
        (ros1_test("v::ROS1 detected"), None),
    ],
)
def test_the_partner_is_kept_if_it_is_named(resource: dict[str, Any], partner: str | None) -> None:
    """It is never required."""
    assert facts(resource).ros1.deciding[0].partner == partner


def test_a_fusion_that_is_absent_has_no_partner() -> None:
    """Both genes were tested, none was found."""
    assert _only(variant(gene("ROS1"), gene("CD74"), value=ABSENT)).partner is None


def test_a_note_about_blood_says_nothing_of_the_specimen_of_a_fusion() -> None:
    """What explains a negative result may stand below any result."""
    assert _only(ros1_test("Detected", note=[{"text": "Liquid biopsy; a negative result excludes nothing."}])) == _only(
        ros1_test("Detected")
    )


def test_a_result_carries_its_date_laboratory_and_words() -> None:
    """What a card shows comes from the record as it stands."""
    result = _only(
        ros1_test(
            "ROS1 rearrangement DETECTED",
            effectiveDateTime="2026-09-10T08:00:00+02:00",
            performer=[
                {"reference": "Practitioner/p", "display": "Dr. A. Person"},
                {"reference": "Organization/o", "display": "City Pathology"},
            ],
        )
    )

    assert result.evidence.date == "2026-09-10"
    assert result.laboratory == "City Pathology"
    assert result.evidence.reported == "ROS1: ROS1 rearrangement DETECTED"


def test_several_methods_in_one_text_are_several_results() -> None:
    """FISH outweighs immunohistochemistry, also within one report."""
    found = facts(ros1_test("ROS1 IHC positive. ROS1 FISH negative.")).ros1

    assert {(each.method, each.finding.value) for each in found.results} == {("ihc", "positive"), ("fish", "negative")}
    assert found.status is Ros1Status.NEGATIVE


def test_a_part_that_tells_its_result_speaks_for_the_whole() -> None:
    """A test whose own value only refers to its parts adds no result that was not understood."""
    part = {"code": {"text": "ROS1 FISH"}, "valueString": "Positive"}

    found = facts(ros1_test("see components", component=[part])).ros1

    assert [(each.finding, each.method) for each in found.results] == [(Ros1Finding.POSITIVE, "fish")]


@pytest.mark.parametrize(("value", "note"), [("Detected", "not detected"), ("Not detected", "detected")])
def test_a_note_that_contradicts_the_result_in_a_component_is_no_result_of_its_own(value: str, note: str) -> None:
    """The note was read as the result of the whole, so that a component "detected" was negative, and silent."""
    panel = observation(
        code={"text": "ROS1"},
        component=[{"code": {"text": "ROS1 FISH"}, "valueString": value}],
        note=[{"text": f"ROS1 rearrangement {note}"}],
    )

    assert facts(panel).ros1.status is Ros1Status.INDETERMINATE


@pytest.mark.parametrize("specimen", ["Blood or tissue", "Blood/tissue"])
def test_a_negative_result_of_what_may_have_been_blood_is_indeterminate(specimen: str) -> None:
    """Which of the two was tested is not said: unknown is not negative."""
    assert facts(ros1_test("Not detected", specimen={"display": specimen})).ros1.status is Ros1Status.INDETERMINATE
