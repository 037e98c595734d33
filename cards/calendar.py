"""What partial dates can mean: a date that is not fully known is any day that it can be."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

_DECEMBER = 12


def first_day(day: str | None) -> date | None:
    """Return the first day that a partial date can mean; None if there is no date."""
    parts = _parts(day)
    return date(parts[0], *[*parts[1:], 1, 1][:2]) if parts else None


def last_day(day: str | None) -> date | None:
    """Return the last day that a partial date can mean; None if there is no date."""
    parts = _parts(day)
    if not parts:
        return None
    year, month = parts[0], parts[1] if len(parts) > 1 else _DECEMBER
    return date(year, month, parts[2] if len(parts) > 2 else monthrange(year, month)[1])  # noqa: PLR2004 - y, m, d


def certainly_after(day: str | None, other: str | None) -> bool:
    """Return True only if ``day`` is later than ``other`` whatever they mean."""
    first, last = first_day(day), last_day(other)
    return first is not None and last is not None and first > last


def years_between(born: date, as_of: date) -> int:
    """Return the whole years of age on a day."""
    return as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))


def _parts(day: str | None) -> list[int]:
    if not day:
        return []
    try:
        parts = [int(part) for part in day.split("-")]
        date(*[*parts, 1, 1][:3])
    except (TypeError, ValueError):
        return []
    return parts[:3]
