"""Whether a worker is ready: what it needs is asked when somebody wants to know, and not more than once a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic
from types import MappingProxyType
from typing import NamedTuple

_KEEP_SECONDS = 1.0
"""Whoever may ask may ask often: the store must not pay for it."""

_PATIENCE_SECONDS = 3.0
"""Who asks holds a thread: a store that does not answer must not take all of them."""

OK = "ok"
FAILS = "fails"

_NOTHING: Mapping[str, int] = MappingProxyType({})


class Finding(NamedTuple):
    """What a check found: whether all is well, and what was counted, if anything is."""

    holds: bool
    counts: Mapping[str, int] = _NOTHING


class State(NamedTuple):
    """Whether requests can be answered; of each thing that was asked about ``ok`` or ``fails``, and its counts."""

    ready: bool
    checks: dict[str, str]
    counts: dict[str, dict[str, int]]


class _Check(NamedTuple):
    find: Callable[[], Finding]
    needed: bool


class Readiness:
    """Holds the checks of one worker."""

    def __init__(self, clock: Callable[[], float] = monotonic, *, patience: float = _PATIENCE_SECONDS) -> None:
        self._checks: dict[str, _Check] = {}
        self._lock = Lock()
        self._clock = clock
        self._patience = patience
        self._told: State | None = None
        self._until = 0.0

    def add(self, name: str, find: Callable[[], Finding], *, needed: bool = True) -> None:
        """Add a check; one that is not needed is told, but answers go on without it."""
        self._checks[name] = _Check(find, needed)

    def state(self) -> State:
        """Return how things stand, or stood a moment ago; not ready while somebody else waits long for an answer."""
        if not self._lock.acquire(timeout=self._patience):
            return State(ready=False, checks=dict.fromkeys(self._checks, FAILS), counts={})
        try:
            if self._told is None or self._clock() >= self._until:
                self._told = self._asked()
                self._until = self._clock() + _KEEP_SECONDS
            return self._told
        finally:
            self._lock.release()

    def _asked(self) -> State:
        found = {name: _found(check) for name, check in self._checks.items()}
        return State(
            ready=all(found[name].holds for name, check in self._checks.items() if check.needed),
            checks={name: OK if each.holds else FAILS for name, each in found.items()},
            counts={name: dict(each.counts) for name, each in found.items() if each.counts},
        )


def _found(check: _Check) -> Finding:
    try:
        return check.find()
    except Exception:  # noqa: BLE001 - what cannot be asked cannot be relied on
        return Finding(holds=False)
