"""Bytes -> what became of cards, or exactly what is wrong with them (2.0.1, "Feedback")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from cdshooks.account import Caller
from cdshooks.errors import MOST_ISSUES, InvalidRequestError, Issue, IssueType
from cdshooks.jsontext import checked, malformed, not_an_object, value
from cdshooks.schema import kind, load

_SCHEMA = load("feedback")
_TIME = load("feedback", part="time")
_MOST = 1000
_ACCEPTED = "acceptedSuggestions"
_URN = "urn:uuid:"
_DEEPEST = 6
"""Deeper than the standard's members are nothing is read."""


class Outcome(StrEnum):
    """What a clinician did about a card."""

    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"


class CardFeedback(Struct, frozen=True, kw_only=True):
    """What became of one card; the comment is free text and may name a patient."""

    card: str
    outcome: Outcome
    at: float  # seconds since 1970, by the client's clock
    accepted_suggestions: tuple[str, ...] = ()
    reason_code: str | None = None
    reason_system: str | None = None
    comment: str | None = None


class KeepsFeedback(Protocol):
    """Where feedback is kept."""

    def keep(self, service: str, caller: Caller | None, told: Sequence[CardFeedback]) -> None:
        """Return once it is on disk; raise StoreUnavailableError if it is not."""


def read(body: bytes) -> tuple[CardFeedback, ...]:
    """Return what is told of each card; raise InvalidRequestError with every fault."""
    body = checked(body)
    document = value(body, "")
    if not isinstance(document, dict):
        raise InvalidRequestError(not_an_object(body, ""))
    if too_many := tuple(_too_many(document)):
        raise InvalidRequestError(*too_many)
    document = _without_empty_lists(_without_nulls(document))
    try:
        msgspec.json.encode(document)
    except ValueError as error:  # half a surrogate pair: a text that no database takes
        raise malformed(error) from None
    if faults := (*_SCHEMA.faults(document), *islice(_times(document), MOST_ISSUES)):
        raise InvalidRequestError(*faults)
    return tuple(map(_card, document["feedback"]))


def _without_nulls(part: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value without members that are null, which count as absent."""
    if depth > _DEEPEST:
        return part
    if isinstance(part, dict):
        return {name: _without_nulls(each, depth + 1) for name, each in part.items() if each is not None}
    if isinstance(part, list):
        return [_without_nulls(each, depth + 1) for each in part]
    return part


def _without_empty_lists(document: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return feedback in which what was overridden accepts nothing: many clients write every list."""
    entries = document.get("feedback") if isinstance(document, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("outcome") == Outcome.OVERRIDDEN and entry.get(_ACCEPTED) == []:
            del entry[_ACCEPTED]
    return document


def _too_many(document: dict[str, Any]) -> Iterator[Issue]:
    entries = document.get("feedback")
    if isinstance(entries, list) and len(entries) > _MOST:
        yield Issue(
            what="feedback tells of more cards than are taken at once",
            code=IssueType.TOO_LONG,
            where="feedback",
            got=kind(entries),
            expected=f"an array of 1 to {_MOST} objects, one for each card",
            fix="Send it in several requests",
        )


def _times(document: dict[str, Any]) -> Iterator[Issue]:
    """Yield an issue for each time that has the form of one and is none, such as a 31st of June."""
    entries = document.get("feedback")
    for position, entry in enumerate(entries if isinstance(entries, list) else ()):
        told = entry.get("outcomeTimestamp") if isinstance(entry, dict) else None
        where = f"feedback[{position}].outcomeTimestamp"
        if isinstance(told, str) and _TIME.holds(told) and _seconds(told) is None:
            yield Issue(
                what=f"{where} is no time that exists",
                code=IssueType.VALUE,
                where=where,
                expected="a date and time such as 2026-11-20T23:46:19Z (RFC 3339, in UTC)",
            )


def _seconds(told: str) -> float | None:
    try:
        return datetime.fromisoformat(told.upper()).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _card(entry: dict[str, Any]) -> CardFeedback:
    override = entry.get("overrideReason", {})
    reason = override.get("reason", {})
    accepted = entry["outcome"] == Outcome.ACCEPTED
    return CardFeedback(
        card=_bare(entry["card"]),
        outcome=Outcome(entry["outcome"]),
        at=_seconds(entry["outcomeTimestamp"]) or 0.0,
        accepted_suggestions=tuple(_bare(each["id"]) for each in entry["acceptedSuggestions"]) if accepted else (),
        reason_code=reason.get("code"),
        reason_system=reason.get("system"),
        comment=override.get("userComment") or None,
    )


def _bare(uuid: str) -> str:
    """Return a uuid as we sent it: some models write it as a URN, or in capitals."""
    return uuid.lower().removeprefix(_URN) or uuid
