"""ROS1 results in the less usual forms that senders give them, as one Observation each."""

from __future__ import annotations

import time
from typing import Any

import pytest

from fhir_mapping.facts import LungCancer, Ros1Status
from tests.fhir_mapping.fhir import (
    LOINC,
    SEQUENCE_ONTOLOGY,
    component,
    concept,
    facts,
    gene,
    observation,
    ros1_test,
    variant,
)

ROS1_IN_WORDS = component("48018-6", {"text": "ROS1"})
CD74_IN_WORDS = component("48018-6", {"text": "CD74"})
GENE_FUSION = component("48019-4", concept(SEQUENCE_ONTOLOGY, "SO:0001565"))
FUSION_WORD = component("81252-9", {"text": "fusion"})
SEQUENCED = concept(LOINC, "LA26398-0", "Sequencing")
CONSEQUENCE = {
    "code": {"coding": [{"system": "http://example.org/local", "code": "molecular-consequence"}]},
    "valueCodeableConcept": concept(SEQUENCE_ONTOLOGY, "SO:0001565"),
}
OLD_INTERPRETATIONS = (
    "http://terminology.hl7.org/CodeSystem/v2-0078",
    "http://hl7.org/fhir/v2/0078",
    "http://hl7.org/fhir/v3/ObservationInterpretation",
)


def _status(resource: dict[str, Any]) -> Ros1Status:
    return facts({key: value for key, value in resource.items() if value is not None}).ros1.status


def _called(text: str) -> dict[str, Any]:
    return component("81252-9", {"text": text})


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(variant(ROS1_IN_WORDS, GENE_FUSION), id="gene in words, change type"),
        pytest.param(variant(ROS1_IN_WORDS, CD74_IN_WORDS, GENE_FUSION), id="two genes in words"),
        pytest.param(variant(ROS1_IN_WORDS, FUSION_WORD), id="gene in words, fusion in words"),
        pytest.param(variant(gene("ROS1"), _called("ROS1 intron 33 rearrangement")), id="where it breaks"),
        pytest.param(variant(gene("ROS1"), _called("ROS1 inversion")), id="inversion"),
        pytest.param(variant(gene("ROS1"), _called("CD74:ROS1")), id="one colon"),
        pytest.param(variant(gene("ROS1"), _called("ROS1 chimeric transcript")), id="chimeric transcript"),
        pytest.param(variant(gene("ROS1"), CONSEQUENCE), id="consequence under a local code"),
        pytest.param(
            variant(gene("ROS1"), component("48019-4", concept("http://sequenceontology.org", "SO:0001565"))),
            id="Sequence Ontology without www",
        ),
        pytest.param(
            variant(gene("ROS1"), gene("CD74"), _called("CD74::ROS1"), value=None), id="no value, named and both genes"
        ),
        pytest.param(variant(gene("ROS1"), gene("KMT2D"), _called("KMT2D::ROS1")), id="a partner never seen"),
        *(pytest.param(ros1_test(interpretation=[concept(each, "POS")]), id=each) for each in OLD_INTERPRETATIONS),
        *(
            pytest.param(ros1_test(valueCodeableConcept=concept("urn:local", each)), id=each)
            for each in ("POS", "POSITIVE", "DETECTED")
        ),
        pytest.param(ros1_test("See comment", note=[{"text": "ROS1 rearrangement DETECTED"}]), id="see comment"),
        pytest.param(ros1_test("SEE NOTE", note=[{"text": "ROS1 rearrangement DETECTED"}]), id="see note"),
    ],
)
def test_a_fusion_in_an_unusual_form_is_found(resource: dict[str, Any]) -> None:
    """What says fusion and present is positive, whoever's code or spelling it is."""
    assert _status(resource) is Ros1Status.CONFIRMED


@pytest.mark.parametrize(
    "resource",
    [
        *(pytest.param(ros1_test(interpretation=[concept(each, "NEG")]), id=each) for each in OLD_INTERPRETATIONS),
        *(
            pytest.param(ros1_test(valueCodeableConcept=concept("urn:local", each)), id=each)
            for each in ("NEG", "NOT DETECTED", "NOT_DETECTED")
        ),
    ],
)
def test_a_negative_in_an_unusual_form_is_found(resource: dict[str, Any]) -> None:
    """A code that is the word itself, or of an older release, says what it says."""
    assert _status(resource) is Ros1Status.NEGATIVE


@pytest.mark.parametrize("code", [{"text": "ROS1 FISH"}, {"text": "ROS1 rearrangement"}, concept(LOINC, "102038-7")])
@pytest.mark.parametrize(
    "text",
    [
        "ROS1 variant detected, VUS",
        "ROS1 c.5778+1G>A detected",
        "ROS1 copy number: gain detected",
        "ROS1 expression: detected",
        "ROS1 splice variant detected",
        "ROS1 loss detected",
        "ROS1 polymorphism rs529038 detected",
        "ROS1 rearrangement (positive >15%): negative",
        "ROS1 fusion detected: false",
        "ALK/ROS1/RET fusion panel: RET fusion detected",
    ],
)
def test_what_is_no_fusion_is_never_positive(text: str, code: dict[str, Any]) -> None:
    """Also under the code of a test for fusions."""
    assert _status(observation(code=code, valueString=text)) is Ros1Status.INDETERMINATE


@pytest.mark.parametrize("symbol", ["KMT2D", "ARID1A", "MYH9"])
def test_a_second_gene_that_is_no_known_partner_makes_no_fusion(symbol: str) -> None:
    """Two genes may be listed side by side; a word or a change type has to say that they are joined."""
    assert _status(variant(gene("ROS1"), gene(symbol))) is Ros1Status.INDETERMINATE
    assert _status(variant(gene("ROS1"), gene(symbol), GENE_FUSION)) is Ros1Status.CONFIRMED


@pytest.mark.parametrize(
    "resource",
    [
        *(
            pytest.param(ros1_test("Positive", code), id=code)
            for code in (
                "ROS1 protein",
                "ROS1 protein expression",
                "ROS1 protein expression positive",
                "ROS1 staining",
                "ROS1 (D4D6)",
            )
        ),
        pytest.param(ros1_test("ROS1 protein expression positive"), id="in the value"),
        pytest.param(variant(gene("ROS1"), _called("ROS1 IHC positive"), method=SEQUENCED), id="words before code"),
    ],
)
def test_stained_protein_is_no_confirmed_fusion(resource: dict[str, Any]) -> None:
    """Whatever it is called, immunohistochemistry only screens."""
    assert _status(resource) is Ros1Status.IHC_ONLY


def test_a_method_that_was_not_used_does_not_count() -> None:
    """FISH was done, immunohistochemistry was not."""
    found = facts(ros1_test("ROS1 FISH positive, IHC not performed")).ros1

    assert (found.status, found.results[0].method) == (Ros1Status.CONFIRMED, "fish")


@pytest.mark.parametrize(
    "code", ["Family history ROS1", "ROS1 internal control", "Consent for ROS1 testing", "positive control: ROS1"]
)
def test_what_is_not_of_the_patients_tumour_is_no_result(code: str) -> None:
    """A relative, a control and a signature have no ROS1 status."""
    part = {"code": {"text": code}, "valueString": "ROS1 rearrangement detected"}

    assert facts(ros1_test("Positive", code)).ros1.results == ()
    assert facts(observation(code={"text": "Fusion panel"}, component=[part])).ros1.results == ()


@pytest.mark.parametrize(
    ("text", "cancer"),
    [
        ("Mechanisms of resistance include small cell transformation", LungCancer.NONE),
        ("Small cell transformation is a known mechanism of resistance", LungCancer.NONE),
        ("Biopsy: transformed to small cell", LungCancer.SMALL_CELL),
    ],
)
def test_only_this_patients_tumour_transforms(text: str, cancer: LungCancer) -> None:
    """What a report explains about tumours in general changes no diagnosis."""
    assert facts(observation(code={"text": "Pathology"}, valueString=text)).diagnosis.lung_cancer is cancer


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param([ros1_test() | {"valueString": {"x": n}, "id": str(n)} for n in range(3000)], id="wrong shape"),
        pytest.param([ros1_test(("ROS1 (" * 20 + f"{n}. ") * 40, id=str(n)) for n in range(50)], id="many clauses"),
    ],
)
def test_hostile_records_are_read_in_passing(resources: list[dict[str, Any]]) -> None:
    """Much that cannot be read costs seconds at most on a slow machine, and never becomes a negative."""
    began = time.thread_time()

    status = facts(*resources).ros1.status

    assert time.thread_time() - began < 4
    assert status is Ros1Status.INDETERMINATE


def test_a_text_that_is_too_long_to_be_read_is_not_negative() -> None:
    """A negative among more clauses than are read may be contradicted by what was not read."""
    text = "ROS1 fusion not detected. " + "ROS1 is a gene of some interest to the laboratory. " * 200

    assert _status(ros1_test(text)) is Ros1Status.INDETERMINATE
    assert _status(ros1_test("ROS1 fusion detected. " + text[26:])) is Ros1Status.CONFIRMED
