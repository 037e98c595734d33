"""How a candidate differs: pair by pair, the most frequent first, and nothing small to be computed."""

from __future__ import annotations

from itertools import product

import pytest

from cdshooks.account import Compared, Said
from cdshooks.report.differences import differences, titles
from cdshooks.report.rows import Comparisons, RuleName
from cdshooks.report.shapes import CardSaid, Differences
from tests.cdshooks.report.splits import splits

DAY = 86400
KINDS = {
    "more": (Said(), Said(rules=("r2",), cards=(("r2", "info"),))),
    "fewer": (Said(rules=("r1",), cards=(("r1", "warning"),)), Said()),
    "refused": (Said(cards=(("r1", "warning"),)), Said(refused=True)),
    "graver": (Said(cards=(("r1", "info"),)), Said(cards=(("r1", "critical"),))),
}


def rows(*, same: int = 0, failed: int = 0, at: int = DAY, candidate: str = "2", **kinds: int) -> list[Comparisons]:
    """Return comparisons of one day."""
    said = {name: (Compared.DIFFERS, *KINDS[name], number) for name, number in kinds.items()}
    said |= {"same": (Compared.SAME, Said(), Said(), same), "failed": (Compared.FAILED, Said(), Said(), failed)}
    return [Comparisons("1", candidate, *each, at, at + 60) for each in said.values() if each[3]]


def told(numbers: dict[str, int], smallest: int = 11) -> Differences:
    """Return what is told of one pair."""
    (pair,) = differences(rows(**numbers), smallest)  # type: ignore[arg-type]
    return pair


def listed(pair: Differences) -> list[int]:
    """Return how often each difference is that is listed."""
    return [each.count for each in pair.differences]


def test_differences_are_told_the_most_frequent_first() -> None:
    """Cards of both, rules that apply in one only, refusals, and how many answers have more or fewer cards."""
    pair = told({"same": 500, "failed": 12, "more": 20, "refused": 30, "fewer": 14})
    assert (pair.compared, pair.same, pair.differs, pair.failed) == (576, 500, 64, 12)
    refused, more, fewer = pair.differences
    assert (refused.count, refused.current_refused, refused.candidate_refused) == (30, False, True)
    assert refused.current_cards == (CardSaid(rule="r1", indicator="warning"),)
    assert more.candidate_cards == (CardSaid(rule="r2", indicator="info"),)
    assert (more.count, more.current_cards, more.only_candidate_rules) == (20, (), ("r2",))
    assert (fewer.count, fewer.candidate_cards, fewer.only_current_rules) == (14, (), ("r1",))
    assert (pair.more_cards, pair.fewer_cards, pair.other_differences) == (20, 44, 0)


def test_what_came_on_several_days_is_one_difference() -> None:
    """With its first and its last day; the pair has its own."""
    days = [*rows(more=6, at=5 * DAY), *rows(more=7, at=2 * DAY), *rows(same=40, at=DAY)]
    (pair,) = differences(days, 11)
    (one,) = pair.differences
    assert (one.count, one.first_day, one.last_day) == (13, "1970-01-03", "1970-01-06")
    assert (pair.first_day, pair.last_day) == ("1970-01-02", "1970-01-06")


def test_each_pair_of_releases_stands_alone_the_latest_first() -> None:
    """One that was compared seldom is named, and nothing else is told of it."""
    pairs = differences([*rows(same=40), *rows(same=6, more=3, candidate="3", at=9 * DAY)], 11)
    assert [(each.candidate, each.compared) for each in pairs] == [("3", None), ("2", 40)]
    assert pairs[0] == Differences(release="1", candidate="3")


def test_rules_are_named_by_this_release() -> None:
    """Those that differences name; a rule that only a candidate has is not among them."""
    named = {"r1": RuleName("Rule one", "t"), "r3": RuleName("Rule three", "t")}
    assert titles([told({"more": 20, "fewer": 20})], named) == {"r1": "Rule one"}
    assert titles([told({"same": 40, "fewer": 3})], named) == {}


CASES: dict[str, tuple[dict[str, int], tuple[int | None, ...], list[int], int | None]] = {
    "all the same": ({"same": 90}, (90, 90, 0, 0), [], 0),
    "few differ: nor is told on how many they agree": ({"same": 90, "more": 3}, (93, None, None, 0), [], None),
    "few ways with few answers each are told together": (
        {"same": 90, "more": 20, "fewer": 6, "refused": 5},
        (121, 90, 31, 0),
        [20],
        11,
    ),
    "one way with few answers takes another with it": (
        {"same": 90, "more": 20, "fewer": 30, "refused": 5},
        (145, 90, 55, 0),
        [30],
        25,
    ),
    "few failed: how many differ is not told, but the ways in which most do": (
        {"same": 90, "more": 20, "fewer": 30, "failed": 4},
        (144, 90, None, None),
        [30],
        None,
    ),
    "few failed, few differ": ({"same": 90, "more": 6, "failed": 6}, (102, 90, None, None), [], None),
}  # fmt: skip


@pytest.mark.parametrize(("numbers", "outcomes", "kinds", "others"), CASES.values(), ids=CASES)
def test_small_counts_are_kept_back(
    numbers: dict[str, int], outcomes: tuple[int | None, ...], kinds: list[int], others: int | None
) -> None:
    """With the least that goes lost."""
    pair = told(numbers)
    assert (pair.compared, pair.same, pair.differs, pair.failed) == outcomes
    assert (listed(pair), pair.other_differences) == (kinds, others)


def test_with_one_as_the_smallest_count_all_is_told() -> None:
    """For the command, which who runs the service reads."""
    pair = told({"same": 2, "failed": 1, "more": 1, "fewer": 3}, 1)
    assert (pair.compared, pair.same, pair.differs, pair.failed) == (7, 2, 4, 1)
    assert (listed(pair), pair.other_differences) == ([3, 1], 0)


SMALLEST = 4


def test_no_small_count_can_be_computed() -> None:
    """Who knows every way in which they differ and tries every table finds more than all small counts for each."""
    for numbers in product((0, 1, 3, 4, 6), repeat=5):
        if any(numbers):
            _holds(dict(zip(("same", "failed", "more", "fewer", "graver"), numbers, strict=True)))


def _holds(true: dict[str, int]) -> None:
    pair = told(true, SMALLEST)
    if pair.compared is None:
        assert pair == Differences(release="1", candidate="2")
        return
    shown = [pair.compared, pair.same, pair.differs, pair.failed, pair.other_differences, *listed(pair)]
    assert all(not 0 < (count or 0) < SMALLEST for count in shown)
    known = {name: count for name, count in (("same", pair.same), ("failed", pair.failed)) if count is not None}
    ways = {each.current_cards + each.candidate_cards: each.count for each in pair.differences}
    for name in ("more", "fewer", "graver"):
        cards = tuple(CardSaid(rule=rule, indicator=how) for said in KINDS[name] for rule, how in said.cards)
        if cards in ways:
            known[name] = ways[cards]
    tables = _tables(pair, known)
    assert true in tables
    for name, count in true.items():
        if 0 < count < SMALLEST:
            assert len({table[name] for table in tables}) > SMALLEST, (true, name)
    if 0 < true["more"] + true["fewer"] + true["graver"] < SMALLEST:
        assert len({table["more"] + table["fewer"] + table["graver"] for table in tables}) > SMALLEST, true


def _tables(pair: Differences, known: dict[str, int]) -> list[dict[str, int]]:
    """Return every table that fits what is told."""
    hidden = [name for name in ("same", "failed", "more", "fewer", "graver") if name not in known]
    if pair.differs is None:
        groups = [(hidden, (pair.compared or 0) - sum(known.values()))]
    else:
        outcomes = [name for name in hidden if name in ("same", "failed")]
        told = sum(known.get(name, 0) for name in ("same", "failed"))
        groups = [
            (outcomes, (pair.compared or 0) - pair.differs - told),
            ([name for name in hidden if name not in outcomes], pair.other_differences or 0),
        ]
    parts = [[dict(zip(names, split, strict=True)) for split in _splits(rest, len(names))] for names, rest in groups]
    return [{**known, **{name: n for part in table for name, n in part.items()}} for table in product(*parts)]


def _splits(total: int, parts: int) -> list[tuple[int, ...]]:
    return list(splits(total, parts)) if parts else [()]
