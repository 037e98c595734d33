"""Words for cards: a record's text quoted so that it can do nothing, dates and lists as a person writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BACKTICKS = re.compile("`+")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,14}")

QUOTE_LENGTH = 200


def quote(text: str) -> str:
    """Quote a record's own words as a Markdown code span, in which no HTML, link or Markdown has a meaning."""
    words = " ".join(text.split())
    if not words.isprintable():
        words = "".join(character for character in words if character.isprintable())
    if len(words) > QUOTE_LENGTH:
        words = words[: QUOTE_LENGTH - 1].rstrip() + "…"
    if "`" not in words:
        return f"`{words}`"
    longest = max(len(run) for run in _BACKTICKS.findall(words))
    fence = "`" * (longest + 1)
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{pad}{words}{pad}{fence}"


def symbol(text: str | None) -> str | None:
    """Return a gene symbol of a record if it is one and cannot be anything else, else None."""
    return text if text and _SYMBOL.fullmatch(text) else None


def day(date: str | None) -> str | None:
    """Write a partial FHIR date as ``10 Sep 2026``, ``Sep 2026`` or ``2026``; None if it is not a date."""
    match = _PARTIAL_DATE.match(date or "")
    if not match:
        return None
    year, month, day_of_month = match.groups()
    if month is None:
        return year
    if not 1 <= int(month) <= len(_MONTHS):
        return None
    name = _MONTHS[int(month) - 1]
    return f"{int(day_of_month)} {name} {year}" if day_of_month else f"{name} {year}"


def either(words: Iterable[str]) -> str:
    """Write ``a``, ``a or b`` or ``a, b or c``; nothing of nothing."""
    *most, last = tuple(words) or ("",)
    return f"{', '.join(most)} or {last}" if most else last


def listing(words: Iterable[str]) -> str:
    """Write ``a``, ``a and b`` or ``a, b and c``; nothing of nothing."""
    *most, last = tuple(words) or ("",)
    return f"{', '.join(most)} and {last}" if most else last
