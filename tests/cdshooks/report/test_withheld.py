"""What was not shown: per rule and reason, with the rules that a site watches, and nothing small to be computed."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.report.rows import RuleName, Withheld
from cdshooks.report.shapes import Indicated, WithheldFigures
from cdshooks.report.withheld import NO_CARD, OTHER, withheld
from tests.cdshooks.report.splits import splits

RULES = {"r1": RuleName("Rule one", "Topic"), "watched": RuleName("Watched", "Topic", silent=True)}
DAY = 86400


def row(rule: str, number: int, why: str = "repeated", indicator: str | None = "info", at: int = DAY) -> Withheld:
    """Return so many times of a rule, on one day."""
    return Withheld(rule, why, indicator, number, at, at + 60)


def counts(told: WithheldFigures) -> dict[tuple[str, str], int | None]:
    """Return the counts by rule and reason."""
    return {(each.rule, each.why): each.count for each in told.rules}


def test_each_rule_and_reason_is_told_with_its_indicators_and_days() -> None:
    """Rules in silent mode first, then what is most frequent; each with what the rule is now."""
    told = withheld(
        [
            row("r1", 30, "overridden"),
            row("r1", 40),
            row("watched", 20, "silent", "warning", at=3 * DAY),
            row("watched", 12, "silent", None, at=9 * DAY),
            row("gone", 50, "silent"),
        ],
        RULES,
        11,
    )
    assert [(each.rule, each.title, each.why, each.now, each.count) for each in told.rules] == [
        ("gone", "gone", "silent", "not in use", 50),
        ("watched", "Watched", "silent", "silent", 32),
        ("r1", "Rule one", "repeated", "shown", 40),
        ("r1", "Rule one", "overridden", "shown", 30),
    ]
    watched = told.rules[1]
    assert watched.indicators == (Indicated(indicator="warning", count=20), Indicated(indicator=NO_CARD, count=12))
    assert (watched.first_day, watched.last_day) == ("1970-01-04", "1970-01-10")
    assert (told.count, told.others) == (152, 0)


def test_few_indicators_are_told_with_others() -> None:
    """What is told as one is no small count either."""
    (told,) = withheld([row("r1", 40), row("r1", 12, indicator="warning"), row("r1", 3, indicator=None)], {}, 11).rules
    assert told.indicators == (Indicated(indicator="info", count=40), Indicated(indicator=OTHER, count=15))


def test_a_rule_that_was_watched_and_goes_live_is_told_as_what_it_is_now() -> None:
    """What it would have said stands beside that it is shown now."""
    (told,) = withheld([row("r1", 20, "silent")], {"r1": RULES["r1"]}, 11).rules
    assert (told.why, told.now, told.count) == ("silent", "shown", 20)


CASES: dict[str, tuple[list[Withheld], int | None, dict[tuple[str, str], int | None], int | None]] = {
    "a watched rule that never applied": ([], 0, {("watched", "silent"): 0}, 0),
    "never applied, and nothing is kept back": (
        [row("r1", 11)],
        11,
        {("watched", "silent"): 0, ("r1", "repeated"): 11},
        0,
    ),
    "never applied, and something is kept back": (
        [row("a", 6), row("b", 6), row("r1", 30)],
        42,
        {("watched", "silent"): None, ("r1", "repeated"): 30},
        12,
    ),
    "a watched rule that applied seldom takes another with it": (
        [row("watched", 3, "silent"), row("r1", 20), row("r1", 30, "overridden")],
        53,
        {("watched", "silent"): None, ("r1", "overridden"): 30},
        23,
    ),
    "few of all": ([row("watched", 3, "silent"), row("r1", 7)], None, {("watched", "silent"): None}, None),
}


@pytest.mark.parametrize(("rows", "count", "told", "others"), CASES.values(), ids=CASES)
def test_small_counts_are_kept_back(
    rows: list[Withheld], count: int | None, told: dict[tuple[str, str], int | None], others: int | None
) -> None:
    """Rules with few are told as one sum; a watched one is named, without telling none from few."""
    found = withheld(rows, RULES, 11)
    assert (found.count, counts(found), found.others) == (count, told, others)


SMALLEST = 4
KEYS = [("r1", "repeated"), ("r1", "overridden"), ("r2", "repeated"), ("watched", "silent")]


def test_no_small_count_can_be_computed() -> None:
    """Who knows every rule there is and tries every count finds more than all small ones for each of them."""
    for numbers in product((0, 1, 3, 4, 6, 9), repeat=len(KEYS)):
        _holds(numbers)


def _holds(numbers: tuple[int, ...]) -> None:
    rows = [row(rule, n, why) for (rule, why), n in zip(KEYS, numbers, strict=True) if n]
    found = withheld(rows, RULES, SMALLEST)
    shown = counts(found)
    assert all(not 0 < (count or 0) < SMALLEST for count in (found.count, found.others, *shown.values()))
    if found.count is None:
        assert shown == {("watched", "silent"): None}
        return
    hidden = [place for place, key in enumerate(KEYS) if numbers[place] and shown.get(key) is None]
    assert sum(numbers[place] for place in hidden) == found.others
    for place in range(len(hidden)):
        possible = {split[place] for split in splits(found.others or 0, len(hidden))}
        assert len(possible) > SMALLEST, numbers


@given(st.tuples(*(st.integers(0, 9) for _ in range(3))))
def test_no_small_indicator_can_be_computed(numbers: tuple[int, ...]) -> None:
    """Of a rule that is told: those with few stand together."""
    indicators = ("critical", "warning", None)
    rows = [row("r1", n, indicator=each) for each, n in zip(indicators, numbers, strict=True) if n]
    for told in withheld(rows, {}, SMALLEST).rules:
        assert sum(each.count for each in told.indicators) == told.count
        assert all(each.count >= SMALLEST for each in told.indicators)
