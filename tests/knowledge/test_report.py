"""The report tells a committee what to look at, as of a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.__main__ import main
from knowledge.loader import load_content
from knowledge.report import Report, report
from tests.knowledge.small_knowledge import FILES, write

RELEASED, LATER = date(2026, 11, 20), date(2028, 1, 1)
DRUG, RULE = "drugs/examplidol.yaml", "rules/advice/take-care.yaml"
DRUGS = {"drugs/examplidol", "drugs/otheridol", "drugs/labelled"}


RESISTANCE: dict[str, str | None] = {
    "resistance/x1y.yaml": """
id: x1y
title: X1Y
status: active
lastReviewDate: 2026-11-20
reviewBy: 2027-05-20
proteinChange: X1Y
drugs: [{drug: examplidol, effect: resistant, confidence: verified-1, relatedArtifact: [{source: paper}]}]
"""
}


def _report(folder: Path, changes: dict[str, str | None], as_of: date = RELEASED) -> Report:
    return report(load_content(write(folder, changes)), as_of)


def _entries(found: Report, title: str) -> tuple[str, ...]:
    (section,) = (section for section in found.sections if section.title == title)
    return section.entries


def test_a_code_from_memory_is_listed_with_its_system(tmp_path: Path) -> None:
    """Who looks it up sees what to look for."""
    changes: dict[str, str | None] = {
        DRUG: FILES[DRUG] + "  - {system: loinc, code: 7-7, display: seven, confidence: memory-only}\n"
    }

    assert _entries(_report(tmp_path, changes), "Not verified") == ("drugs/examplidol: LOINC 7-7 (seven): memory-only",)


def test_what_rests_on_one_source_is_listed_and_its_codes_are_counted(tmp_path: Path) -> None:
    """Rules, statements, drugs; a file's codes in one line."""
    entries = _entries(_report(tmp_path, {}), "One source only")

    assert {"rules/take-care", "statements/why", "drugs/examplidol", "drugs/examplidol: 1 codes"} <= set(entries)


@pytest.mark.parametrize(
    ("file", "old", "new", "entry"),
    [
        (
            "drugs/labelled.yaml",
            "{check: first, confidence: verified-1, relatedArtifact: [{source: paper}]}",
            "{check: first, confidence: memory-only}",
            "drugs/labelled: ros1.baseline[0] (first): memory-only",
        ),
        (
            "drugs/labelled.yaml",
            "{interactor: foe, advice: avoid, confidence: verified-1, relatedArtifact: [{source: paper}]}",
            "{interactor: foe, advice: avoid, confidence: memory-only}",
            "drugs/labelled: ros1.interactions[0] (foe): memory-only",
        ),
        (
            "baseline_checks/first.yaml",
            "confidence: verified-1",
            "confidence: memory-only",
            "baseline_checks/first: results[0].limit (above 5 ms): memory-only",
        ),
        (
            "interactions/foe.yaml",
            "confidence: verified-1",
            "confidence: memory-only",
            "interactions/foe: members[0] (foidol): memory-only",
        ),
        (
            "resistance/x1y.yaml",
            "confidence: verified-1",
            "confidence: memory-only",
            "resistance/x1y: drugs[0] (examplidol): memory-only",
        ),
    ],
)
def test_each_part_of_a_file_is_judged_by_itself_and_named(
    file: str, old: str, new: str, entry: str, tmp_path: Path
) -> None:
    """Baseline checks and their limits, interactions and their members, effects on a change: a number says little."""
    before = _report(tmp_path / "before", RESISTANCE)
    after = _report(tmp_path / "after", {**RESISTANCE, file: str({**FILES, **RESISTANCE}[file]).replace(old, new)})

    assert entry.replace(": memory-only", "") in _entries(before, "One source only")
    assert _entries(after, "Not verified") == (entry,)


def test_what_a_card_may_order_and_a_change_past_its_review_are_listed(tmp_path: Path) -> None:
    """Orderables rest on sources as rules do, and what is known of resistance ages as drugs do."""
    assert "orderables/look" in _entries(_report(tmp_path, RESISTANCE), "One source only")
    assert "resistance/x1y" in _report(tmp_path, RESISTANCE, LATER).overdue


def test_what_is_past_its_review_is_listed_and_what_is_in_use_counts(tmp_path: Path) -> None:
    """A draft that waits for its review is no fault; a rule in use is."""
    draft: dict[str, str | None] = {RULE: FILES[RULE].replace("status: active", "status: draft\nsiteOption: true")}
    found = _report(tmp_path, draft, LATER)

    assert "rules/take-care: by 2027-11-20 (draft, an option for sites)" in _entries(found, "Past review")
    assert set(found.overdue) == {*DRUGS, "statements/why"}
    assert _entries(found, "Not in use") == ("rules/take-care (draft, an option for sites)",)
    assert _report(tmp_path, draft).overdue == ()


def test_the_day_of_review_itself_is_not_late(tmp_path: Path) -> None:
    """Due by a day means on that day at the latest."""
    assert _report(tmp_path, {}, date(2027, 5, 20)).overdue == ()
    assert set(_report(tmp_path, {}, date(2027, 5, 21)).overdue) == DRUGS


def test_a_source_that_nobody_can_look_up_is_listed(tmp_path: Path) -> None:
    """Without DOI, PMID and URL; and without edition and date."""
    found = _report(tmp_path, {})
    told = _report(tmp_path, {"sources/paper.yaml": FILES["sources/paper.yaml"] + 'pmid: "1"\nedition: first\n'})

    for title in ("Sources without DOI, PMID and URL", "Sources without edition and date"):
        assert _entries(found, title) == ("sources/paper: Paper",)
        assert _entries(told, title) == ()


def test_the_report_is_the_same_every_time_and_begins_with_a_summary(tmp_path: Path) -> None:
    """Two reports can be compared line by line; the counts come first."""
    content = load_content(write(tmp_path, {}))
    text = str(report(content, RELEASED))

    assert text == str(report(content, RELEASED))
    assert text.startswith("# Knowledge release 2026.11.0 on 2026-11-20\n\n| | |\n|---|---|\n| Past review | 0 |\n")


@pytest.mark.parametrize(("as_of", "status"), [(load_content().release.date, 0), ("2999-01-01", 1)])
def test_the_exit_code_says_whether_something_in_use_is_overdue(
    as_of: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scheduled job can act on it; the build does not, or it would turn red by itself."""
    assert main(["--as-of", as_of]) == status
    assert f"on {as_of}" in capsys.readouterr().out
