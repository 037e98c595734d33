"""Small counts stay unknown: held against everybody who subtracts, by trying every table that fits what is shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.report.small_counts import Row, kept, shown, shown_totals
from cdshooks.report.tally import Level, Tally, levels
from tests.cdshooks.report.splits import splits

SMALLEST = 4
Columns = dict[int, Row]


def possible(columns: Columns, open_: frozenset[int]) -> dict[tuple[int, int], set[int]]:
    """Return what each cell that is kept back may be, for who knows all margins and every column that is shown."""
    hidden = [key for key in columns if key not in open_]
    rows = [sum(columns[key][row] for key in hidden) for row in range(2)]
    found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    totals = [sum(columns[key]) for key in hidden]
    for first in product(*(range(total + 1) for total in totals)):
        if sum(first) == rows[0]:
            for key, value, total in zip(hidden, first, totals, strict=True):
                found[key, 0].add(value)
                found[key, 1].add(total - value)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_no_small_count_can_be_computed(seed: int) -> None:
    """Margins known, columns known: a small count may still be as many things as there are small counts, or more."""
    dice = Random(seed)  # noqa: S311 - tables for a test
    columns: Columns = {key: (dice.choice((0, 1, 3, 4, 6, 9)), dice.choice((0, 2, 4, 5, 8))) for key in range(4)}
    rows = tuple(sum(each[row] for each in columns.values()) for row in range(2))
    if any(0 < total < SMALLEST for total in (*rows, *map(sum, columns.values()))):
        return  # such margins are not shown, so that nothing below them is
    open_ = shown(columns, SMALLEST)
    assert all(count == 0 or count >= SMALLEST for key in open_ for count in columns[key])
    for (key, row), values in possible(columns, open_).items():
        if 0 < columns[key][row] < SMALLEST:
            assert len(values) > SMALLEST, (columns, open_, key, row)


@given(st.lists(st.integers(0, 12), max_size=6))
def test_totals_that_are_kept_back_may_be_anything_small(counts: list[int]) -> None:
    """Their sum is known; each of them may be nothing, or any small count."""
    if 0 < sum(counts) < SMALLEST:
        return
    columns = dict(enumerate(counts))
    hidden = [key for key in columns if key not in shown_totals(columns, SMALLEST)]
    rest = sum(columns[key] for key in hidden)
    if not rest:
        assert all(count == 0 or count >= SMALLEST for count in counts)
        return
    found: defaultdict[int, set[int]] = defaultdict(set)
    for split in splits(min(rest, 12), len(hidden)):
        for key, value in zip(hidden, split, strict=True):
            found[key].add(value)
    assert all(set(range(SMALLEST)) <= values for values in found.values())


CASES: dict[str, tuple[Columns, set[int]]] = {
    "none is small": ({1: (20, 30), 2: (11, 0)}, {1, 2}),
    "one is small: another goes with it": ({1: (20, 30), 2: (15, 3), 3: (40, 40)}, {3}),
    "two small ones cover each other": ({1: (8, 30), 2: (9, 20), 3: (40, 40)}, {3}),
    "the smallest that helps goes": ({1: (3, 30), 2: (0, 12), 3: (12, 12), 4: (50, 50)}, {2, 4}),
    "a row that is small as a whole": ({1: (3, 30), 2: (0, 40)}, set()),
}


@pytest.mark.parametrize(("columns", "expected"), CASES.values(), ids=CASES)
def test_columns_are_kept_back_until_the_remainder_is_no_small_count(columns: Columns, expected: set[int]) -> None:
    """With the least that goes lost."""
    assert shown(columns, 11) == expected


def test_an_empty_column_is_told_only_if_nothing_is_kept_back() -> None:
    """Eleven weeks of one card each would be told by the weeks that had none."""
    assert shown_totals({1: 0, 2: 40, 3: 12}, 11) == {1, 2, 3}
    assert shown_totals({1: 0, 2: 40, **dict.fromkeys(range(3, 14), 1)}, 11) == {2}


def test_few_overrides_of_a_reason_are_told_with_others() -> None:
    """What is told as one is no small count either."""
    assert kept({"a": 40, "b": 12, "c": 3}, 11) == {"a"}
    assert kept({"a": 40, "b": 12, "c": 9, "d": 4}, 11) == {"a", "b"}


def test_each_level_is_shown_only_where_the_one_before_is() -> None:
    """Fired, then accepted, then all outcomes, then reasons; of a whole that is not shown, nothing."""
    columns = {
        "many": Tally(accepted=30, ignored=30, reasons=Counter(why=30)),
        "few ignored": Tally(accepted=30, ignored=3, reasons=Counter(why=30)),
        "few accepted": Tally(accepted=8, ignored=20),
        "eleven": Tally(accepted=5, ignored=2, reasons=Counter(why=4)),
    }
    expected = [Level.REASONS, Level.ACCEPTED, Level.FIRED, Level.FIRED]
    for tally in columns.values():
        tally.reasons["other"] = 2 * tally.reasons["why"]
    assert list(levels(columns, Level.REASONS, 11, ("why",)).values()) == expected
    assert set(levels(columns, Level.NOTHING, 11).values()) == {Level.NOTHING}
