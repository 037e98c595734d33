"""The codes are those of the collected terminology, where its file is at hand, and claim no more than it does."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from knowledge.loader import load
from knowledge.model import Code, Confidence

KNOWLEDGE = load()
FOLDER = Path(os.environ.get("ROS1_CDS_CLINICAL", Path(__file__).parents[3] / "shared" / "clinical"))
STRENGTH = {"not-found": 0, "memory-only": 1, "verified-1": 2, "verified-2": 3}
MISUSED = "1222843001"  # a true code that a published example uses wrongly: we keep it among the rejected ones

pytestmark = pytest.mark.skipif(
    not (FOLDER / "terminology.csv").is_file(), reason="the collected terminology is not here"
)


class Row(NamedTuple):
    """A row of the collected terminology, in the forms in which we compare."""

    system: str
    code: str
    confidence: str


@cache
def _rows() -> tuple[Row, ...]:
    with (FOLDER / "terminology.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_row(raw) for raw in csv.DictReader(file) if raw["code"])


def _row(raw: dict[str, str]) -> Row:
    uri = raw["system_url"].partition(" (")[0]  # one row says in brackets which data item it means
    systems = KNOWLEDGE.code_systems
    system = systems.canonical(uri) or next(each for each in systems.by_uri if each.startswith(uri))
    return Row(system, systems.forms(system, raw["code"])[0], raw["confidence"])


def _ours() -> Iterator[tuple[tuple[str, str], Code]]:
    holders = (KNOWLEDGE.value_sets, KNOWLEDGE.methods, KNOWLEDGE.drugs, KNOWLEDGE.drug_classes)
    for holder in (thing for things in holders for thing in things.values()):
        for code in holder.codes:
            yield (code.system, KNOWLEDGE.code_systems.forms(code.system, code.code)[0]), code
    for prefix in (prefix for drug_class in KNOWLEDGE.drug_classes.values() for prefix in drug_class.prefixes):
        stated = Code(system=prefix.system, code=prefix.prefix, display=prefix.display, confidence=prefix.confidence)
        yield (prefix.system, prefix.prefix.casefold()), stated


def test_every_verified_code_is_in_the_knowledge() -> None:
    """No code that was verified is lost on its way into the data."""
    ours = {key for key, _ in _ours()}
    verified = {row[:2] for row in _rows() if row.confidence.startswith("verified") and row.code != MISUSED}

    assert verified - ours == set()


def test_no_code_claims_more_than_the_terminology_does() -> None:
    """A code may be less sure here (a second source that nobody named does not count), never more."""
    known: dict[tuple[str, str], int] = {}
    for row in _rows():
        known[row[:2]] = max(STRENGTH.get(row.confidence, -1), known.get(row[:2], -1))

    assert [code for key, code in _ours() if key in known and STRENGTH[code.confidence] > known[key]] == []


def test_rejected_and_memory_only_codes_never_match() -> None:
    """A code that somebody claims, or that nobody looked up, means nothing to us."""
    never = [row for row in _rows() if row.confidence in ("rejected", "memory-only")]

    assert never
    for row in never:
        assert KNOWLEDGE.concepts(row.system, row.code) == frozenset(), row
        assert KNOWLEDGE.drugs_by_code(row.system, row.code) == (), row
        assert KNOWLEDGE.method_by_code(row.system, row.code) is None, row


def test_rejected_codes_are_documented() -> None:
    """Who meets one of them finds why it must not be used."""
    documented = {(code.system, code.code) for code in KNOWLEDGE.rejected_codes}

    assert {row[:2] for row in _rows() if row.confidence == "rejected"} <= documented


def test_every_drug_code_that_the_terminology_lacks_names_its_source() -> None:
    """Codes that were added later come from a source that was read; without two they are no more than verified-1."""
    known = {row[:2] for row in _rows()}
    added = [code for key, code in _ours() if key not in known and code.confidence.usable]

    assert all(code.sources or code.kind is None for code in added)
    twice = [code for code in added if code.confidence is not Confidence.VERIFIED_1]
    assert [code.display for code in twice if len(set(code.sources)) < 2] == []
