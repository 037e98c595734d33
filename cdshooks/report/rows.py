"""What the report is made from: counts of cards, as store/outcomes.py asks the ledger for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

from cdshooks.account import Said

WEEK = 7 * 86400
MONDAY = 4 * 86400
"""The first Monday of 1970, in seconds: weeks are those of ISO 8601, in UTC, counted from there."""


def week_of(at: float) -> int:
    """Return the week of a moment."""
    return int((at - MONDAY) // WEEK)


def monday_of(week: int) -> date:
    """Return the first day of a week."""
    return day_of(MONDAY + week * WEEK)


def day_of(at: int) -> date:
    """Return the day of a moment, in UTC."""
    return datetime.fromtimestamp(at, UTC).date()


class Client(NamedTuple):
    """Who was answered, as its token proved; a sandbox asks for no token."""

    iss: str | None
    tenant: str | None


class Cards(NamedTuple):
    """So many cards of a rule, given to a client in a week, that came to the same end."""

    week: int
    client: Client
    rule: str | None
    outcome: str | None  # accepted, overridden, or nothing was told
    reason_system: str | None
    reason_code: str | None
    number: int


class Times(NamedTuple):
    """So many cards whose answers took as long."""

    week: int
    client: Client
    rule: str | None
    milliseconds: int
    number: int


class Responses(NamedTuple):
    """So many cards about which was told after as many seconds."""

    rule: str | None
    seconds: int
    number: int


class Withheld(NamedTuple):
    """A rule that applied so many times and was not shown, for the same reason."""

    rule: str
    why: str
    indicator: str | None  # of the card that it would have given; None if none of its own
    number: int
    first: int  # when, in seconds since 1970
    last: int


class Comparisons(NamedTuple):
    """So many answers on which a candidate release compares alike with the current one."""

    release: str
    candidate: str
    outcome: str  # same, differs, or failed
    current: Said  # the rules are those that applied in this release only
    other: Said
    number: int
    first: int  # when, in seconds since 1970
    last: int


class Rows(NamedTuple):
    """All of it."""

    cards: Iterable[Cards]
    times: Iterable[Times]
    responses: Iterable[Responses]
    unknown: int  # feedback about cards that are not in the ledger
    withheld: Iterable[Withheld] = ()
    comparisons: Iterable[Comparisons] = ()


class RuleName(NamedTuple):
    """How a rule is called, and whether a site watches it in silent mode now."""

    title: str
    topic: str
    silent: bool = False


class Names(NamedTuple):
    """What the services call their rules and, by system and code, their reasons for an override."""

    rules: Mapping[str, RuleName]
    reasons: Mapping[tuple[str | None, str], str]
