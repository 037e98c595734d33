"""The report as it leaves: the page and the spreadsheet are made of it, and it is the JSON. None: kept back."""

from __future__ import annotations

from collections.abc import Mapping

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


class Indicated(_Told, frozen=True):
    """How often a rule would have spoken with an indicator; indicators with few are one."""

    indicator: str  # "critical" | "warning" | "info" | "none": no card of its own | "other"
    count: int


class WithheldRule(_Told, frozen=True):
    """One rule that applied and was not shown, for one reason."""

    rule: str
    title: str
    why: str  # "silent" | "max-cards" | "repeated" | "overridden"
    now: str  # "silent" | "shown" | "not in use"
    count: int | None
    indicators: tuple[Indicated, ...] = ()
    first_day: str | None = None  # in UTC
    last_day: str | None = None


class WithheldFigures(_Told, frozen=True):
    """What was not shown; of rules in silent mode all are listed."""

    count: int | None
    rules: tuple[WithheldRule, ...]
    others: int | None  # of all that is kept back


class CardSaid(_Told, frozen=True):
    """One card: the rule that speaks, and its indicator."""

    rule: str
    indicator: str


class Difference(_Told, frozen=True):
    """One way in which two releases differ, and how often."""

    count: int
    current_cards: tuple[CardSaid, ...]
    candidate_cards: tuple[CardSaid, ...]
    only_current_rules: tuple[str, ...]  # rules that applied in the current release only
    only_candidate_rules: tuple[str, ...]
    current_refused: bool  # with 412
    candidate_refused: bool
    first_day: str  # in UTC
    last_day: str


class Differences(_Told, frozen=True):
    """All comparisons of one candidate with one current release."""

    release: str
    candidate: str
    compared: int | None = None  # answers, those on which the candidate failed included
    same: int | None = None
    differs: int | None = None
    failed: int | None = None
    more_cards: int = 0  # of the differences listed: answers on which the candidate gives more cards
    fewer_cards: int = 0
    differences: tuple[Difference, ...] = ()  # most frequent first
    other_differences: int | None = None  # with few answers each
    first_day: str | None = None  # in UTC
    last_day: str | None = None


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
    withheld: WithheldFigures
    candidates: tuple[Differences, ...]  # the latest first
    titles: Mapping[str, str]  # of the rules of this release that the differences name
