"""Evidence that a committee can audit: no number on a card without its source, nothing in use past its review.

What counts as a number: digits that begin a word ("45.5 %", "n = 11", "600 mg", "5x"). Digits behind a letter are part
of a name (ROS1, PD-L1, CYP3A, G2032R, TRIDENT-1). What counts as cited: the same number stands in the locator of a
citation of that record, or in the title, edition, year or note of a source that it cites: what somebody read and wrote
down. A measured figure ("%", "n =", "of") needs a published source; our own decision table only vouches for our own
thresholds.
Numbers in words ("two drugs") are not seen.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import fields

from knowledge.loader import load_content
from knowledge.model import Citation, Code, Drug, Rule, Statement
from knowledge.pieces import Place, pieces

CONTENT = load_content()
SOURCES = {source.id: source for source in CONTENT.sources}
OURS = "ros1-cds"  # the publisher of our own working definitions

_NUMBER = re.compile(r"(?<![A-Za-z0-9.])(?<![A-Za-z]-)\d+(?:\.\d+)?")
_DAY = re.compile(r"\b(\d{4})-\d{2}(?:-\d{2})?\b")  # of a date only the year counts: its days would cover anything
_FIGURE = re.compile(r"%|\bn = |\d of \d")
_SENTENCE = re.compile(r"(?<=[.;:])\s+")
_NEVER_PRINTED = {
    "id", "title", "topic", "status", "lastReviewDate", "reviewBy", "effectivePeriod", "when", "note", "cnsNote",
    "offerNote", "codes", "product", "relatedArtifact", "baselineArtifact", "setting", "scope", "source", "confidence",
    "brands", "names", "about", "addsTo", "unit", "periodUnit", "configurable", "overrideReasons", "suggestions",
}  # fmt: skip
"""The members that reach no card; of a member that is not named here every word is looked at."""


def numbers(text: str) -> set[str]:
    """Return the numbers of a text."""
    return set(_NUMBER.findall(re.sub(r"\{[\w-]+\}", "", _DAY.sub(r"\1", text))))


def _texts(struct: Struct) -> Iterator[str]:
    for field in fields(struct):
        value = getattr(struct, field.name)
        if field.encode_name not in _NEVER_PRINTED:
            yield from (text for text in (value if isinstance(value, tuple) else (value,)) if isinstance(text, str))


def _citations(struct: Struct) -> tuple[Citation, ...]:
    members = (getattr(struct, field.name) for field in fields(struct))
    listed = (each for member in members if isinstance(member, tuple) for each in member)
    return tuple(each for each in listed if isinstance(each, Citation))


def _evidence(citation: Citation) -> str:
    source = SOURCES[citation.source]
    stated = (citation.locator, source.title, source.short, source.edition, source.date, source.note)
    return " ".join(filter(None, stated))


def uncited(struct: Struct, citations: tuple[Citation, ...]) -> list[str]:
    """Return the numbers in the printed texts of a struct that stand in nothing that it cites."""
    every = numbers(" ".join(map(_evidence, citations)))
    published = [each for each in citations if SOURCES[each.source].publisher != OURS]
    measured = numbers(" ".join(map(_evidence, published)))
    missing = []
    for sentence in (part for text in _texts(struct) for part in _SENTENCE.split(text)):
        known = measured if _FIGURE.search(sentence) else every
        missing += sorted(numbers(sentence) - known)
    return missing


def _printed(record: Struct) -> Iterator[tuple[Place, tuple[Citation, ...]]]:
    """Yield every struct of a record that can reach a card, with the citations nearest to it."""
    nearest: dict[str, tuple[Citation, ...]] = {}
    for place in pieces(str(getattr(record, "id", "")), record):
        if isinstance(place.value, Struct) and not isinstance(place.value, Citation | Code):
            above = max((path for path in nearest if place.path.startswith(path)), key=len, default="")
            nearest[place.path] = _citations(place.value) or nearest.get(above, ())
            if not any(part.split("[")[0] in _NEVER_PRINTED for part in place.path.split(".")):
                yield place, nearest[place.path]


_NO_WORDS_OF_CARDS = {
    "sources", "code_systems", "local_systems", "value_sets", "methods", "drug_classes", "rejected_codes",
    "decision_table",
}  # fmt: skip
_RECORDS: tuple[Any, ...] = tuple(
    record
    for field in dataclasses.fields(CONTENT)
    if field.name not in _NO_WORDS_OF_CARDS and isinstance(getattr(CONTENT, field.name), tuple)
    for record in getattr(CONTENT, field.name)
)
"""Rules, statements, drugs, and whatever kind of file is added one day."""


def _name(record: Any) -> str:  # noqa: ANN401 - a record of any kind
    return f"{type(record).__name__} {getattr(record, 'id', '')}"


@pytest.mark.parametrize("record", _RECORDS, ids=_name)
def test_every_number_that_a_card_may_print_stands_in_what_its_record_cites(record: Struct) -> None:
    """A figure without a trace to what was read is a fault, and so is one that was mistyped."""
    faults = {
        f"{_name(record)} {place.path}".strip(): missing
        for place, citations in _printed(record)
        if (missing := uncited(place.value, citations))
    }

    assert faults == {}, "write each number into the locator of the citation that it was read in"


def test_the_words_that_cards_share_hold_no_number() -> None:
    """wording.yaml, topics and override reasons cite nothing, so they may state no figure."""
    shared = {
        **CONTENT.wording.phrases,
        **{topic.id: topic.display for topic in CONTENT.release.topics},
        **{reason.id: reason.display for reason in CONTENT.release.override_reasons},
    }

    assert {name: numbers(text) for name, text in shared.items() if numbers(text)} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("17 % (IMMUNOTARGET, n = 7: weak evidence)", {"17", "7"}),
        ("95 % CI 82.8-93.2", {"95", "82.8", "93.2"}),
        ("ROS1, PD-L1, CYP3A, G2032R, TRIDENT-1, v5.2025 and {pd_l1}", set()),
        ("approved 2023-11-15", {"2023"}),
        ("above 5x the limit, 600mg", {"5", "600"}),
        ("about 17, not .5", {"17"}),
    ],
)
def test_a_number_is_told_from_a_name(text: str, found: set[str]) -> None:
    """Names that hold digits need no citation, figures in any spelling do."""
    assert numbers(text) == found


def test_a_number_that_is_mistyped_or_only_ours_is_found() -> None:
    """The check sees what it is for: another digit, and a measured figure with nothing but our own table behind it."""
    (why,) = (each for each in CONTENT.statements if each.id == "ici-in-ros1-disease")
    mistyped = Statement(
        **{field.name: getattr(why, field.name) for field in fields(why)} | {"text": why.text.replace("45.5", "54.5")}
    )
    ours = (Citation(source="ros1-cds-decision-table", locator="row 11: 17 %"),)

    assert uncited(mistyped, mistyped.related_artifact) == ["54.5"]
    assert uncited(why, ours) != []


@pytest.mark.parametrize("record", [each for each in _RECORDS if hasattr(each, "review_by")], ids=_name)
def test_nothing_in_use_was_past_its_review_when_it_was_released(record: Rule | Statement | Drug) -> None:
    """Judged by the day of the release: no build turns red overnight; `make knowledge-report` judges by today."""
    assert record.last_review_date <= CONTENT.release.date <= record.review_by


def test_what_is_not_verified_is_not_in_use() -> None:
    """Nothing from memory is active or compared; a drug from memory has only its name, and its note says so."""
    stated: tuple[Rule | Statement, ...] = (*CONTENT.rules, *CONTENT.statements)
    for record in stated:
        assert record.confidence.usable or record.status != "active", record.id
    for drug in (drug for drug in CONTENT.drugs if not drug.confidence.usable):
        assert not any(code.confidence.usable for code in drug.codes), drug.id
        assert drug.ros1 is None, drug.id
        assert "No source that was read" in " ".join((drug.note or "").split()), drug.id
    for test in CONTENT.orderables:
        assert test.confidence.usable or test.status != "active", test.id
    limits = [(check.id, each.limit) for check in CONTENT.baseline_checks for each in check.results if each.limit]
    assert [name for name, limit in limits if not limit.confidence.usable or not limit.related_artifact] == []


def test_every_source_says_when_it_was_read_and_under_which_licence() -> None:
    """Day, licence and short name are there; a source that nobody can look up says why in its note."""
    for source in CONTENT.sources:
        assert source.accessed <= CONTENT.release.date, source.id
        assert source.licence, source.id
        assert source.doi or source.pmid or source.url or source.edition or source.date or source.note, source.id


@pytest.mark.parametrize("pmid", ["31125062", "38197815"])
def test_an_identifier_from_memory_is_given_by_no_source(pmid: str) -> None:
    """The PMIDs of IMMUNOTARGET and TRIDENT-1 were never looked up: a note says so, nothing prints them."""
    assert pmid not in {source.pmid for source in CONTENT.sources}
    assert [source.id for source in CONTENT.sources if pmid in (source.note or "")] != []
    printed = "".join(text for record in _RECORDS for place, _ in _printed(record) for text in _texts(place.value))
    assert pmid not in printed


def test_the_notice_names_every_code_system_and_the_words_that_owners_ask_for() -> None:
    """Whoever passes the software on passes the notices on."""
    notice = " ".join((Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8").split())

    for system in CONTENT.code_systems:
        name = system.title.removeprefix("FHIR ").casefold()
        assert name in notice.casefold(), system.title
    for words in (
        "This material contains content from LOINC (https://loinc.org).",
        "SNOMED Clinical Terms(R) (SNOMED CT(R)) which is used by permission of SNOMED International.",
        "This product uses publicly available data courtesy of the U.S. National Library of Medicine (NLM)",
    ):
        assert words in notice
