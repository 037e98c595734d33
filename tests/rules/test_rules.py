"""Every rule has a case table of its own name: clinicians read and write these, Python only runs them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cards.decision import Decision, RuleBook, decide
from knowledge.loader import load
from knowledge.model import Rule
from knowledge.strict_yaml import read_yaml
from tests.rules.situation import facts_of, orders_of

_FOLDER = Path(__file__).parent
_KNOWLEDGE = load()
_RULES = RuleBook(_KNOWLEDGE)
_TABLES = {path.stem: path for path in sorted(_FOLDER.glob("*/*.yaml"))}


def _cases() -> Iterator[Any]:
    for rule, path in _TABLES.items():
        cases, _ = read_yaml(path.read_text(encoding="utf-8"))
        for case in cases:
            yield pytest.param(rule, case, id=f"{rule}: {case['name']}")


def _outcome(rule: str, decision: Decision) -> tuple[str, tuple[str, ...]]:
    if rule in decision.applied:
        return "applied", ()
    for entry in decision.undetermined:
        if entry.rule == rule:
            return "undetermined", entry.missing
    return "not-applied", ()


@pytest.mark.parametrize(("rule", "case"), list(_cases()))
def test_a_rule_does_what_its_case_says(rule: str, case: dict[str, Any]) -> None:
    """A rule applies, does not apply, or names what is missing, as its case table says."""
    as_of = date.fromisoformat(case.get("as_of", "2026-11-21"))
    decision = decide(facts_of(case.get("facts", {})), orders_of(case["order"], _KNOWLEDGE), _RULES, as_of)

    outcome, missing = _outcome(rule, decision)

    assert outcome == case["outcome"]
    assert set(case.get("missing", missing)) == set(missing)
    if "speaks" in case:
        assert [advice.rule.id for advice in decision.advice] == ([rule] if case["speaks"] else [])


def test_every_rule_has_a_case_table_and_every_table_a_rule() -> None:
    """No rule goes without cases, and no table outlives its rule."""
    assert set(_TABLES) == {rule.id for rule in _KNOWLEDGE.rules}


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in _KNOWLEDGE.rules])
def test_a_case_table_shows_the_rule_applied_and_not_applied(rule: Rule) -> None:
    """A table shows at least one case on either side of its rule, and stands in the folder of its topic."""
    path = _TABLES[rule.id]
    cases, _ = read_yaml(path.read_text(encoding="utf-8"))
    outcomes = {case["outcome"] for case in cases}

    assert outcomes >= {"applied", "not-applied"}
    assert path.parent.name == rule.topic
