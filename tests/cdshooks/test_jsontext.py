"""JSON text is read strictly."""

from __future__ import annotations

import pytest

from cdshooks.errors import InvalidRequestError
from cdshooks.jsontext import checked, members, value

TWICE = {
    "at the top": (b'{"a": 1, "a": 2}', ["The key a stands twice in one object"]),
    "two of them": (b'{"a": 1, "b": 1, "b": 2, "a": 2}', ["a", "b"]),
    "written with an escape": (b'{"a": 1, "\\u0061": 2}', ["a"]),
    "long ones are shortened": (b'{"' + b"k" * 200 + b'": 1, "' + b"k" * 200 + b'": 2}', ["k" * 60 + "..."]),
}


@pytest.mark.parametrize(("text", "told"), TWICE.values(), ids=TWICE)
def test_a_key_that_stands_twice_is_refused_and_named(text: bytes, told: list[str]) -> None:
    """Members of an object are refused when a key stands twice, and each such key is told."""
    with pytest.raises(InvalidRequestError) as caught:
        members(text, "context")
    assert len(caught.value.issues) == len(told)
    assert all(word in issue.what for word, issue in zip(told, caught.value.issues, strict=True))
    assert {issue.where for issue in caught.value.issues} == {"context"}


def test_a_key_that_stands_twice_deep_inside_is_refused() -> None:
    """A value is refused when an object at any depth in it holds a key twice."""
    for sent in (b'[{"a": [{"dose": 1, "dose": 2}]}]', b'[{"a": "\\u003a", "dose": 1, "dose": 2}]'):
        with pytest.raises(InvalidRequestError, match="dose"):
            value(sent, "context.draftOrders")


def test_the_same_key_in_two_objects_is_no_duplicate() -> None:
    """Keys are compared within one object only."""
    assert value(b'[{"a": {"a": 1}}, {"a": 2}]', "x") == [{"a": {"a": 1}}, {"a": 2}]


def test_members_stay_undecoded() -> None:
    """Members of an object are returned as the bytes that were sent."""
    assert {name: bytes(text) for name, text in members(b'{"a": 1.10, "b": {"c": []}}', "").items()} == {
        "a": b"1.10",
        "b": b'{"c": []}',
    }


def test_a_byte_order_mark_is_tolerated() -> None:
    """Some clients start their UTF-8 with a byte order mark."""
    assert checked(b"\xef\xbb\xbf{}") == b"{}"


NO_JSON = {
    "nothing": (b"", "no body"),
    "not UTF-8": (b'{"a": "\xff"}', "not JSON"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "not JSON"),
}


@pytest.mark.parametrize(("body", "told"), NO_JSON.values(), ids=NO_JSON)
def test_a_body_that_is_no_text_is_refused(body: bytes, told: str) -> None:
    """A body that is empty or not UTF-8 is refused before it is read."""
    with pytest.raises(InvalidRequestError, match=told):
        checked(body)


OTHER_KINDS = {"array": (b"[]", "an array"), "text": (b' "a"', "a text"), "number": (b"-1", "a number")}


@pytest.mark.parametrize(("text", "kind"), OTHER_KINDS.values(), ids=OTHER_KINDS)
def test_what_is_no_object_is_named_by_its_kind(text: bytes, kind: str) -> None:
    """An error tells the kind of the value, not the value."""
    with pytest.raises(InvalidRequestError) as caught:
        members(text, "prefetch")
    assert caught.value.issues[0].got == kind


def test_numbers_beyond_any_use_are_refused_and_not_computed() -> None:
    """A number of ten thousand digits is refused: turning it into an integer would take long."""
    with pytest.raises(InvalidRequestError):
        value(b'{"a": ' + b"9" * 10_000 + b"}", "x")
