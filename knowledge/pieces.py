"""Walking through everything that a piece of knowledge states, with the place of each part."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import fields


class Place(NamedTuple):
    """A piece of knowledge and where it stands."""

    file: str
    path: str
    value: Any


def pieces(file: str, value: object) -> Iterator[Place]:
    """Yield the value and every struct and list in it, each with its path as the file spells it."""
    waiting = [Place(file, "", value)]
    while waiting:
        place = waiting.pop()
        yield place
        if isinstance(place.value, Struct):
            parts = [(step, getattr(place.value, name)) for step, name in _steps(type(place.value))]
        else:
            parts = [(f"[{n}]", part) for n, part in enumerate(place.value)]
        waiting += [
            Place(place.file, (place.path + step).lstrip("."), part)
            for step, part in parts
            if isinstance(part, Struct | tuple)
        ]


@cache
def _steps(type_: type[Struct]) -> tuple[tuple[str, str], ...]:
    """Return how the file spells the step to each field, and the field's name."""
    return tuple((f".{field.encode_name}", field.name) for field in fields(type_))
