"""Counting what became of cards, in tables whose columns are shown as finely as small counts allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from cdshooks.report.shapes import Figures, Reason
from cdshooks.report.small_counts import Row, shown, shown_totals

_Key = TypeVar("_Key", bound=Hashable)

ACCEPTED, OVERRIDDEN = "accepted", "overridden"


class Level(IntEnum):
    """How finely a column is shown; each level holds those before it."""

    NOTHING = 0
    FIRED = 1
    ACCEPTED = 2
    OUTCOMES = 3
    REASONS = 4


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts cards; overrides by their reason."""

    accepted: int = 0
    ignored: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    milliseconds: Counter[int] = field(default_factory=Counter)

    @property
    def overridden(self) -> int:
        """How many were overridden."""
        return self.reasons.total()

    @property
    def fired(self) -> int:
        """How many there are."""
        return self.accepted + self.ignored + self.overridden

    def add(self, outcome: str | None, reason: str, count: int) -> None:
        """Count cards that came to the same end."""
        if outcome == ACCEPTED:
            self.accepted += count
        elif outcome == OVERRIDDEN:
            self.reasons[reason] += count
        else:
            self.ignored += count


def levels(columns: Mapping[_Key, Tally], most: Level, smallest: int, kept: Sequence[str] = ()) -> dict[_Key, Level]:
    """Return how finely each column may be shown, where the whole is shown at the level ``most``."""
    found = dict.fromkeys(columns, Level.NOTHING)
    if most >= Level.FIRED:
        for key in shown_totals({key: tally.fired for key, tally in columns.items()}, smallest):
            found[key] = Level.FIRED
    for level, rows in _rows(kept).items():
        if level > most:
            break
        closed = {key for key, reached in found.items() if reached < level - 1}
        for key in shown({key: rows(tally) for key, tally in columns.items()}, smallest, closed):
            found[key] = level
    return found


def _rows(kept: Sequence[str]) -> dict[Level, Callable[[Tally], Row]]:
    """Return the rows of the table at each level above the first: each splits those of the level before."""
    return {
        Level.ACCEPTED: lambda tally: (tally.accepted, tally.fired - tally.accepted),
        Level.OUTCOMES: lambda tally: (tally.accepted, tally.overridden, tally.ignored),
        Level.REASONS: lambda tally: (*(by := [tally.reasons[each] for each in kept]), tally.overridden - sum(by)),
    }


def figures(tally: Tally, level: Level, smallest: int, kept: Sequence[str], rest: str) -> Figures:
    """Return what is shown of a column at a level."""
    at = tally.fired if level >= Level.FIRED else None
    return Figures(
        fired=at,
        accepted=tally.accepted if level >= Level.ACCEPTED else None,
        overridden=tally.overridden if level >= Level.OUTCOMES else None,
        ignored=tally.ignored if level >= Level.OUTCOMES else None,
        acceptance=percent(tally.accepted, tally.fired) if level >= Level.ACCEPTED else None,
        acceptance_of_answered=(
            percent(tally.accepted, tally.accepted + tally.overridden) if level >= Level.OUTCOMES else None
        ),
        median_milliseconds=median(tally.milliseconds) if at and at >= smallest else None,
        reasons=_reasons(tally, kept, rest) if level >= Level.REASONS else None,
    )


def _reasons(tally: Tally, kept: Sequence[str], rest: str) -> tuple[Reason, ...]:
    told = {reason: tally.reasons[reason] for reason in kept}
    told[rest] = tally.overridden - sum(told.values())
    return tuple(Reason(reason=reason, overridden=count) for reason, count in told.items() if count)


def summed(parts: Iterable[Figures]) -> Figures:
    """Return the sums of figures whose outcomes are shown; what is made of shown numbers tells no other."""
    told = [each for each in parts if each.ignored is not None]
    fired, accepted = sum(each.fired or 0 for each in told), sum(each.accepted or 0 for each in told)
    overridden = sum(each.overridden or 0 for each in told)
    return Figures(
        fired=fired,
        accepted=accepted,
        overridden=overridden,
        ignored=sum(each.ignored or 0 for each in told),
        acceptance=percent(accepted, fired),
        acceptance_of_answered=percent(accepted, accepted + overridden),
    )


def percent(part: int, whole: int) -> float | None:
    """Return a share, with one decimal."""
    return round(100 * part / whole, 1) if whole else None


def median(counts: Counter[int]) -> float | None:
    """Return the median of counted values."""
    total = counts.total()
    if not total:
        return None
    middle, passed = ((total - 1) // 2, total // 2), 0
    found: list[int] = []
    for value in sorted(counts):
        passed += counts[value]
        found += [value for place in middle[len(found) :] if place < passed]
    return sum(found) / 2
