"""How a candidate release compares with the current one: rows of the ledger -> what may be told of each pair; pure.

What is told of a pair are parts of the answers that were compared: those that say the same, the ways in which others
differ, those on which the candidate failed. Parts with few answers are kept back until their sum is no small count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cdshooks.account import Compared, Said
from cdshooks.report.rows import Comparisons, RuleName, day_of
from cdshooks.report.shapes import CardSaid, Difference, Differences
from cdshooks.report.small_counts import kept, small


class _Kind(NamedTuple):
    """One way in which two releases differ."""

    current: Said
    other: Said


def differences(rows: Iterable[Comparisons], smallest: int = 1) -> tuple[Differences, ...]:
    """Return what may be told of each pair of releases, the latest first; with 1 as the smallest count, all."""
    pairs: defaultdict[tuple[str, str], list[Comparisons]] = defaultdict(list)
    for row in rows:
        pairs[row.release, row.candidate].append(row)
    latest = sorted(pairs.items(), key=lambda pair: (max(row.last for row in pair[1]), pair[0]), reverse=True)
    return tuple(_pair(*names, each, smallest) for names, each in latest)


def titles(pairs: Iterable[Differences], rules: Mapping[str, RuleName]) -> dict[str, str]:
    """Return how the rules that differences name are called; a rule of the candidate only has no name here."""
    named: set[str] = set()
    for each in (each for pair in pairs for each in pair.differences):
        named.update(each.only_current_rules, each.only_candidate_rules)
        named.update(card.rule for card in (*each.current_cards, *each.candidate_cards))
    return {rule: rules[rule].title for rule in sorted(named & rules.keys())}


def _pair(release: str, candidate: str, rows: Sequence[Comparisons], smallest: int) -> Differences:
    outcomes = Counter(dict.fromkeys(Compared, 0))
    kinds: defaultdict[_Kind, list[Comparisons]] = defaultdict(list)
    for row in rows:
        outcomes[Compared(row.outcome)] += row.number
        if row.outcome == Compared.DIFFERS:
            kinds[_Kind(row.current, row.other)].append(row)
    if small(outcomes.total(), smallest):
        return Differences(release=release, candidate=candidate)
    counts = {kind: _number(each) for kind, each in kinds.items()}
    told = {each: outcomes[each] for each in kept(outcomes, smallest)}
    if Compared.DIFFERS in told:
        alone = kept(counts, smallest)
    else:  # the kinds are parts of all, as no sum of theirs is told
        parts = {Compared.SAME: outcomes[Compared.SAME], Compared.FAILED: outcomes[Compared.FAILED]}
        open_ = kept({**parts, **counts}, smallest)
        told = {each: count for each, count in parts.items() if each in open_}
        alone = open_ & counts.keys()
    listed = sorted((_difference(kind, kinds[kind]) for kind in alone), key=lambda each: (-each.count, str(each)))
    differs = told.get(Compared.DIFFERS)
    return Differences(
        release=release,
        candidate=candidate,
        compared=outcomes.total(),
        same=told.get(Compared.SAME),
        differs=differs,
        failed=told.get(Compared.FAILED),
        more_cards=sum(each.count for each in listed if len(each.candidate_cards) > len(each.current_cards)),
        fewer_cards=sum(each.count for each in listed if len(each.candidate_cards) < len(each.current_cards)),
        differences=tuple(listed),
        other_differences=None if differs is None else differs - sum(each.count for each in listed),
        first_day=_first_day(rows),
        last_day=_last_day(rows),
    )


def _difference(kind: _Kind, rows: Sequence[Comparisons]) -> Difference:
    return Difference(
        count=_number(rows),
        current_cards=_cards(kind.current),
        candidate_cards=_cards(kind.other),
        only_current_rules=kind.current.rules,
        only_candidate_rules=kind.other.rules,
        current_refused=kind.current.refused,
        candidate_refused=kind.other.refused,
        first_day=_first_day(rows),
        last_day=_last_day(rows),
    )


def _cards(said: Said) -> tuple[CardSaid, ...]:
    return tuple(CardSaid(rule=rule, indicator=indicator) for rule, indicator in said.cards)


def _number(rows: Iterable[Comparisons]) -> int:
    return sum(row.number for row in rows)


def _first_day(rows: Iterable[Comparisons]) -> str:
    return day_of(min(row.first for row in rows)).isoformat()


def _last_day(rows: Iterable[Comparisons]) -> str:
    return day_of(max(row.last for row in rows)).isoformat()
