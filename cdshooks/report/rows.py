"""What the report is made from: counts of cards, as store/outcomes.py asks the ledger for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

WEEK = 7 * 86400
MONDAY = 4 * 86400
"""The first Monday of 1970, in seconds: weeks are those of ISO 8601, in UTC, counted from there."""


def week_of(at: float) -> int:
    """Return the week of a moment."""
    return int((at - MONDAY) // WEEK)


def monday_of(week: int) -> date:
    """Return the first day of a week."""
    return datetime.fromtimestamp(MONDAY + week * WEEK, UTC).date()


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


class Rows(NamedTuple):
    """All of it."""

    cards: Iterable[Cards]
    times: Iterable[Times]
    responses: Iterable[Responses]
    unknown: int  # feedback about cards that are not in the ledger


class RuleName(NamedTuple):
    """How a rule is called."""

    title: str
    topic: str


class Names(NamedTuple):
    """What the services call their rules and, by system and code, their reasons for an override."""

    rules: Mapping[str, RuleName]
    reasons: Mapping[tuple[str | None, str], str]
