"""FHIR partial dates as text: kept as reported, compared only as far as they are known.

``2026`` may be any day of 2026, so it is neither before nor after ``2026-09-10``; no date at all may be any day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T.*)?)?)?", re.DOTALL)
_LONGEST_DATE = 40  # characters of an instant with a zone, and some blanks
_AFTER_ALL = "~"  # sorts after every digit and hyphen


def partial_date(text: str | None) -> str | None:
    """Return the date part of a FHIR date, dateTime or instant, or None if it is none."""
    return _partial_date(text) if text and len(text) <= _LONGEST_DATE else None


@lru_cache(maxsize=4096)
def _partial_date(text: str) -> str | None:
    found = _PARTIAL.fullmatch(text.strip())
    if not found:
        return None
    year, month, day = found.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join(part for part in (year, month, day) if part)


def earliest(day: str | None) -> str:
    """Return a key that sorts as the first day that a partial date can mean."""
    return day or ""


def latest(day: str | None) -> str:
    """Return a key that sorts after the last day that a partial date can mean, and before the next one."""
    return (day or "") + _AFTER_ALL


def is_after(day: str | None, other: str | None) -> bool:
    """Return True only if ``day`` is certainly later than ``other``."""
    return earliest(day) > latest(other)


def days_after(day: str | None, days: int) -> str | None:
    """Return the day so many days later; None if the day is not fully known, or beyond the calendar."""
    try:
        return (date.fromisoformat(day or "") + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return None


def current(things: Sequence[T], date_of: Callable[[T], str | None]) -> list[T]:
    """Return the things than which no other is certainly newer; of an unknown day that is never certain."""
    newest = max((earliest(date_of(each)) for each in things), default="")
    return [each for each in things if latest(date_of(each)) >= newest]


def newest_first(things: Iterable[T], date_of: Callable[[T], str | None]) -> tuple[T, ...]:
    """Return things by falling date, each once, those without a date last, equal dates in a fixed order."""
    things = tuple(things)
    if len(things) <= 1:
        return things
    distinct = set(things)
    dates = {thing: date_of(thing) or "" for thing in distinct}
    fixed = distinct if len(set(dates.values())) == len(distinct) else sorted(distinct, key=repr)
    return tuple(sorted(fixed, key=dates.__getitem__, reverse=True))
