"""The public keys of a CDS Client: from its ``jku`` or from a file, cached, asked for again when a key is unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from threading import Lock
from time import monotonic
from typing import Any

import jwt
import msgspec

from cdshooks import log

_RETRY_SECONDS = 60.0
"""A key set is not asked for more often, however many unknown keys are named."""

_FRESH_SECONDS = 3600.0
"""After so long it is asked for again: a key that the client has withdrawn must not be good for ever."""

_STALE_SECONDS = 24 * 3600.0
"""If it cannot be had, the old keys are good for so long."""

_MOST_KEYS = 100
_SHORTEST_RSA = 2048

_ALGORITHMS: Mapping[tuple[str, str | None], frozenset[str]] = {
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("RSA", None): frozenset({"RS256", "RS384"}),
}
"""What a kind of key may sign. A symmetric key ("oct") may sign nothing here."""


class KeySetFault(StrEnum):
    """Why a key set cannot be had; for the log."""

    UNREADABLE_FILE = "unreadable-file"
    UNREACHABLE = "unreachable"
    NO_SUCCESS = "no-success"
    FORBIDDEN_ADDRESS = "forbidden-address"
    TOO_LARGE_OR_SLOW = "too-large-or-slow"
    NO_KEY_SET = "no-key-set"
    NO_USABLE_KEY = "no-usable-key"


class KeySetError(Exception):
    """A key set cannot be had or read."""

    def __init__(self, fault: KeySetFault) -> None:
        super().__init__(fault.value)


class KeySet:
    """The keys of one client."""

    def __init__(self, load: Callable[[], bytes], clock: Callable[[], float] = monotonic) -> None:
        """Take what returns the key set's JSON, or raises KeySetError."""
        self._load = load
        self._clock = clock
        self._lock = Lock()
        self._keys: Mapping[tuple[str, str], Sequence[jwt.PyJWK]] = {}
        self._loaded: float | None = None
        self._tried: float | None = None

    def find(self, kid: str, algorithm: str) -> Sequence[jwt.PyJWK]:
        """Return the keys of that id which may sign so; ask for the set if it is old or does not know the key."""
        if self._age(self._loaded) >= _FRESH_SECONDS or (kid, algorithm) not in self._keys:
            self._refresh(lambda: (kid, algorithm) in self._keys and self._age(self._loaded) < _FRESH_SECONDS)
        return self._keys.get((kid, algorithm), ())

    def refresh(self) -> None:
        """Ask for the set now; raise KeySetError if it cannot be had or holds no key that could sign."""
        keys = _read(self._load())
        self._keys = keys
        self._loaded = self._clock()

    def _age(self, since: float | None) -> float:
        return float("inf") if since is None else self._clock() - since

    def _refresh(self, done: Callable[[], bool]) -> None:
        with self._lock:
            if done() or self._age(self._tried) < _RETRY_SECONDS:
                return
            self._tried = self._clock()
            try:
                self.refresh()
            except KeySetError as error:
                log.event("key-set-unavailable", level=log.Level.WARNING, reason=str(error))
                if self._age(self._loaded) >= _STALE_SECONDS:
                    self._keys = {}


class _Set(msgspec.Struct):
    keys: list[dict[str, Any]]


_decode = msgspec.json.Decoder(_Set).decode


def _read(content: bytes) -> Mapping[tuple[str, str], Sequence[jwt.PyJWK]]:
    """Return the keys that may sign, by their id and algorithm; others, private parts and odd keys are passed over."""
    try:
        described = _decode(content).keys
    except (msgspec.MsgspecError, RecursionError):
        raise KeySetError(KeySetFault.NO_KEY_SET) from None
    found: defaultdict[tuple[str, str], list[jwt.PyJWK]] = defaultdict(list)
    for member in described[:_MOST_KEYS]:
        for algorithm in _signs(member):
            try:
                key = jwt.PyJWK(member, algorithm)
            except (jwt.PyJWTError, ValueError, TypeError):
                continue
            if member["kty"] != "RSA" or key.key.key_size >= _SHORTEST_RSA:
                found[member["kid"], algorithm].append(key)
    if not found:
        raise KeySetError(KeySetFault.NO_USABLE_KEY)
    return found


def _signs(member: dict[str, Any]) -> frozenset[str]:
    """Return the algorithms that a key may sign with."""
    kty, crv, kid, alg = (member.get(name) for name in ("kty", "crv", "kid", "alg"))
    if not isinstance(kid, str) or not isinstance(kty, str) or member.get("use", "sig") != "sig" or "d" in member:
        return frozenset()
    signs = _ALGORITHMS.get((kty, crv if isinstance(crv, str) else None), frozenset())
    return signs if alg is None else signs & {alg} if isinstance(alg, str) else frozenset()
