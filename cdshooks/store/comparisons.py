"""What a candidate release would have said otherwise, counted by the database; no patient is in it."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Executable, Row, Text, cast, func, select

from cdshooks.account import Said
from cdshooks.report.differences import differences as told
from cdshooks.report.rows import Comparisons
from cdshooks.report.shapes import Differences
from cdshooks.store.engine import reading
from cdshooks.store.models import ReleaseComparison as Table

_OF_PAIR = (Table.release, Table.candidate, Table.outcome)
_SAID = (  # PostgreSQL does not group by JSON
    cast(Table.only_current, Text),
    cast(Table.current_cards, Text),
    Table.current_refused,
    cast(Table.only_candidate, Text),
    cast(Table.candidate_cards, Text),
    Table.candidate_refused,
)
_BY = (*_OF_PAIR, *_SAID)


def differences(engine: Engine, *, since: int = 0, before: int | None = None) -> tuple[Differences, ...]:
    """Return all differences of each pair of releases, the latest first; times in seconds since 1970."""
    with reading(engine) as connection:
        return told(count(connection, since, before))


def count(connection: Connection, since: int, before: int | None) -> list[Comparisons]:
    """Return the comparisons of this time, counted."""
    return [_comparisons(row) for row in connection.execute(_counted(since, before))]


def _counted(since: int, before: int | None) -> Executable:
    times = (func.count(), func.min(Table.compared_at), func.max(Table.compared_at))
    counted = select(*_BY, *times).where(Table.compared_at >= since).group_by(*_BY)
    return counted if before is None else counted.where(Table.compared_at < before)


def _comparisons(row: Row[Any]) -> Comparisons:
    release, candidate, outcome = row[: len(_OF_PAIR)]
    said, times = row[len(_OF_PAIR) : len(_BY)], row[len(_BY) :]
    middle = len(said) // 2
    return Comparisons(release, candidate, outcome, _said(*said[:middle]), _said(*said[middle:]), *times)


def _said(rules: str, cards: str, refused: bool) -> Said:  # noqa: FBT001 - columns of the table
    return Said(
        rules=msgspec.json.decode(rules, type=tuple[str, ...]),
        cards=msgspec.json.decode(cards, type=tuple[tuple[str, str], ...]),
        refused=refused,
    )
