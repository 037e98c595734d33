"""Free text about ROS1: every trap of the knowledge's list, and the ways in which reports list several genes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from fhir_mapping.facts import Ros1Finding
from fhir_mapping.lexicon import lexicon_of
from fhir_mapping.ros1.clauses import Naming
from fhir_mapping.ros1.statement import settled
from fhir_mapping.ros1.text import read
from tests.fhir_mapping.fhir import KNOWLEDGE, facts, ros1_test

LEXICON = lexicon_of(KNOWLEDGE)


def _cases(file: str) -> list[Any]:
    tables = yaml.safe_load((Path(__file__).parent / file).read_text("utf-8"))
    return [pytest.param(case, id=case["text"]) for cases in tables.values() for case in cases]


CASES = _cases("ros1_texts.yaml")


@pytest.mark.parametrize("case", CASES)
def test_a_text_says_what_a_careful_reader_would_take_from_it(case: dict[str, Any]) -> None:
    """Only the clause about ROS1 decides, and what can be read in two ways is not decided."""
    of_test = case.get("of") == "ros1-test"

    naming = Naming.ANY_FUSION if of_test else Naming.WITH_PARTNER
    said = settled(read(case["text"], LEXICON, implied=of_test, naming=naming))

    finding = said.finding.value if said.finding else "another-change" if said.other_change else "nothing"
    assert finding == case["says"]
    if case["says"] == "positive":
        assert said.partner == case.get("partner")


@pytest.mark.parametrize("case", _cases("ros1_sentences.yaml"))
def test_a_sentence_about_the_patient_is_read_as_a_whole(case: dict[str, str]) -> None:
    """A "no" counts for what it stands before; a positive word only for ROS1, for a fusion, and beyond a doubt."""
    assert str(facts(ros1_test(case["text"], case["code"])).ros1.status) == case["status"]


def test_two_methods_in_one_text_are_two_readings() -> None:
    """Neither is lost: which of them counts is decided where all results are weighed."""
    readings = read("ROS1 IHC positive. ROS1 FISH negative.", LEXICON, implied=False, naming=Naming.NOTHING)

    assert {(each.finding, each.words) for each in readings} == {
        (Ros1Finding.POSITIVE, "ROS1 IHC positive"),
        (Ros1Finding.NEGATIVE, "ROS1 FISH negative"),
    }


@pytest.mark.parametrize("filler", ["x", " ", "a ", "ALK, ", "negative ", "(", "- ", "no ", "CD74-"])
def test_a_text_of_a_megabyte_is_read_in_passing(filler: str) -> None:
    """Hostile length costs no more than reading it: the result at its end is either found or not decided."""
    text = "ROS1 " + filler * (1_000_000 // len(filler)) + ". ROS1 fusion detected."

    said = settled(read(text, LEXICON, implied=True, naming=Naming.ANY_FUSION))

    assert said.finding is not Ros1Finding.NEGATIVE or "negative" in filler or "no" in filler
