"""Bytes to typed values: strictly typed first, then element by element if the sender's shape is another.

Real senders put an object where FHIR has a list, a string where it has a number. What can be understood is taken;
what cannot is left out and named in ``problems``. Nothing is refused, nothing is dropped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar, cast

import msgspec
from msgspec import Raw, inspect

from fhir_mapping.datatypes import TEXT_OF
from fhir_mapping.errors import DuplicateKeyError

T = TypeVar("T")
Content = Raw | bytes

UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
_ESCAPED_COLON = b"\\u003"  # followed by a or A; and a few others that are as rare
_shape_of = lru_cache(maxsize=64)(inspect.type_info)  # slow to work out, and the same for every value of a type
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_MISFIT = object()
_MOST_PROBLEMS = 20  # that are kept of one value
_MOST_DIGITS = 20  # before or after the point of a number that is read leniently


class _Decoders(dict[object, Any]):
    """The typed decoder of each type, made when it is first asked for.

    By one thread at a time: msgspec 0.22 keeps what it knows of a Struct on the type before it is whole, and when
    another thread decodes with it then, the process ends.
    """

    _making = Lock()

    def __missing__(self, kind: object) -> object:
        with self._making:
            made = self[kind] = msgspec.json.Decoder(kind)
        return made


_DECODERS = _Decoders()


class Decoded(NamedTuple, Generic[T]):
    """What was read, and which elements could not be; no value at all if nothing could."""

    value: T | None
    problems: tuple[str, ...] = ()


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return the typed decoder of a type, made once."""
    made: msgspec.json.Decoder[T] = _DECODERS[kind]
    return made


def decode(content: Content, kind: type[T]) -> Decoded[T]:
    """Read a value of a type from JSON, leniently where the strict reading fails."""
    try:
        return Decoded(_DECODERS[kind].decode(content))
    except UNREADABLE:
        return _decode_leniently(content, kind)


def decode_anything(content: Content) -> object:
    """Read JSON of any shape as plain Python values, or return None if it cannot be read."""
    try:
        found: object = _decode(content)
    except UNREADABLE:
        return None
    return found


def refuse_duplicate_keys(content: Content, path: str) -> None:
    """Raise DuplicateKeyError if any object in the JSON holds a key twice."""
    text = bytes(content)
    if _surely_has_no_duplicate_key(text):
        return

    def check(pairs: list[tuple[str, Any]]) -> None:
        seen = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateKeyError(path, key)
            seen.add(key)

    try:
        json.loads(text, object_pairs_hook=check, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return  # not readable at all: decode() says so


def _surely_has_no_duplicate_key(text: bytes) -> bool:
    """Return True if as many keys are left after decoding as were sent; False if this quick count cannot tell.

    A colon follows every key, and a key that stands twice is decoded once. Within strings colons are sent and written
    alike, unless one is sent as an escaped code point.
    """
    if b"\\" in text and _ESCAPED_COLON in text:
        return False
    try:
        kept = _encode(_decode(text))
    except UNREADABLE:
        return False
    return kept.count(b":") == text.count(b":")


def _decode_leniently(content: Content, kind: type[T]) -> Decoded[T]:
    try:
        found = _decode(content)
    except UNREADABLE as error:
        return Decoded(None, (f"not readable as JSON: {error}",))
    problems: list[str] = []
    value = _fit(found, _shape_of(cast("Hashable", kind)), getattr(kind, "__name__", "list"), problems)
    return Decoded(None if value is _MISFIT else cast("T", value), tuple(problems))


def _fit(found: object, shape: inspect.Type, path: str, problems: list[str]) -> object:
    """Make what was found fit the shape; what does not fit is a problem and a misfit."""
    match shape:
        case inspect.UnionType(types=types):
            return _fit(found, next(t for t in types if not isinstance(t, inspect.NoneType)), path, problems)
        case inspect.VarTupleType(item_type=item):
            return _fit_list(found if isinstance(found, list) else [found], item, path, problems)
        case inspect.RawType():
            return Raw(msgspec.json.encode(found))
    if isinstance(found, list) and len(found) == 1:
        found = found[0]  # a list where one element is expected
    value = (
        _fit_struct(found, shape, path, problems) if isinstance(shape, inspect.StructType) else _scalar(found, shape)
    )
    if value is _MISFIT and len(problems) < _MOST_PROBLEMS:
        problems.append(f"{path}: expected {_name(shape)}, got {_got(found)}")
    return value


def _fit_list(found: Iterable[Any], item: inspect.Type, path: str, problems: list[str]) -> tuple[Any, ...]:
    fitted = (_fit(each, item, f"{path}[{n}]", problems) for n, each in enumerate(found) if each is not None)
    return tuple(each for each in fitted if each is not _MISFIT)


def _fit_struct(found: object, shape: inspect.StructType, path: str, problems: list[str]) -> object:
    if isinstance(found, str) and shape.cls in TEXT_OF:
        found = {TEXT_OF[shape.cls]: found}
    if not isinstance(found, dict):
        return _MISFIT
    values = {}
    for field in shape.fields:
        if (each := found.get(field.encode_name)) is not None:
            fitted = _fit(each, field.type, f"{path}.{field.encode_name}", problems)
            if fitted is not _MISFIT:
                values[field.name] = fitted
    return shape.cls(**values)


def _scalar(found: object, shape: inspect.Type) -> object:
    match shape, found:
        case inspect.StrType(), str():
            return found
        case inspect.BoolType(), bool() | "true" | "false":
            return found in (True, "true")
        case _, bool():
            return _MISFIT
        case inspect.StrType(), int() | float():
            return str(found)
        case inspect.DecimalType() | inspect.IntType(), int() | float() | str():
            return _number(str(found), whole=isinstance(shape, inspect.IntType))
    return _MISFIT


def _number(text: str, *, whole: bool) -> object:
    try:
        number = Decimal(text.strip())
        fits = number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS and not (whole and number != int(number))
    except InvalidOperation:
        return _MISFIT
    return (int(number) if whole else number) if fits else _MISFIT


def _name(shape: inspect.Type) -> str:
    names = {inspect.StrType: "a string", inspect.BoolType: "true or false", inspect.IntType: "a whole number"}
    return names.get(type(shape), "a number" if isinstance(shape, inspect.DecimalType) else "an object")


def _got(found: object) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names.get(type(found), "null")
