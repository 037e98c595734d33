"""Cards -> JSON: the standard's names, nothing null, nothing empty; checked before it leaves (2.0.1, "Response").

Cards come as msgspec Structs that name their members as the standard does and leave out what is not set (``rename``,
and ``omit_defaults`` or ``UNSET``), whoever declares them; resources come as mappings and pass through unchanged.

What never varies may come as ``Prepared``: it was checked when it was made, at start. In the check of an answer a value
of the same kind stands for it, so that it passes only where the standard allows any value of that kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from cdshooks.errors import InvalidResponseError, Issue, IssueType
from cdshooks.schema import load

_SCHEMA = load("response")
_VALUE = load("response", part="value")
_NO_CARDS = b'{"cards":[]}'


class Prepared:
    """A JSON value that is the same in every answer: checked and encoded once, then written as it stands."""

    __slots__ = ("json", "stand_in")

    def __init__(self, value: object) -> None:
        """Prepare the value; raise InvalidResponseError if it is null or empty, or holds what is."""
        faults = _VALUE.faults(value)
        if faults:
            raise InvalidResponseError(*faults)
        self.json = Raw(_encode(value))
        self.stand_in = {"prepared": True} if isinstance(value, dict) else [True] if isinstance(value, list) else value


def _written(part: object) -> Raw:
    if isinstance(part, Prepared):
        return part.json
    raise TypeError(type(part).__name__)


def _checked(part: object) -> object:
    if isinstance(part, Prepared):
        return part.stand_in
    raise TypeError(type(part).__name__)


_encode = msgspec.json.Encoder(enc_hook=_written, decimal_format="number").encode


def render(cards: Sequence[object]) -> bytes:
    """Return the response body; raise InvalidResponseError, every fault at once, if it would break the standard."""
    if not cards:
        return _NO_CARDS
    document = msgspec.to_builtins({"cards": cards}, enc_hook=_checked)
    uuids = list(_uuids(document["cards"]))
    body = _encode({"cards": cards})
    if len(set(uuids)) < len(uuids) or not _SCHEMA.holds(document):
        repeated = (uuid for uuid, count in Counter(uuids).items() if count > 1)
        raise InvalidResponseError(*_SCHEMA.faults(msgspec.json.decode(body)), *(_repeated() for _ in repeated))
    return body


def bare(cards: Sequence[object]) -> tuple[object, ...]:
    """Return the cards without their suggestions: a warning that cannot be acted on here is better than none."""
    return tuple(
        msgspec.structs.replace(card, suggestions=(), selection_behavior=None)
        if isinstance(card, msgspec.Struct) and getattr(card, "suggestions", None)
        else card
        for card in cards
    )


def _uuids(cards: list[dict[str, Any]]) -> Iterator[str]:
    for card in cards:
        for named in (card, *card.get("suggestions", ())):
            if "uuid" in named:
                yield named["uuid"]


def _repeated() -> Issue:
    return Issue(
        what="Two cards or suggestions have the same uuid",
        code=IssueType.DUPLICATE,
        expected="a uuid of its own for each, as feedback names them by it",
    )
