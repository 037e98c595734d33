"""What each drug does against a ROS1 change: only what a published source says is ever used."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from knowledge.loader import load
from tests.knowledge.small_knowledge import write

KNOWLEDGE = load()
NAIVE = ("crizotinib", "entrectinib", "repotrectinib", "taletrectinib", "zidesamtinib", "lorlatinib", "ceritinib")
TABLE = {
    "G2032R": "resistant resistant active active - - -",
    "D2033N": "resistant - active - - active -",
    "L2026M": "resistant - active - - active -",
    "L2086F": "resistant resistant resistant resistant - resistant -",
    "S1986F": "- - - - - - -",
    "S1986Y": "- - - - - - -",
    "F2004C": "- - - - - - -",
    "F2004V": "- - - - - - -",
    "G2101A": "- - - - - - -",
}


@pytest.mark.parametrize(("change", "effects"), TABLE.items())
def test_the_table_of_changes_says_what_the_clinical_knowledge_says(change: str, effects: str) -> None:
    """Section B6: what is memory-only or was not found says nothing."""
    cells = [KNOWLEDGE.effect(change, drug) for drug in NAIVE]

    assert [cell.effect if cell else "-" for cell in cells] == effects.split()
    assert set(KNOWLEDGE.resistance) == set(TABLE)


def test_a_change_that_is_not_listed_says_nothing_of_any_drug() -> None:
    """Nothing is guessed."""
    assert KNOWLEDGE.effect("X1234Y", "crizotinib") is None


def test_what_an_active_drug_achieves_is_printed_with_its_number_of_patients() -> None:
    """The two figures of the trials."""
    texts = [KNOWLEDGE.effect("G2032R", drug) for drug in ("repotrectinib", "taletrectinib")]

    assert [cell.text for cell in texts if cell] == [
        "ORR 59 % (10 of 17), TRIDENT-1",
        "ORR 61.5 % (8 of 13), TRUST-I/II pooled",
    ]


_CHANGE = """
id: v100e
title: V100E
status: active
lastReviewDate: 2026-11-20
reviewBy: 2027-11-20
proteinChange: V100E
drugs:
  - {drug: examplidol, effect: active, confidence: verified-1, relatedArtifact: [{source: paper}]}
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("drug: examplidol", "drug: nobody", "drugs[0].drug: got 'nobody'"),
        ("proteinChange: V100E", "proteinChange: V101E", "proteinChange"),
        ("proteinChange: V100E", "proteinChange: p.Val100Glu", "proteinChange"),
        ("[{source: paper}]", "[{source: hearsay}]", "hearsay"),
        ("[{source: paper}]", "[]", "relatedArtifact"),
    ],
)
def test_a_wrong_file_of_a_change_does_not_load(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Unknown drugs and sources, a change that is not the file's, and a verified cell without a source."""
    assert load(write(tmp_path / "good", {"resistance/v100e.yaml": _CHANGE})).effect("V100E", "examplidol")
    bad = write(tmp_path / "bad", {"resistance/v100e.yaml": _CHANGE.replace(old, new)})

    with pytest.raises(KnowledgeError) as caught:
        load(bad)

    assert fault in str(caught.value)


def test_a_drug_has_one_cell_in_a_file(tmp_path: Path) -> None:
    """Two cells could say two things."""
    twice = _CHANGE + _CHANGE.strip().splitlines()[-1] + "\n"

    with pytest.raises(KnowledgeError, match="once"):
        load(write(tmp_path, {"resistance/v100e.yaml": twice}))
