"""Hostile bodies against a real server: a 4xx with an OperationOutcome, never a 500, never a stall."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from cdshooks.schema import load
from tests.cdshooks.bodies import PATH, context, encoded, request, with_text

OUTCOME = load("operation-outcome")
JSON = {"Content-Type": "application/json"}
PATIENCE_SECONDS = 10
MEGABYTE = 1024 * 1024

DEEP = 100_000
HOSTILE = {
    "nothing": b"",
    "blanks": b" \n\t ",
    "an array": b"[]",
    "a text": b'"order-select"',
    "null": b"null",
    "half a body": encoded()[:100],
    "two bodies": encoded() + encoded(),
    "open brackets": b"[" * DEEP,
    "nested arrays": b"[" * DEEP + b"]" * DEEP,
    "nested objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "nested arrays in the context": with_text("context", b"[" * DEEP + b"]" * DEEP),
    "nested objects in prefetch": with_text("prefetch", b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "nested arrays in an unknown member": with_text("mood", b"[" * DEEP + b"]" * DEEP),
    "NaN": with_text("context", b"NaN"),
    "Infinity in prefetch": with_text("prefetch", b'{"a": [-Infinity]}'),
    "a number with a leading zero": with_text("mood", b"01"),
    "a number without digits": with_text("mood", b"-"),
    "bytes that are not UTF-8": with_text("mood", b'"\xff\xfe"'),
    "bytes that are not UTF-8 in prefetch": with_text("prefetch", b'{"a": {"resourceType": "\xc3"}}'),
    "half a surrogate pair": with_text("mood", b'"\\ud800 and more"'),
    "half a surrogate pair in prefetch": with_text("prefetch", b'{"a": {"resourceType": "\\udfff and more"}}'),
    "a control character": with_text("mood", b'"\x01"'),
    "an unknown escape": with_text("mood", b'"\\x41"'),
    "UTF-16": encoded().decode().encode("utf-16"),
    "HTML": b"<!doctype html><p>Log in</p>",
    "many wrong selections": encoded(context=context(selections=[1] * 100_000)),
    "a fault beside a million good selections": encoded(context=context(patientId=..., selections=["a"] * 1_000_000)),
    "many keys twice": b"{" + b",".join(b'"%d":1,"%d":1' % (number, number) for number in range(100_000)) + b"}",
    "a wrong selection after many good ones": encoded(context=context(selections=["a"] * 100_000 + [1])),
    "many wrong drafts": encoded(context=context(draftOrders={"resourceType": "Bundle", "entry": [1] * 100_000})),
}


@pytest.fixture
def patient() -> Iterator[None]:
    """Fail a test that takes long: an answer that comes late is a stall."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < PATIENCE_SECONDS


def refused(answer: requests.Response) -> int:
    """Return the status of an answer that is an OperationOutcome."""
    assert OUTCOME.faults(answer.json()) == ()
    return answer.status_code


@pytest.mark.requirement("R6", "S3", "J4")
@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_refused(server: str, body: bytes) -> None:
    """Each gives 400 with an OperationOutcome, soon."""
    assert refused(requests.post(server + PATH, data=body, headers=JSON, timeout=PATIENCE_SECONDS)) == 400


HARMLESS = {
    "a number out of range": with_text("mood", b"1e999"),
    "a number of many digits": with_text("mood", b"9" * 10_000),
    "a number of many digits in prefetch": with_text(
        "prefetch", b'{"a": {"resourceType": "X", "n": ' + b"9" * 10_000 + b"}}"
    ),
    "a whole surrogate pair": with_text("mood", b'"\\ud83d\\ude00"'),
    "a zero character": with_text("mood", b'"\\u0000"'),
    "a megabyte of blanks": encoded() + b" " * MEGABYTE,
    "ten thousand prefetch keys": encoded(prefetch={str(number): None for number in range(10_000)}),
    "ten thousand drafts": encoded(context=context(draftOrders={"resourceType": "Bundle", "entry": [{}] * 10_000})),
    "a byte order mark": b"\xef\xbb\xbf" + encoded(),
}


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("body", HARMLESS.values(), ids=HARMLESS)
def test_what_is_odd_but_valid_where_we_do_not_look_is_answered(server: str, body: bytes) -> None:
    """Odd values in members that we ignore are no reason to leave a clinician without cards."""
    assert requests.post(server + PATH, data=body, headers=JSON, timeout=PATIENCE_SECONDS).status_code == 200


@pytest.mark.usefixtures("patient")
def test_fifty_megabytes_are_refused_unread(server: str) -> None:
    """A body whose length is told and too large is refused before it is sent."""
    address = urlsplit(server)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE_SECONDS)
    connection.putrequest("POST", PATH)
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(50 * MEGABYTE))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"OperationOutcome" in answer.read()) == (413, True)
    connection.close()


@pytest.mark.usefixtures("patient")
def test_fifty_megabytes_in_chunks_are_refused_on_the_way(server: str) -> None:
    """A body without a told length is read up to the limit and no further."""
    address = urlsplit(server)
    with socket.create_connection((str(address.hostname), address.port or 80), timeout=PATIENCE_SECONDS) as connection:
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        connection.sendall(head.encode())
        chunk = f"{MEGABYTE:x}\r\n".encode() + b" " * MEGABYTE + b"\r\n"
        sent = 0
        try:
            while sent < 50:
                connection.sendall(chunk)
                sent += 1
        except OSError:
            pass  # the server has closed: that is the point
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_in_chunks_is_read(server: str) -> None:
    """A client need not tell the length of a body."""
    answer = requests.post(server + PATH, data=iter([encoded()[:50], encoded()[50:]]), headers=JSON, timeout=5)
    assert answer.status_code == 200


@pytest.mark.usefixtures("patient")
def test_a_large_request_is_answered(server: str) -> None:
    """Ten megabytes of prefetch are within the limit."""
    entry = {"resource": {"resourceType": "Observation", "note": "x" * 1000}, "search": {"mode": "match"}}
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [entry] * 10_000}
    answer = requests.post(server + PATH, json=request(prefetch={"patient": bundle}), timeout=PATIENCE_SECONDS)
    assert answer.json()["cards"][0]["summary"] == "Hello, satisfied"


def test_the_server_still_answers_after_all_that(server: str) -> None:
    """None of it has ended a worker or left a thread behind."""
    assert all(requests.post(server + PATH, json=request(), timeout=5).ok for _ in range(40))
