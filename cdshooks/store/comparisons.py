"""What differs between the current release and a candidate, counted: for a committee to read. No patient is in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Engine, select

from cdshooks.account import Compared
from cdshooks.store.models import ReleaseComparison

_PORTION = 1000


class CardSaid(Struct, frozen=True, kw_only=True):
    """One card: the rule that speaks, and its indicator."""

    rule: str
    indicator: str


class Difference(Struct, frozen=True, kw_only=True, rename="camel"):
    """One way in which the releases differ, and how often."""

    count: int
    current_cards: tuple[CardSaid, ...]
    candidate_cards: tuple[CardSaid, ...]
    only_current_rules: tuple[str, ...]  # rules that applied in the current release only
    only_candidate_rules: tuple[str, ...]
    current_refused: bool  # with 412
    candidate_refused: bool
    first_day: str  # in UTC
    last_day: str


class Differences(Struct, frozen=True, kw_only=True, rename="camel"):
    """All comparisons of one candidate with one current release."""

    release: str
    candidate: str
    compared: int  # answers, those on which the candidate failed included
    same: int
    differs: int
    failed: int
    more_cards: int  # answers on which the candidate gives more cards
    fewer_cards: int
    differences: tuple[Difference, ...]  # most frequent first


def differences(engine: Engine, *, since: int = 0, before: int | None = None) -> tuple[Differences, ...]:
    """Return the differences of each pair of releases, the latest first; times in seconds since 1970."""
    pairs: dict[tuple[str, str], _Tally] = {}
    for row in _rows(engine, since, before):
        pairs.setdefault((row.release, row.candidate), _Tally()).add(row)
    latest = sorted(pairs.items(), key=lambda each: each[1].last, reverse=True)
    return tuple(tally.told(*pair) for pair, tally in latest)


def _rows(engine: Engine, since: int, before: int | None) -> Iterator[Any]:
    table = ReleaseComparison
    wanted = select(*table.__table__.columns).where(table.compared_at >= since).order_by(table.compared_at, table.id)
    if before is not None:
        wanted = wanted.where(table.compared_at < before)
    with engine.connect() as connection:
        yield from connection.execution_options(yield_per=_PORTION).execute(wanted)


class _Tally:
    """Counts the comparisons of one pair."""

    def __init__(self) -> None:
        self.last = 0
        self._outcomes: Counter[str] = Counter()
        self._cards: Counter[int] = Counter()
        self._kinds: dict[str, tuple[Any, list[int]]] = {}

    def add(self, row: Any) -> None:  # noqa: ANN401 - a row
        self.last = row.compared_at
        self._outcomes[row.outcome] += 1
        if row.outcome != Compared.DIFFERS:
            return
        more = len(row.candidate_cards) - len(row.current_cards)
        self._cards[(more > 0) - (more < 0)] += 1
        said = (row.current_cards, row.candidate_cards, row.only_current, row.only_candidate)
        kind = json.dumps([*said, row.current_refused, row.candidate_refused])
        self._kinds.setdefault(kind, (row, []))[1].append(row.compared_at)

    def told(self, release: str, candidate: str) -> Differences:
        kinds = sorted(self._kinds.values(), key=lambda each: -len(each[1]))
        return Differences(
            release=release,
            candidate=candidate,
            compared=self._outcomes.total(),
            same=self._outcomes[Compared.SAME],
            differs=self._outcomes[Compared.DIFFERS],
            failed=self._outcomes[Compared.FAILED],
            more_cards=self._cards[1],
            fewer_cards=self._cards[-1],
            differences=tuple(_difference(row, times) for row, times in kinds),
        )


def _difference(row: Any, times: Sequence[int]) -> Difference:  # noqa: ANN401 - a row
    return Difference(
        count=len(times),
        current_cards=_cards(row.current_cards),
        candidate_cards=_cards(row.candidate_cards),
        only_current_rules=tuple(row.only_current),
        only_candidate_rules=tuple(row.only_candidate),
        current_refused=row.current_refused,
        candidate_refused=row.candidate_refused,
        first_day=_day(times[0]),
        last_day=_day(times[-1]),
    )


def _cards(said: Sequence[Sequence[str]]) -> tuple[CardSaid, ...]:
    return tuple(CardSaid(rule=rule, indicator=indicator) for rule, indicator in said)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
