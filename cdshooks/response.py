"""Cards -> JSON: the standard's names, nothing null, nothing empty; checked before it leaves (2.0.1, "Response").

Cards come as msgspec Structs that name their members as the standard does and leave out what is not set (``rename``,
and ``omit_defaults`` or ``UNSET``), whoever declares them; resources come as mappings and pass through unchanged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from cdshooks.errors import InvalidResponseError, Issue, IssueType
from cdshooks.schema import load

_SCHEMA = load("response")
_NO_CARDS = b'{"cards":[]}'
_encode = msgspec.json.Encoder(decimal_format="number").encode


def render(cards: Sequence[object]) -> bytes:
    """Return the response body; raise InvalidResponseError, every fault at once, if it would break the standard."""
    if not cards:
        return _NO_CARDS
    document = msgspec.to_builtins({"cards": cards})
    repeated = [uuid for uuid, count in Counter(_uuids(document["cards"])).items() if count > 1]
    body = _encode({"cards": cards})
    if repeated or not _SCHEMA.holds(document):
        raise InvalidResponseError(*_SCHEMA.faults(msgspec.json.decode(body)), *(_repeated() for _ in repeated))
    return body


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
