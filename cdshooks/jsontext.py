"""JSON text read strictly: an object that holds a key twice is an error, not the last value.

``msgspec`` keeps the last of two equal keys silently, but it calls the decoding hook for every key of a type that it
does not know. So keys are read as ``Name``, counted on the way in, and compared with the keys that were kept.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec
from msgspec import Raw

from cdshooks.errors import MOST_ISSUES, InvalidRequestError, Issue, IssueType

_BOM = b"\xef\xbb\xbf"
_KEY_SHOWN = 60


class Name(str):
    """A key, or a text beside the keys, that is counted while it is read."""

    __slots__ = ()


class NameCounter:
    """Counts the names that a decoding meets; made anew for each."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, kind: type, value: object) -> object:
        """Count one name; msgspec turns the TypeError into its ValidationError."""
        if type(value) is not str:
            message = "Expected a text"
            raise TypeError(message)
        self.seen += 1
        return kind(value)


class _KeyTwiceError(Exception):
    """An object holds keys twice."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__()
        self.keys = keys


def _no_key_twice(items: list[tuple[str, Any]]) -> dict[str, Any]:
    kept = dict(items)
    if len(kept) != len(items):
        raise _KeyTwiceError(_repeated(items))
    return kept


_TRUNCATED = "Input data was truncated"
_CUT_OFF = "a text that ends too soon, or in it one half of a surrogate pair such as \\ud800"
"""msgspec says the same of both."""

_ESCAPED_COLON = b"\\u003"  # followed by a or A; and a few others that are as rare
_UNSURE = object()
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_decode_strictly = json.JSONDecoder(object_pairs_hook=_no_key_twice).decode


def checked(body: bytes) -> bytes:
    """Return the body without a byte order mark if it is not empty and UTF-8, else raise what is wrong with it."""
    if not body:
        raise InvalidRequestError(
            Issue(
                what="The request has no body",
                code=IssueType.REQUIRED,
                expected="a CDS Hooks request, a JSON object",
                fix="POST the JSON object with hook, hookInstance and context",
            )
        )
    body = body.removeprefix(_BOM)
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise malformed(error) from None
    return body


def members(text: bytes | Raw, where: str) -> dict[str, Raw]:
    """Return the members of a JSON object undecoded; raise if the text is no object or holds a key twice."""
    counter = NameCounter()
    try:
        kept = msgspec.json.decode(text, type=dict[Name, Raw], dec_hook=counter)
    except msgspec.ValidationError:
        raise InvalidRequestError(not_an_object(text, where)) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise malformed(error) from None
    if counter.seen != len(kept):
        raise InvalidRequestError(*(_duplicate(key, where) for key in _twice(bytes(text))[:MOST_ISSUES]))
    return {str(key): text for key, text in kept.items()}


def value(text: bytes | Raw, where: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a JSON text; raise if an object at any depth holds a key twice."""
    content = bytes(text)
    try:
        if b"{" not in content:
            return _decode(content)
        found = _each_key_once(content)
        return _decode_strictly(content.decode()) if found is _UNSURE else found
    except _KeyTwiceError as error:
        raise InvalidRequestError(*(_duplicate(key, where) for key in error.keys[:MOST_ISSUES])) from None
    except (ValueError, RecursionError) as error:
        raise malformed(error) from None


def _each_key_once(text: bytes) -> object:
    """Return the value if surely no object in it holds a key twice: each key has a colon, and of two equal one is kept.

    Within strings colons are sent and written alike, unless one is sent as an escaped code point.
    """
    if _ESCAPED_COLON in text:
        return _UNSURE
    try:
        found = _decode(text)
        kept = _encode(found)
    except (msgspec.MsgspecError, RecursionError):
        return _UNSURE
    return found if kept.count(b":") == text.count(b":") else _UNSURE


def malformed(error: Exception) -> InvalidRequestError:
    """Return the error for a text that is not JSON; decoder messages hold positions, never content."""
    match error:
        case RecursionError():
            got = "arrays or objects nested too deeply"
        case UnicodeDecodeError():
            got = f"bytes that are not UTF-8 (byte {error.start})"
        case msgspec.DecodeError():
            got = _CUT_OFF if str(error) == _TRUNCATED else str(error)
        case _:
            got = "a number or a text that cannot be read"
    return InvalidRequestError(
        Issue(
            what="The body is not JSON",
            code=IssueType.STRUCTURE,
            got=got,
            expected="one JSON object in UTF-8, without comments, trailing commas, NaN or Infinity",
            fix="Send the request as RFC 8259 describes",
        )
    )


def not_an_object(text: bytes | Raw, where: str) -> Issue:
    """Return the issue for a JSON text that holds something else than an object."""
    kinds = {b"[": "an array", b'"': "a text", b"t": "a boolean", b"f": "a boolean", b"n": "null"}
    first = bytes(text[:64] if isinstance(text, bytes) else memoryview(text)[:64]).lstrip()[:1]
    return Issue(
        what=f"{where or 'The body'} is not a JSON object",
        code=IssueType.STRUCTURE,
        where=where or None,
        got=kinds.get(first, "a number"),
        expected="a JSON object",
    )


def _duplicate(key: str, where: str) -> Issue:
    key = key.encode("utf-8", "replace").decode()  # half a surrogate pair cannot leave
    shown = key if len(key) <= _KEY_SHOWN else f"{key[:_KEY_SHOWN]}..."
    return Issue(
        what=f"The key {shown} stands twice in one object",
        code=IssueType.DUPLICATE,
        where=where or None,
        expected="each key once, as readers would not agree which value counts",
        fix="Send one of the two",
    )


def _twice(text: bytes) -> list[str]:
    """Return the keys that stand twice in the outermost object."""
    outermost: list[tuple[str, Any]] = []

    def pairs(items: list[tuple[str, Any]]) -> None:
        outermost[:] = items  # objects close from the inside out, so the last call is the outermost

    json.loads(text, object_pairs_hook=pairs)
    return _repeated(outermost)


def _repeated(items: list[tuple[str, Any]]) -> list[str]:
    return [key for key, count in Counter(key for key, _ in items).items() if count > 1]
