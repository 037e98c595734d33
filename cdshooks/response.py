"""Cards -> JSON: the standard's names, nothing null, nothing empty; checked before it leaves (2.0.1, "Response").

Cards come as dataclasses in the standard's words in snake_case, whoever declares them; resources come as mappings and
pass through unchanged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any

import msgspec

from cdshooks.errors import InvalidResponseError, Issue, IssueType
from cdshooks.schema import load

_SCHEMA = load("response")
_PLAIN = frozenset({str, int, float, bool, NoneType})
_NO_CARDS = b'{"cards":[]}'
_encode = msgspec.json.Encoder(decimal_format="number").encode


def render(cards: Sequence[object]) -> bytes:
    """Return the response body; raise InvalidResponseError, every fault at once, if it would break the standard."""
    if not cards:
        return _NO_CARDS
    document = {"cards": [to_json(card) for card in cards]}
    repeated = [uuid for uuid, count in Counter(_uuids(document["cards"])).items() if count > 1]
    faults = [*_SCHEMA.faults(document), *(_repeated() for _ in repeated)]
    if faults:
        raise InvalidResponseError(*faults)
    return _encode(document)


def to_json(value: Any) -> Any:  # noqa: ANN401 - any value in, any JSON value out
    """Return the value as JSON: dataclass members renamed to camelCase and left out where null or empty."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [to_json(item) for item in value]
    names = _names(kind)
    if names is None:
        return str(value) if isinstance(value, str) else dict(value) if isinstance(value, Mapping) else value
    document = {}
    for attribute, name in names:
        member = to_json(getattr(value, attribute))
        if member or member == 0:  # false and 0 are values
            document[name] = member
    return document


@cache
def _names(kind: type) -> tuple[tuple[str, str], ...] | None:
    """Return the attributes of a dataclass, each with its name in JSON; None for any other type."""
    return tuple((field.name, _camel(field.name)) for field in fields(kind)) if is_dataclass(kind) else None


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


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
