"""Small counts are kept back, and so much beside them that no subtraction brings them back.

What is published of a table is, for each column (a rule, a week, a client), all of its rows (outcomes) or none, and for
each row the total over all columns. A row's total less what is shown is then known, too. So columns are kept back until
that remainder is, in each row, nothing or no small count. What is left to guess is a table with known margins, none of
which is small; each cell of such a table may hold anything in a range at least as wide as the smallest of them
(docs/report.md). Whole columns, as single cells that are kept back can often be computed from others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

_Key = TypeVar("_Key")
Row = tuple[int, ...]


def small(count: int, smallest: int) -> bool:
    """Tell whether a count is too small to be shown; nothing is no count of anybody."""
    return 0 < count < smallest


def shown(columns: Mapping[_Key, Row], smallest: int, closed: Collection[_Key] = ()) -> frozenset[_Key]:
    """Return the columns that may be shown; those that are closed are kept back already."""
    open_ = {key for key, rows in columns.items() if key not in closed and not _any_small(rows, smallest)}
    while True:
        kept_back = [rows for key, rows in columns.items() if key not in open_]
        row = next(
            (i for i, total in enumerate(map(sum, zip(*kept_back, strict=True))) if small(total, smallest)), None
        )
        if row is None:
            return frozenset(open_)
        fuller = [key for key in columns if key in open_ and columns[key][row]]
        if not fuller:
            return frozenset()  # the row is small as a whole: its total must not be shown either
        open_.remove(min(fuller, key=lambda key: sum(columns[key])))  # the one that costs the reader least


def shown_totals(columns: Mapping[_Key, int], smallest: int) -> frozenset[_Key]:
    """Return the columns whose only row may be shown.

    Among columns that are kept back none is known to be more than nothing: an empty one is shown only if all are.
    """
    full = {key: (count,) for key, count in columns.items() if count}
    open_ = shown(full, smallest)
    return frozenset(columns) if len(open_) == len(full) else open_


def kept(parts: Mapping[_Key, int], smallest: int) -> frozenset[_Key]:
    """Return the parts of a total that may stand alone; the others are told as one, which is no small count either."""
    return shown({key: (count,) for key, count in parts.items()}, smallest)


def _any_small(rows: Row, smallest: int) -> bool:
    return any(small(count, smallest) for count in rows)
