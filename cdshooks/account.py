"""What is remembered of one answer: small, without a resource or a free text; store/ledger.py keeps it.

A service notes what it decided; the endpoint adds what it knows of the call and hands all of it over.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain, repeat
from typing import Any, NamedTuple, Protocol

from msgspec import Struct


class DataSource(StrEnum):
    """Where the data of a prefetch key came from."""

    SENT = "sent"  # by the client, be it that there are none
    FETCHED = "fetched"  # from its FHIR server, at least in part
    FAILED = "failed"  # the client's query failed, or ours did
    ABSENT = "absent"  # neither sent nor fetched


class Caller(NamedTuple):
    """Who calls, as its token proved."""

    iss: str
    tenant: str | None = None


class Speaker(NamedTuple):
    """The rule that a card speaks for, its topic, and by what the card is known again, where the client wants that."""

    rule: str
    topic: str
    fingerprint: str | None = None


class Why(StrEnum):
    """Why something that was decided is not shown."""

    SILENT = "silent"  # its rule is in silent mode
    MAX_CARDS = "max-cards"  # the client takes no more cards
    REPEATED = "repeated"  # it was shown at order-select
    OVERRIDDEN = "overridden"  # the user overrode it before


class Withheld(NamedTuple):
    """A rule whose card is not shown; without an indicator it would have given no card of its own."""

    rule: str
    topic: str
    indicator: str | None
    why: Why


class Decided(Struct, frozen=True, kw_only=True, gc=False):
    """What a service decided, and on what; ``speakers`` are those of its cards, in their order."""

    release: str
    rules: tuple[str, ...] = ()
    undetermined: tuple[str, ...] = ()
    data: Mapping[str, str] = {}
    speakers: tuple[Speaker, ...] = ()
    withheld: tuple[Withheld, ...] = ()


class Issued(NamedTuple):
    """One card that was given."""

    uuid: str | None
    indicator: str
    suggestions: tuple[str, ...]  # uuids


class Account(Struct, frozen=True, kw_only=True, gc=False):
    """One answer; the ids of patient, user and encounter leave the process only as keyed hashes."""

    at: float  # seconds since 1970
    service: str
    hook: str
    hook_instance: str
    status: int  # HTTP
    milliseconds: float
    patient_id: str
    user_id: str
    encounter_id: str | None
    error: str | None = None
    caller: Caller | None = None
    decided: Decided | None = None
    issued: tuple[Issued, ...] = ()
    request_id: str = ""

    def cards(self) -> Iterator[tuple[Speaker | None, Issued]]:
        """Yield each card with the rule that it speaks for, if a service said so."""
        speakers = self.decided.speakers if self.decided else ()
        return zip(chain(speakers, repeat(None)), self.issued, strict=False)


class Said(NamedTuple):
    """What a release says to one request: the rules that apply, its cards by rule and indicator, whether it refuses."""

    rules: tuple[str, ...] = ()
    cards: tuple[tuple[str, str], ...] = ()
    refused: bool = False


class Compared(StrEnum):
    """How a candidate release compares with the current one on one request."""

    SAME = "same"
    DIFFERS = "differs"
    FAILED = "failed"  # the candidate did


class Comparison(Struct, frozen=True, kw_only=True, gc=False):
    """What the current release said to one request, and a candidate would have; nothing of the patient."""

    at: float  # of the answer, in seconds since 1970
    service: str
    hook: str
    request_id: str
    caller: Caller | None
    release: str
    candidate: str
    outcome: Compared
    current: Said
    other: Said


class Remembers(Protocol):
    """Whoever takes accounts; it never waits and never raises."""

    def remember(self, account: Account | Comparison) -> None:
        """Take an account, or a comparison, over."""


class _Noted(threading.local):
    decided: Decided | None = None


_noted = _Noted()


def note(decided: Decided) -> None:
    """Keep what a service decided for the account of this thread's request."""
    _noted.decided = decided


def noted() -> Decided | None:
    """Take what was noted since the last call."""
    decided, _noted.decided = _noted.decided, None
    return decided


def issued(cards: Sequence[Any]) -> tuple[Issued, ...]:
    """Return what is remembered of cards, whoever declares them."""
    return tuple(
        Issued(
            getattr(card, "uuid", None),
            str(card.indicator),
            tuple(each.uuid for each in getattr(card, "suggestions", ())),
        )
        for card in cards
    )
