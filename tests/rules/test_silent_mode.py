"""A rule in silent mode: for the cards it is as if it were not there, for the record it is."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cards.decision import Decision, RuleBook, decide
from knowledge.loader import load
from knowledge.strict_yaml import read_yaml
from tests.rules.situation import facts_of, orders_of

KNOWLEDGE = load()
TABLES = {path.stem: path for path in sorted(Path(__file__).parent.glob("*/*.yaml"))}


def rules(*, silent: str = "", without: str = "") -> RuleBook:
    """Return the rules with one in silent mode, or without one."""
    known = copy.copy(KNOWLEDGE)
    known.rules = tuple(replace(rule, silent_mode=rule.id == silent) for rule in KNOWLEDGE.rules if rule.id != without)
    return RuleBook(known)


LOUD = rules()


def decided(case: dict[str, Any], book: RuleBook) -> Decision:
    """Decide on a case of a rule's table."""
    as_of = date.fromisoformat(case.get("as_of", "2026-11-21"))
    return decide(facts_of(case.get("facts", {})), orders_of(case["order"], KNOWLEDGE), book, as_of)


@pytest.mark.parametrize("rule", TABLES)
def test_a_silent_rule_changes_no_card_and_is_recorded(rule: str) -> None:
    """In every case of its table cards and missing data are as without it; that it applied is kept."""
    cases, _ = read_yaml(TABLES[rule].read_text(encoding="utf-8"))
    silent, without = rules(silent=rule), rules(without=rule)
    for case in cases:
        watched, gone, shown = (decided(case, book) for book in (silent, without, LOUD))
        assert watched.advice == gone.advice, case["name"]
        assert watched.missing_parts == gone.missing_parts, case["name"]
        assert watched.applied == gone.applied, case["name"]
        assert [each.rule.id for each in watched.silent] == [rule] * (rule in shown.applied), case["name"]
        would_be = [each.advice.rule.id for each in watched.silent if each.advice]
        assert would_be == [each.rule.id for each in shown.advice if each.rule.id == rule], case["name"]
