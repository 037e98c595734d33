"""Whether a worker is ready: what it needs is asked when somebody wants to know, and not more than once a second."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import NamedTuple

_KEEP_SECONDS = 1.0
"""Whoever may ask may ask often: the store must not pay for it."""

OK = "ok"
FAILS = "fails"


class State(NamedTuple):
    """Whether requests can be answered, and each thing that was asked about with ``ok`` or ``fails``."""

    ready: bool
    checks: dict[str, str]


class _Check(NamedTuple):
    holds: Callable[[], bool]
    needed: bool


class Readiness:
    """Holds the checks of one worker."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._checks: dict[str, _Check] = {}
        self._lock = Lock()
        self._clock = clock
        self._told: State | None = None
        self._until = 0.0

    def add(self, name: str, holds: Callable[[], bool], *, needed: bool = True) -> None:
        """Add a check; one that is not needed is told, but answers go on without it."""
        self._checks[name] = _Check(holds, needed)

    def state(self) -> State:
        """Return how things stand, or stood a moment ago."""
        with self._lock:
            if self._told is None or self._clock() >= self._until:
                self._told = self._asked()
                self._until = self._clock() + _KEEP_SECONDS
            return self._told

    def _asked(self) -> State:
        held = {name: check.holds() for name, check in self._checks.items()}
        ready = all(held[name] for name, check in self._checks.items() if check.needed)
        return State(ready, {name: OK if holds else FAILS for name, holds in held.items()})
