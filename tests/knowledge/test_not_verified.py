"""What nobody verified is never silently on; what sources disagree about is settled as docs/disagreements.md says.

The tests of the first part are numbered like the second table of that page.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import knowledge as package
from knowledge.loader import load, load_content
from knowledge.model import Code

CONTENT, KNOWLEDGE = load_content(), load()
DATA = Path(str(package.__file__)).parent / "data"
PAGE = (Path(__file__).parents[2] / "docs" / "disagreements.md").read_text(encoding="utf-8")
DRUGS = {drug.id: drug for drug in CONTENT.drugs}
LOINC, SNOMED, HCPCS = (
    "http://loinc.org",
    "http://snomed.info/sct",
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
)
ICD_O_3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
NEWEST_READ = {"National Comprehensive Cancer Network": "2025", "American Society of Clinical Oncology": "2023"}


def _codes(system: str, *holders: str) -> list[Code]:
    kinds = (CONTENT.value_sets, CONTENT.methods, CONTENT.drugs, CONTENT.drug_classes)
    things = (thing for things in kinds for thing in things if not holders or thing.id in holders)
    return [code for thing in things for code in thing.codes if code.system == system]


def _words() -> str:
    """Return every word that a card may print, without notes."""
    cards = (rule.card for rule in CONTENT.rules if rule.card)
    uses = [drug.ros1 for drug in CONTENT.drugs if drug.ros1]
    texts = [f"{card.summary} {card.detail}" for card in cards]
    texts += [statement.text for statement in CONTENT.statements]
    texts += [outcome.text for use in uses for outcome in use.outcomes]
    texts += [use.dose.text for use in uses if use.dose] + [use.baseline_note or "" for use in uses]
    texts += [f"{each.text} {each.applies}" for use in uses for each in use.baseline]
    texts += [f"{each.interactor} {each.advice}" for use in uses for each in use.interactions]
    texts += [cell.text or "" for change in CONTENT.resistance for cell in change.drugs]
    texts += [f"{test.name} {test.text}" for test in CONTENT.orderables]
    texts += [f"{each.name} {member.name}" for each in CONTENT.interactions for member in each.members]
    return " ".join([*texts, *CONTENT.wording.phrases.values()])


def test_1_and_2_no_guideline_is_cited_in_an_edition_that_nobody_read() -> None:
    """NCCN 2026, ASCO 2025 and ESMO are cited nowhere."""
    for source in CONTENT.sources:
        for publisher, newest in NEWEST_READ.items():
            if publisher in (source.publisher or ""):
                assert (source.date or newest)[:4] <= newest, source.id
        assert "ESMO" not in f"{source.title} {source.publisher}", source.id


def test_1_and_3_zidesamtinib_is_drafted_as_text_and_needs_an_earlier_ros1_inhibitor() -> None:
    """No dose, no product, no baseline, no code but the listing: a draft of it is words only."""
    use = DRUGS["zidesamtinib"].ros1
    assert use is not None
    assert "zidesamtinib" in (use.order_text or "")
    assert (use.dose, use.product, use.baseline, use.baseline_note, use.interactions) == (None, None, (), None, ())
    assert all(approval.requires_prior_ros1_inhibitor for approval in use.approvals)
    assert ["further processing" in (code.note or "") for code in DRUGS["zidesamtinib"].codes] == [True]


def test_1_crizotinib_is_only_mentioned() -> None:
    """Whether it kept its place in 2026 is not known: a site's formulary decides."""
    use = DRUGS["crizotinib"].ros1
    assert use is not None
    assert use.offer == "mention"


def test_4_no_duration_of_response_and_no_antacid_is_printed() -> None:
    """Conflicting durations and unread interactions stay off the cards."""
    assert (
        re.search(r"\bDOR\b|duration of response|antacid|proton.pump|\bPPI\b|\bH2\b", _words(), re.IGNORECASE) is None
    )


@pytest.mark.parametrize("code", ["J9272", "J9345", "J3263", "J9329", "J9289", "J9024", "J9275"])
def test_5_hcpcs_codes_from_memory_never_match(code: str) -> None:
    """They are listed, so that somebody can look them up, and mean nothing until then."""
    assert [each.confidence.usable for each in _codes(HCPCS) if each.code == code] == [False]
    assert KNOWLEDGE.drugs_by_code(HCPCS, code) == ()


def test_5_no_hcpcs_code_is_guessed_for_what_has_none() -> None:
    """Keytruda Qlex and penpulimab: none was found."""
    assert _codes(HCPCS, "penpulimab") == []
    assert [code.code for code in _codes(HCPCS, "pembrolizumab")] == ["J9271"]


def test_6_test_codes_without_a_verified_display_say_so() -> None:
    """Whoever maps or orders by them is warned."""
    displays = {code.code: code.display for code in _codes(LOINC, "ros1-test")}

    assert [code for code, display in displays.items() if "not verified" in display] == ["81747-8", "104290-2"]
    assert [code for code in _codes(LOINC, "ihc", "fish") if "ROS1" in code.display] == []


def test_7_no_loinc_code_is_one_of_cps() -> None:
    """The scoring method is a component of its own; no test code claims to be CPS."""
    tests = _codes(LOINC, "pd-l1-test", "pd-l1-percent-test", "pd-l1-other-cells-score")

    assert [code.code for code in tests if re.search(r"\bCPS\b|combined positive", code.display, re.IGNORECASE)] == []


@pytest.mark.parametrize("drug", ["repotrectinib", "taletrectinib", "zidesamtinib", "tislelizumab"])
def test_8_drugs_without_a_verified_snomed_code_have_none(drug: str) -> None:
    """They are recognised by other codes and by name."""
    assert _codes(SNOMED, drug) == []
    assert [match.drug for match in KNOWLEDGE.drugs_in(DRUGS[drug].name)] == [drug]


def test_9_stages_iva_and_ivb_have_no_snomed_code() -> None:
    """Only stage IV has one that was seen."""
    assert [code.code for code in _codes(SNOMED, "stage-iv")] == ["1222837003"]
    assert "stage-iv" in KNOWLEDGE.concepts_in("stage IVB")


def test_10_no_unverified_figure_of_toxicity_is_printed() -> None:
    """CheckMate 370 and washout times are from memory."""
    assert re.search(r"checkmate|wash-?out", _words(), re.IGNORECASE) is None


@pytest.mark.parametrize("drug", ["crizotinib", "lorlatinib"])
def test_12_label_tables_from_memory_give_no_dose_no_baseline_and_no_interaction(drug: str) -> None:
    """What nobody read in the label is kept to be looked up, marked, and proposed nowhere."""
    use = DRUGS[drug].ros1
    assert use is not None
    assert use.dose is None or not use.dose.confidence.usable
    assert [each.check for each in use.baseline if each.confidence.usable or each.related_artifact] == []
    assert [each.interactor for each in use.interactions if each.confidence.usable or each.related_artifact] == []
    assert use.baseline_note is None
    assert use.baseline
    assert use.interactions


def test_13_icd_o_3_codes_from_memory_never_match() -> None:
    """All but 8046/3 and its published misprint."""
    assert {code.code for code in _codes(ICD_O_3) if code.confidence.usable} == {"8046/3", "80463/3"}


# --- disagreements ----------------------------------------------------------------------------------------------------

_ROW = re.compile(r"^\| (\d+) \|(.*)\|$", re.MULTILINE)
_DISAGREEMENTS = _ROW.findall(PAGE.partition("## What is not verified")[0])


def test_every_point_is_on_the_page() -> None:
    """21 disagreements and 13 open questions, each once, in order."""
    assert [int(number) for number, _ in _DISAGREEMENTS] == list(range(1, 22))
    assert [int(number) for number, _ in _ROW.findall(PAGE.partition("## What is not verified")[2])] == list(
        range(1, 14)
    )


@pytest.mark.parametrize(("number", "cells"), _DISAGREEMENTS, ids=lambda value: value[:3])
def test_a_disagreement_is_settled_in_the_files_that_the_page_names(number: str, cells: str) -> None:
    """Each file exists and says so in its note; a point that touches no data says "nowhere"."""
    where = cells.rsplit("|", maxsplit=1)[-1]
    files = re.findall(r"`([^`]+)`", where)

    assert files or where.strip() == "nowhere"
    for file in files:
        assert f"(disagreement {number})" in " ".join((DATA / file).read_text(encoding="utf-8").split()), file


def test_no_note_names_a_disagreement_that_the_page_does_not_place_there() -> None:
    """The page is whole."""
    placed = {(number, file) for number, cells in _DISAGREEMENTS for file in re.findall(r"`([^`]+)`", cells)}
    named = {
        (number, path.relative_to(DATA).as_posix())
        for path in DATA.rglob("*.yaml")
        for number in re.findall(r"\(disagreement\s+(\d+)\)", path.read_text(encoding="utf-8"))
    }

    assert named == placed


def test_what_is_not_quoted_stands_on_no_card() -> None:
    """Disagreements 12, 18 and 20, and the wrong dose of 21."""
    assert re.search(r"TRKB|prevalence|(?:fourth|fifth) ROS1 inhibitor", _words(), re.IGNORECASE) is None
    assert "34 of 442" not in _words()
    assert "34/442" not in _words()
