"""What codes and words mean, for the cases that are easily read wrongly."""

from __future__ import annotations

import pytest

from knowledge.loader import load

KNOWLEDGE = load()
LOINC, SNOMED, HGNC = "http://loinc.org", "http://snomed.info/sct", "http://www.genenames.org"
SO, ICD = "http://www.sequenceontology.org", "http://hl7.org/fhir/sid/icd-10-cm"
V3 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"

RELIED_ON = """
    ros1-gene fusion-partner-gene other-gene genomic-variant gene-studied variation-code coding-change-type
    molecular-consequence protein-change coding-change copy-number genomic-source-class implication fusion-structure
    not-a-fusion ros1-test fusion-narrative result-positive result-negative result-indeterminate result-pending
    result-not-tested germline somatic blood-specimen tissue-specimen pd-l1-test pd-l1-scoring-method pd-l1-high
    pd-l1-low pd-l1-none pd-l1-gene nsclc nsclc-squamous nsclc-stage-1 nsclc-stage-2 nsclc-stage-3 nsclc-stage-4
    lung-cancer-unspecified lung-cancer-small-cell other-cancer stage-group-observation stage-iv stage-iii
    stage-curative m-category-observation m1 m0 metastasis cns-metastasis lymph-node-metastasis
    contralateral-lung-nodule transformation-to-small-cell intent-curative intent-palliative clinical-status-inactive
    verification-not-present observation-pending observation-void observation-valid"""


@pytest.mark.parametrize("value_set", RELIED_ON.split())
def test_a_value_set_that_the_mapping_relies_on_holds_something(value_set: str) -> None:
    """Every concept of the contract with the mapping is there and not empty."""
    found = KNOWLEDGE.value_sets[value_set]

    assert found.codes or found.prefixes or found.texts


@pytest.mark.parametrize(
    ("system", "code", "concept"),
    [
        (LOINC, "69548-6", "genomic-variant"),
        ("https://loinc.org/", "69548-6", "genomic-variant"),
        ("urn:oid:2.16.840.1.113883.6.1", "69548-6", "genomic-variant"),
        (HGNC, "HGNC:10261", "ros1-gene"),
        (HGNC, "10261", "ros1-gene"),
        ("http://www.genenames.org/geneId", "HGNC:10261", "ros1-gene"),
        ("https://www.ncbi.nlm.nih.gov/gene", "6098", "ros1-gene"),
        (HGNC, "HGNC:1697", "fusion-partner-gene"),
        (HGNC, "HGNC:9967", "other-gene"),
        (SO, "SO:0001565", "fusion-structure"),
        (SO + "/", "SO:0001565", "fusion-structure"),
        (SO, "SO:001565", "fusion-structure"),
        (LOINC, "LA9633-4", "result-positive"),
        (LOINC, "LA9634-2", "result-negative"),
        (SNOMED, "260415000", "result-negative"),
        (V3, "DET", "result-positive"),
        (V3, "ND", "result-negative"),
        (V3, "E", "result-indeterminate"),
        (LOINC, "51963-7", "implication"),
        (LOINC, "85147-7", "pd-l1-test"),
        (SNOMED, "254637007", "nsclc"),
        (SNOMED, "423121009", "nsclc-stage-4"),
        (ICD, "C34.12", "lung-cancer-unspecified"),
        (ICD, "C3412", "lung-cancer-unspecified"),
        ("http://hl7.org/fhir/sid/icd-10", "C34.9", "lung-cancer-unspecified"),
        (ICD, "C79.31", "cns-metastasis"),
        (ICD, "C77.1", "lymph-node-metastasis"),
        (ICD, "C43.9", "other-cancer"),
        ("http://cancerstaging.org", "4A", "stage-iv"),
    ],
)
def test_a_code_means_its_concept(system: str, code: str, concept: str) -> None:
    """Alias URIs, missing prefixes, a missing dot and the codes that standards misprint all lead to the concept."""
    assert concept in KNOWLEDGE.concepts(system, code)


@pytest.mark.parametrize(
    ("system", "code", "concept"),
    [
        (V3, "A", "result-positive"),
        (V3, "N", "result-negative"),
        (HGNC, "HGNC:9967", "ros1-gene"),
        (LOINC, "51963-7", "result-positive"),
        (ICD, "C77.1", "metastasis"),
        (SNOMED, "1222843001", "stage-iv"),
        (SNOMED, "840533007", "ros1-test"),
        ("http://example.org/local", "69548-6", "genomic-variant"),
    ],
)
def test_a_code_does_not_mean_what_it_is_mistaken_for(system: str, code: str, concept: str) -> None:
    """Abnormality is no presence, RET is not ROS1, nodes are no distant metastasis, a foreign system is not LOINC."""
    assert concept not in KNOWLEDGE.concepts(system, code)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("ROS1 fusion not detected", "result-negative"),
        ("negative for ROS1 rearrangement", "result-negative"),
        ("no evidence of a rearrangement", "result-negative"),
        ("ROS1 wild type", "result-negative"),
        ("Non-detected", "result-negative"),
        ("ROS1 rearrangement POSITIVE", "result-positive"),
        ("CD74::ROS1 fusion detected", "result-positive"),
        ("ROS1: QNS", "result-indeterminate"),
        ("quantity not sufficient", "result-indeterminate"),
        ("test failed", "result-indeterminate"),
        ("atypical signal pattern", "result-indeterminate"),
        ("results to follow", "result-pending"),
        ("cancelled", "result-not-tested"),
        ("not performed", "result-not-tested"),
        ("ROS1 break-apart FISH", "fusion-structure"),
        ("ROS1 breakapart", "fusion-structure"),
        ("ROS1 amplification", "not-a-fusion"),
        ("p.G2032R", "not-a-fusion"),
        ("p.(Gly2032Arg)", "not-a-fusion"),
        ("variant of uncertain significance", "not-a-fusion"),
        ("PDL1 22C3 TPS", "pd-l1-test"),
        ("no expression", "pd-l1-none"),
        ("plasma (ctDNA)", "blood-specimen"),
        ("FFPE block", "tissue-specimen"),
        ("Non-small cell lung cancer", "nsclc"),
        ("nonsmall cell lung carcinoma", "nsclc"),
        ("SCLC transformation", "transformation-to-small-cell"),
        ("Stage IVA", "stage-iv"),
        ("M1b", "m1"),
        ("brain mets", "cns-metastasis"),
    ],
)
def test_a_text_holds_its_concept(text: str, concept: str) -> None:
    """The words of reports, in the spellings that laboratories use."""
    assert concept in KNOWLEDGE.concepts_in(text)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("repressor of silencing 1", "ros1-gene"),
        ("PROS1 deficiency", "ros1-gene"),
        ("CD74-ROS1", "result-negative"),
        ("criteria not met", "other-gene"),
        ("see figure (fig 2)", "fusion-partner-gene"),
        ("undetected", "result-positive"),
        ("unidentified", "result-positive"),
        ("stage IIIA", "stage-iv"),
        ("stage III", "stage-curative"),
        ("stage IV", "stage-curative"),
        ("200 mg iv", "stage-iv"),
    ],
)
def test_a_text_does_not_hold_what_only_looks_like_it(text: str, concept: str) -> None:
    """A part of a word, a hyphen or a small letter makes no concept."""
    assert concept not in KNOWLEDGE.concepts_in(text)


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        ("RNA-based NGS and immunohistochemistry", ["rna-ngs", "ihc"]),
        ("Next-generation sequencing (NGS)", ["ngs"]),
        ("plasma ctDNA NGS", ["ctdna-ngs"]),
        ("Fluorescence in situ hybridization (FISH), break apart", ["fish"]),
        ("RT-PCR", ["rt-pcr"]),
        ("IHC", ["ihc"]),
        ("fishing", []),
    ],
)
def test_a_text_names_its_methods_best_first(text: str, methods: list[str]) -> None:
    """Sequencing of RNA outweighs the others, immunohistochemistry comes last and confirms nothing."""
    assert [method.id for method in KNOWLEDGE.methods_in(text)] == methods


@pytest.mark.parametrize(
    ("code", "method"), [("LA26398-0", "ngs"), ("LA26404-6", "fish"), ("LA26406-1", "karyotyping"), ("LA9633-4", None)]
)
def test_a_method_code_names_its_method(code: str, method: str | None) -> None:
    """The LOINC answers for sequencing, FISH and karyotyping; another answer is no method."""
    found = KNOWLEDGE.method_by_code(LOINC, code)

    assert (found.id if found else None) == method


def test_methods_are_ranked_as_the_decision_table_says() -> None:
    """RNA sequencing > DNA sequencing and RT-PCR > FISH > immunohistochemistry; the last alone confirms nothing."""
    rank = {method.id: method.rank for method in KNOWLEDGE.methods.values()}

    assert rank["rna-ngs"] > rank["dna-ngs"] == rank["ngs"] == rank["rt-pcr"] > rank["fish"] > rank["ihc"]
    confirming = {method.id for method in KNOWLEDGE.methods.values() if method.confirms}
    assert confirming == {"rna-ngs", "dna-ngs", "ngs", "ctdna-ngs", "rt-pcr", "fish"}


def test_a_long_text_is_searched_like_a_short_one() -> None:
    """Texts that are too long to be remembered are still read."""
    assert "ros1-gene" in KNOWLEDGE.concepts_in("x " * 5000 + "ROS1")
