"""The report as it leaves: the page and the spreadsheet are made of it, and it is the JSON. None: kept back."""

from __future__ import annotations

from msgspec import Struct


class _Told(Struct, frozen=True, kw_only=True, rename="camel"):
    """In JSON the members are in camelCase."""


class Reason(_Told, frozen=True):
    """Why cards were overridden, and how many; those of reasons with few cards are one."""

    reason: str
    overridden: int


class Figures(_Told, frozen=True):
    """What became of cards, as far as it may be told."""

    fired: int | None = None
    accepted: int | None = None
    overridden: int | None = None
    ignored: int | None = None
    acceptance: float | None = None  # percent of fired
    acceptance_of_answered: float | None = None  # percent of accepted and overridden
    median_milliseconds: float | None = None
    reasons: tuple[Reason, ...] | None = None


class Period(_Told, frozen=True):
    """Some weeks, from a Monday to a Sunday."""

    first: str
    last: str
    weeks: int
    figures: Figures


class ClientFigures(_Told, frozen=True):
    """What became of the cards of one client."""

    client: str
    figures: Figures


class RuleFigures(_Told, frozen=True):
    """One rule."""

    rule: str
    title: str
    topic: str
    figures: Figures
    acceptance_at_most: float | None  # percent, where the acceptance itself is kept back
    low: bool  # the acceptance is below the threshold
    median_seconds_to_feedback: float | None
    weeks_per_period: int
    periods: tuple[Period, ...]
    clients: tuple[ClientFigures, ...]


class Together(_Told, frozen=True):
    """Sums of what is shown of the rules, and of how many cards they speak."""

    cards: int
    weeks_per_period: int
    periods: tuple[Period, ...]
    clients: tuple[ClientFigures, ...]
    client_cards: int
    reasons: tuple[Reason, ...]


class Report(_Told, frozen=True):
    """All of it."""

    data: str  # "ledger", or "invented"
    made: str
    first: str
    last: str
    weeks: int
    smallest_count: int
    acceptance_threshold: int
    total: Figures
    rules: tuple[RuleFigures, ...]
    other_rules: int | None  # cards of all rules that are not listed, as they have few
    together: Together
    feedback_on_unknown_cards: int | None
