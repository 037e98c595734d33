"""Decisions as a whole: no combination of what is known and what is missing may end in an unexplained silence."""

from __future__ import annotations

import copy
import itertools
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from cards.decision import Decision, RuleBook, decide
from fhir_mapping.facts import Availability, Extent, Part
from knowledge.loader import load
from tests.rules.situation import facts_of, orders_of

KNOWLEDGE = load()
RULES = RuleBook(KNOWLEDGE)


def _decide(facts: dict[str, Any]) -> Decision:
    return decide(facts_of(facts), orders_of({"drug": "pembrolizumab"}, KNOWLEDGE), RULES, date(2026, 11, 21))


def _arrivals() -> list[dict[str, list[str]]]:
    """Return every way in which the parts of a record that a checkpoint inhibitor needs can arrive."""
    parts = (Part.RESULTS, Part.DIAGNOSES, Part.STAGES, Part.MEDICATIONS)
    return [
        {
            str(availability): [str(part) for part, each in zip(parts, arrival, strict=True) if each is availability]
            for availability in (Availability.ABSENT, Availability.FAILED, Availability.INCOMPLETE)
        }
        for arrival in itertools.product(Availability, repeat=len(parts))
    ]


@pytest.mark.parametrize("extent", list(Extent))
@pytest.mark.parametrize("diagnosis", ["nsclc", "lung-cancer", "none"])
def test_a_confirmed_fusion_is_never_passed_over_in_silence(diagnosis: str, extent: Extent) -> None:
    """Whatever failed, is incomplete or was not sent: a checkpoint inhibitor gets a card or 412."""
    for arrival in _arrivals():
        decision = _decide({"ros1": "confirmed", "diagnosis": diagnosis, "extent": str(extent), **arrival})

        assert decision.advice or decision.missing_parts, arrival


@pytest.mark.parametrize("extent", list(Extent))
@pytest.mark.parametrize("diagnosis", ["nsclc", "lung-cancer", "none"])
@pytest.mark.parametrize(
    "therapies",
    [
        {"crizotinib": "current"},
        {"crizotinib": "prior"},
        {"crizotinib": "prior", "entrectinib": "prior", "repotrectinib": "prior", "taletrectinib": "prior"},
    ],
    ids=str,
)
def test_nor_is_it_after_or_beside_a_ros1_inhibitor(therapies: dict[str, Any], diagnosis: str, extent: Extent) -> None:
    """Whatever was given and whatever did not arrive: a checkpoint inhibitor gets a card or 412."""
    for arrival in _arrivals():
        known = {"ros1": "confirmed", "diagnosis": diagnosis, "extent": str(extent), "therapies": therapies}
        decision = _decide(known | arrival)

        assert decision.advice or decision.missing_parts, arrival


@pytest.mark.parametrize("ros1", ["ihc-only", "pending", "indeterminate", "conflicting"])
@pytest.mark.parametrize("diagnosis", ["nsclc", "lung-cancer", "none"])
@pytest.mark.parametrize("therapies", [{}, {"crizotinib": "prior"}, {"pembrolizumab": "prior"}], ids=str)
def test_nor_is_a_result_that_settles_nothing(therapies: dict[str, Any], diagnosis: str, ros1: str) -> None:
    """Unconfirmed, pending, not informative, conflicting: at any extent, with whatever did not arrive."""
    for extent, arrival in itertools.product(Extent, _arrivals()):
        known = {"ros1": ros1, "diagnosis": diagnosis, "extent": str(extent), "therapies": therapies}
        decision = _decide(known | arrival)

        assert decision.advice or decision.missing_parts, (extent, arrival)


@pytest.mark.parametrize("diagnosis", ["nsclc", "lung-cancer", "none"])
def test_results_that_did_not_arrive_whole_are_never_taken_for_none(diagnosis: str) -> None:
    """Without a ROS1 result and without all laboratory results there is a card or 412, never an all-clear."""
    for arrival in _arrivals():
        if all(Part.RESULTS not in parts for parts in arrival.values()):
            continue
        decision = _decide({"diagnosis": diagnosis, **arrival})

        assert decision.advice or decision.missing_parts, arrival


def test_a_decision_explains_every_rule() -> None:
    """Each rule in force applied, did not apply because of a fact, or names what is missing."""
    decision = _decide({"ros1": "confirmed", "diagnosis": "nsclc", "absent": ["medications"], "extent": "metastatic"})

    explained = {*decision.applied, *decision.not_applied, *(entry.rule for entry in decision.undetermined)}
    assert explained == {rule.id for rule in KNOWLEDGE.rules}
    assert all(decision.not_applied.values())
    assert {part for entry in decision.undetermined for part in entry.parts} == {Part.MEDICATIONS}
    assert decision.release == KNOWLEDGE.release.version


@pytest.mark.parametrize("drug", ["pembrolizumab", "crizotinib", "pemetrexed"])
def test_what_was_asked_before_changes_no_answer(drug: str) -> None:
    """Rules that follow the ways of other patients say the same as rules that were never asked."""
    orders = orders_of({"drug": drug}, KNOWLEDGE)
    asked = RuleBook(KNOWLEDGE)
    for ros1, arrival in itertools.product(["confirmed", "negative", "pending", "not-found"], _arrivals()[::2047]):
        facts = facts_of({"ros1": ros1, "diagnosis": "nsclc", "therapies": {"crizotinib": "prior"}, **arrival})
        for day in (date(2026, 11, 21), date(2027, 11, 21)):
            fresh = decide(facts, orders, RuleBook(KNOWLEDGE), day)
            assert [decide(facts, orders, asked, day) for _ in range(2)] == [fresh, fresh]


def test_the_advice_of_a_topic_is_one_card() -> None:
    """Rules that add to another's card give no card of their own."""
    decision = _decide({"ros1": "confirmed", "diagnosis": "nsclc", "extent": "metastatic", "pd-l1": 90})

    assert [advice.rule.id for advice in decision.advice] == ["ici-before-ros1-inhibitor"]
    assert [rule.id for rule in decision.advice[0].additions] == ["high-pd-l1-does-not-decide"]


def test_where_two_rules_of_a_topic_apply_the_graver_speaks_and_the_other_adds_its_paragraph() -> None:
    """Crizotinib again after progression on it, and soon after a checkpoint inhibitor: one card, both said."""
    courses = {
        "crizotinib": {"phase": "prior", "start": "2025-01-01", "end": "2026-05-01", "stopped": "progression"},
        "pembrolizumab": {"phase": "prior", "last-given": "2026-10-10"},
    }
    facts = facts_of({"ros1": "confirmed", "diagnosis": "nsclc", "extent": "metastatic", "therapies": courses})
    decision = decide(facts, orders_of({"drug": "crizotinib"}, KNOWLEDGE), RULES, date(2026, 11, 21))

    (advice,) = decision.advice
    assert advice.rule.id == "crizotinib-after-recent-ici"
    assert "same-ros1-inhibitor-after-progression" in [rule.id for rule in advice.additions]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("priority", "missing"), [(93, ()), (96, (Part.MEDICATIONS,))])
def test_of_two_reasons_for_silence_the_graver_decides_what_is_missing(
    *, priority: int, missing: tuple[Part, ...], backwards: bool
) -> None:
    """Small cell cancer (95) and a negative result (90): in whatever order, only a graver rule asks for its data."""
    asks = {"all": [{"fact": "order", "is": "immune-checkpoint-inhibitor"}, {"fact": "ros1-inhibitor", "is": "none"}]}
    known = {rule.id: rule for rule in KNOWLEDGE.rules}
    rules = [
        known["small-cell-lung-cancer"],
        known["ros1-negative"],
        replace(known["ici-history-unknown"], priority=priority, when=asks),
    ]
    book = copy.copy(KNOWLEDGE)
    book.rules = tuple(reversed(rules) if backwards else rules)
    facts = facts_of({"ros1": "negative", "diagnosis": "small-cell", "absent": ["medications"]})

    decision = decide(facts, orders_of({"drug": "pembrolizumab"}, KNOWLEDGE), RuleBook(book), date(2026, 11, 21))

    assert decision.applied
    assert decision.missing_parts == missing


def test_the_same_record_on_a_later_day_is_another_situation() -> None:
    """Days are counted up to the day of the decision."""
    given = {"pembrolizumab": {"phase": "prior", "last-given": "2026-10-10"}}
    facts = facts_of({"ros1": "confirmed", "diagnosis": "nsclc", "extent": "metastatic", "therapies": given})
    orders = orders_of({"drug": "crizotinib"}, KNOWLEDGE)

    assert decide(facts, orders, RULES, date(2026, 11, 21)).advice
    assert not decide(facts, orders, RULES, date(2027, 11, 21)).advice
