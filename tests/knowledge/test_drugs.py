"""Drugs are recognised by every code and name that orders carry, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from knowledge.loader import load
from knowledge.model import Drug

KNOWLEDGE = load()
ICI, TKI = "immune-checkpoint-inhibitor", "ros1-inhibitor"
RXNORM, NDC = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://hl7.org/fhir/sid/ndc"
HCPCS, ATC = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "http://www.whocc.no/atc"
HCPCS_OF_THO = "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes"
SNOMED, UNII = "http://snomed.info/sct", "http://fdasis.nlm.nih.gov"
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"

SECTION_A = {
    TKI: "crizotinib entrectinib repotrectinib taletrectinib zidesamtinib lorlatinib ceritinib",
    "other-kinase-inhibitor": "cabozantinib brigatinib ensartinib alectinib larotrectinib",
    ICI: """
        pembrolizumab nivolumab relatlimab nivolumab-relatlimab ipilimumab atezolizumab durvalumab tremelimumab
        cemiplimab dostarlimab avelumab retifanlimab toripalimab tislelizumab cosibelimab penpulimab sugemalimab
        serplulimab prolgolimab camrelizumab envafolimab sasanlimab sintilimab ivonescimab cadonilimab""",
    "chemotherapy": "pemetrexed carboplatin cisplatin",
}
OTHER_DRUGS = """
    denosumab bevacizumab ramucirumab amivantamab cetuximab trastuzumab necitumumab panitumumab rituximab infliximab
    adalimumab pertuzumab daratumumab omalizumab nurulimab examplimab osimertinib gefitinib sotorasib pemetrexedum"""


def _by_code(system: str, code: str) -> list[tuple[str, str, str]]:
    return [(match.drug, match.drug_class, match.by) for match in KNOWLEDGE.drugs_by_code(system, code)]


def _in(text: str) -> list[str]:
    return [match.drug for match in KNOWLEDGE.drugs_in(text)]


def test_all_drugs_of_the_clinical_knowledge_are_there() -> None:
    """Section A of the clinical knowledge, no drug more and none less, each in its class."""
    stated = {(drug, drug_class) for drug_class, drugs in SECTION_A.items() for drug in drugs.split()}

    assert {(drug.id, drug.drug_class) for drug in KNOWLEDGE.drugs.values()} == stated


@pytest.mark.parametrize("drug", KNOWLEDGE.drugs.values(), ids=lambda drug: drug.id)
def test_every_usable_code_names_its_drug_and_every_other_code_nothing(drug: Drug) -> None:
    """What one published source confirms is recognised; what is from memory or was not found never is."""
    for code in drug.codes:
        title = KNOWLEDGE.code_systems.by_uri[code.system].title
        expected = [(drug.id, drug.drug_class, title)] if code.confidence.usable else []
        assert _by_code(code.system, code.code) == expected, code


@pytest.mark.parametrize("drug", KNOWLEDGE.drugs.values(), ids=lambda drug: drug.id)
def test_every_name_and_brand_names_its_drug_in_any_case(drug: Drug) -> None:
    """Capitals, a strength behind it and a leading word change nothing."""
    for name in (drug.name, *drug.brands, *drug.names):
        assert [_in(text) for text in (name, name.upper(), f"Inj. {name} 100 MG")] == [[drug.id]] * 3


@pytest.mark.parametrize(
    ("system", "code", "drug", "by"),
    [
        pytest.param(RXNORM, "1547545", "pembrolizumab", "RxNorm", id="IN"),
        pytest.param(RXNORM, "2058825", "cemiplimab", "RxNorm", id="PIN"),
        pytest.param(RXNORM, "2723757", "pembrolizumab", "RxNorm", id="MIN of a subcutaneous form"),
        pytest.param(RXNORM, "2596775", "nivolumab-relatlimab", "RxNorm", id="MIN of a combination"),
        pytest.param(RXNORM, "1547550", "pembrolizumab", "RxNorm", id="BN"),
        pytest.param(RXNORM, "1657750", "pembrolizumab", "RxNorm", id="SCD"),
        pytest.param(RXNORM, "1657751", "pembrolizumab", "RxNorm", id="SBD"),
        pytest.param(RXNORM, "1792783", "atezolizumab", "RxNorm", id="SBDF"),
        pytest.param("urn:oid:2.16.840.1.113883.6.88", "1547545", "pembrolizumab", "RxNorm", id="RxNorm by its OID"),
        pytest.param(HCPCS, "J9271", "pembrolizumab", "HCPCS", id="HCPCS"),
        pytest.param(HCPCS, " j9271 ", "pembrolizumab", "HCPCS", id="HCPCS in small letters with blanks"),
        pytest.param("urn:oid:2.16.840.1.113883.6.285", "J9299", "nivolumab", "HCPCS", id="HCPCS by its OID"),
        pytest.param(HCPCS_OF_THO, "J9299", "nivolumab", "HCPCS", id="HCPCS by the URI of HL7 Terminology"),
        pytest.param(ATC, "L01FF02", "pembrolizumab", "ATC", id="ATC"),
        pytest.param(ATC, "L01FX04", "ipilimumab", "ATC", id="ATC outside the class prefix"),
        pytest.param(ATC, "L01FY02", "nivolumab-relatlimab", "ATC", id="ATC of a combination"),
        pytest.param(SNOMED, "716125002", "pembrolizumab", "SNOMED CT", id="SNOMED CT"),
        pytest.param(UNII, "DPT0O3T46P", "pembrolizumab", "UNII", id="UNII"),
        pytest.param(NCIT, "C106432", "pembrolizumab", "NCIt", id="NCIt"),
    ],
)  # fmt: skip
def test_a_drug_is_recognised_by_each_kind_of_code(system: str, code: str, drug: str, by: str) -> None:
    """RxNorm at every level, HCPCS under each of its URIs, ATC, SNOMED CT, UNII and NCIt."""
    assert [(match.drug, match.by, match.value) for match in KNOWLEDGE.drugs_by_code(system, code)] == [
        (drug, by, code.strip())
    ]


@pytest.mark.parametrize(
    ("code", "drug"),
    [
        ("00006302602", "pembrolizumab"),  # 11 digits
        ("00006-3026-02", "pembrolizumab"),  # 5-4-2
        ("0006-3026-02", "pembrolizumab"),  # 4-4-2
        ("0006302602", "pembrolizumab"),  # 10 digits of 4-4-2
        ("50242-091-30", "entrectinib"),  # 5-3-2
        ("5024209130", "entrectinib"),  # 10 digits of 5-3-2
        ("84651-200-90", "taletrectinib"),  # as openFDA writes it
        ("84651020090", "taletrectinib"),
        ("00006-3026-2", "pembrolizumab"),  # 5-4-1
        ("0006-3026", "pembrolizumab"),  # labeler and product, as openFDA's product_ndc
        ("00006-3026", "pembrolizumab"),
        ("50242-091", "entrectinib"),
        ("00006302603", "pembrolizumab"),  # another package of the same product
    ],
)
def test_an_ndc_is_recognised_in_each_of_its_forms(code: str, drug: str) -> None:
    """Ten and eleven digits, with and without hyphens; labeler and product tell the drug, whatever the package."""
    assert _by_code(NDC, code) == [(drug, KNOWLEDGE.drugs[drug].drug_class, "NDC")]


@pytest.mark.parametrize(
    "code",
    ["", "-", "0006-302", "0006-9999", "000063026021", "00006-30260-2", "0006302x02", "৫০২৪২০৯১৩০১", "0006302603"],
)
def test_what_is_no_known_ndc_names_nothing(code: str) -> None:
    """Another length, other characters, a product that we do not know, or ten digits that may be of several."""
    assert _by_code(NDC, code) == []


@pytest.mark.parametrize(
    ("code", "drug"),
    [
        ("L01XC11", "ipilimumab"),
        ("L01XC17", "nivolumab"),
        ("L01XC18", "pembrolizumab"),
        ("L01XC28", "durvalumab"),
        ("L01XC31", "avelumab"),
        ("L01XC32", "atezolizumab"),
        ("L01XC33", "cemiplimab"),
        ("L01XC40", "dostarlimab"),
        ("L01XY03", "nivolumab-relatlimab"),
        ("L01XE16", "crizotinib"),
        ("L01XE56", "entrectinib"),
    ],
)
def test_an_atc_code_of_before_the_changes_is_still_recognised(code: str, drug: str) -> None:
    """WHO moved the protein kinase inhibitors in 2021 and the antibodies in 2022; catalogues keep the older codes."""
    assert [match.drug for match in KNOWLEDGE.drugs_by_code(ATC, code)] == [drug]


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    [
        (ATC, "C07AB02", False),  # metoprolol
        (ATC, "L01BA04", False),
        (ATC, "L01XC02", True),
        (ATC, "L01", True),
        (RXNORM, "866427", True),
        (HCPCS, "J3490", True),
        ("urn:oid:1.2.3.4", "1", None),
        (RXNORM, " ", None),
    ],
)
def test_the_group_of_a_code_may_tell_that_it_is_of_no_drug_of_ours(
    system: str,
    code: str,
    expected: bool | None,  # noqa: FBT001 - a case's outcome
) -> None:
    """Only ATC has groups that tell; a code of a system that is not known tells nothing."""
    assert KNOWLEDGE.may_matter(system, code) is expected


@pytest.mark.parametrize(
    ("code", "found"), [("L01FF99", True), ("l01ff", True), ("L01FY03", True), ("L01FG01", False), ("L01EX99", False)]
)
def test_an_unseen_atc_code_gives_the_class_at_most(code: str, found: bool) -> None:  # noqa: FBT001
    """The class prefix is a net for checkpoint inhibitors; no kinase inhibitor is ever guessed."""
    assert _by_code(ATC, code) == ([(ICI, ICI, "ATC")] if found else [])


@pytest.mark.parametrize(
    ("text", "drugs"),
    [
        ("cemiplimab-rwlc", ["cemiplimab"]),
        ("KEYTRUDA 200 MG IV Q3W", ["pembrolizumab"]),
        ("pembrolizumab-pmph / berahyaluronidase alfa-pmph", ["pembrolizumab"]),
        ("Keytruda Qlex", ["pembrolizumab"]),
        ("carboplatin + pemetrexed + pembrolizumab", ["carboplatin", "pemetrexed", "pembrolizumab"]),
        ("ipilimumab 1 mg/kg and nivolumab 360 mg", ["ipilimumab", "nivolumab"]),
        ("nivolumab and relatlimab", ["nivolumab-relatlimab"]),
        ("nivolumab 480 mg-relatlimab 160 mg", ["nivolumab-relatlimab"]),
        ("Opdualag (nivolumab-rmbw and relatlimab-rmbw)", ["nivolumab-relatlimab"]),
        ("Opdivo Qvantig (nivolumab and hyaluronidase-nvhy)", ["nivolumab"]),
        ("nivolumab", ["nivolumab"]),
        ("Tyvyt 100 mg/10 ml", ["sintilimab"]),
        ("Cejemly 600 mg/20 ml concentrate", ["sugemalimab"]),
        ("Hetronifly", ["serplulimab"]),
        ("Lorviqua 100 mg", ["lorlatinib"]),
        ("", []),
    ],
)
def test_a_text_names_the_drugs_that_stand_in_it(text: str, drugs: list[str]) -> None:
    """Suffixes, brands and regimens; a fixed combination is one drug of its own."""
    assert _in(text) == drugs


@pytest.mark.parametrize("name", OTHER_DRUGS.split())
def test_no_other_drug_is_taken_for_one_of_ours(name: str) -> None:
    """The words are an allow-list: no ending makes a drug a checkpoint inhibitor."""
    assert [_in(text) for text in (name, f"{name}-abcd", f"{name.upper()} 400 MG IV")] == [[], [], []]


@pytest.mark.parametrize(
    ("system", "code"),
    [(None, "1547545"), ("", "1547545"), ("http://example.org", "1547545"), (RXNORM, None), (RXNORM, "")],
)
def test_a_code_without_its_system_names_nothing(system: str | None, code: str | None) -> None:
    """Half a code is no code."""
    assert KNOWLEDGE.drugs_by_code(system, code) == ()


@pytest.mark.parametrize(
    "drug",
    [drug for drug in KNOWLEDGE.drugs.values() if drug.ros1 and drug.ros1.offer != "never"],
    ids=lambda drug: drug.id,
)
def test_an_offered_drug_is_approved_usable_and_citable(drug: Drug) -> None:
    """What a card offers has an approval, an outcome and a product (or words where no code exists), each sourced."""
    use = drug.ros1
    assert use is not None
    confidences = [stated.confidence for stated in (use.approvals[0], use.outcomes[0])]
    if use.product is None:
        assert use.order_text
        assert not any(code.kind == "SCD" for code in drug.codes)
    else:
        assert use.product.kind == "SCD"
        confidences.append(use.product.confidence)
    assert all(confidence.usable for confidence in (*confidences, *([use.dose.confidence] if use.dose else [])))


def test_only_a_verified_dose_is_given() -> None:
    """Crizotinib's label dose was not verified, so none is stated; the three swaps have theirs."""
    doses = {drug.id: drug.ros1.dose.text for drug in KNOWLEDGE.drugs.values() if drug.ros1 and drug.ros1.dose}

    assert doses == {
        "entrectinib": "600 mg once daily",
        "repotrectinib": "160 mg once daily for 14 days, then 160 mg twice daily",
        "taletrectinib": "600 mg once daily",
    }
