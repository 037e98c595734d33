"""Where keys come from, how long they are good, and how often they are asked for."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cdshooks.key_fetch import fetcher, read_file
from cdshooks.key_sets import KeySet, KeySetError, KeySetFault
from cdshooks.settings import Settings
from tests.cdshooks.tokens import Signer

FIRST = Signer(kid="first")
SECOND = Signer(kid="second")
RSA = Signer("RS384", kid="rsa")

fetch = fetcher(Settings.for_sandbox())
"""A sandbox may fetch from this machine."""


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Source:
    """A key set that changes or fails, and how often it was asked for."""

    def __init__(self, content: bytes) -> None:
        self.content: bytes | None = content
        self.asked = 0

    def __call__(self) -> bytes:
        """Return the key set, or fail."""
        self.asked += 1
        if self.content is None:
            raise KeySetError(KeySetFault.UNREACHABLE)
        return self.content


@pytest.mark.requirement("T6")
def test_an_unknown_key_asks_once_a_minute() -> None:
    """Keys are cached; a rotated key is found at once, and invented ones cannot make us hammer the client."""
    source, clock = Source(FIRST.jwks()), Clock()
    keys = KeySet(source, clock)
    assert keys.find("first", "ES384")
    assert keys.find("first", "ES384")
    assert source.asked == 1
    source.content = SECOND.jwks(FIRST)
    clock.now += 61
    assert keys.find("second", "ES384")
    assert source.asked == 2
    for number in range(100):
        assert not keys.find(f"invented-{number}", "ES384")
    assert source.asked == 2
    clock.now += 61
    assert not keys.find("invented", "ES384")
    assert source.asked == 3


@pytest.mark.requirement("T6")
def test_a_withdrawn_key_is_good_for_an_hour_at_most() -> None:
    """The set is asked for again each hour."""
    source, clock = Source(FIRST.jwks(SECOND)), Clock()
    keys = KeySet(source, clock)
    assert keys.find("first", "ES384")
    source.content = SECOND.jwks()
    clock.now += 3601
    assert not keys.find("first", "ES384")


def test_a_client_whose_key_set_is_away_keeps_its_keys_for_a_day() -> None:
    """A short failure of the EHR's key server refuses nobody; one of a day does."""
    source, clock = Source(FIRST.jwks()), Clock()
    keys = KeySet(source, clock)
    assert keys.find("first", "ES384")
    source.content = None
    clock.now += 12 * 3600
    assert keys.find("first", "ES384")
    clock.now += 12 * 3600
    assert not keys.find("first", "ES384")


def test_many_threads_ask_once() -> None:
    """A rush of requests at the start waits for one answer."""
    source = Source(FIRST.jwks())

    def slowly() -> bytes:
        time.sleep(0.1)
        return source()

    keys = KeySet(slowly)
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(bool(keys.find("first", "ES384")))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, source.asked) == ([True] * 10, 1)


UNUSABLE: dict[str, object] = {
    "a shared secret": {"kty": "oct", "kid": "first", "k": "c2VjcmV0", "alg": "HS384"},
    "a key for encryption": FIRST.jwk | {"use": "enc"},
    "a private key, which everybody knows now": FIRST.jwk | {"d": FIRST.jwk["x"]},
    "a key for another algorithm": FIRST.jwk | {"alg": "ES256"},
    "a key without id": {name: value for name, value in FIRST.jwk.items() if name != "kid"},
    "a curve that is not its own": FIRST.jwk | {"crv": "P-256"},
    "a point that is not on the curve": FIRST.jwk | {"x": FIRST.jwk["y"]},
    "a short RSA key": Signer("RS384", kid="first", bits=1024).jwk,
    "a text": "key",
}


@pytest.mark.requirement("T4", "T6")
@pytest.mark.parametrize("member", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_that_must_not_sign_is_passed_over(member: object) -> None:
    """It is not used, and the good one beside it is, unless the set is none."""
    content = json.dumps({"keys": [member, RSA.jwk]}).encode()
    keys = KeySet(lambda: content)
    assert not keys.find("first", "ES384")
    assert not keys.find("first", "RS384")
    assert bool(keys.find("rsa", "RS384")) is isinstance(member, dict)


class Handler(BaseHTTPRequestHandler):
    """A client's web server, with faults."""

    def do_GET(self) -> None:
        """Answer as the path says."""
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/jwks.json")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/missing" else 200)
        self.end_headers()
        if self.path == "/jwks.json":
            self.wfile.write(FIRST.jwks())
        elif self.path == "/large":
            self.wfile.write(b" " * 1_000_000)
        elif self.path == "/slow":
            try:
                for _ in range(100):
                    self.wfile.write(b" ")
                    time.sleep(0.1)
            except OSError:
                pass

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start the web server; return its base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def test_a_key_set_is_fetched(server: str) -> None:
    """As the client publishes it."""
    assert fetch(f"{server}/jwks.json") == FIRST.jwks()


FAULTS = {
    "/redirect": KeySetFault.NO_SUCCESS,
    "/missing": KeySetFault.NO_SUCCESS,
    "/large": KeySetFault.TOO_LARGE_OR_SLOW,
    "/slow": KeySetFault.TOO_LARGE_OR_SLOW,
}


@pytest.mark.requirement("T6")
@pytest.mark.parametrize(("path", "fault"), FAULTS.items())
def test_a_key_set_is_fetched_within_bounds(server: str, path: str, fault: KeySetFault) -> None:
    """No redirect is followed, nothing large or slow is waited for."""
    start = time.monotonic()
    with pytest.raises(KeySetError, match=fault):
        fetch(server + path)
    assert time.monotonic() - start < 6


@pytest.mark.requirement("T6")
def test_production_asks_no_private_address(server: str) -> None:
    """Not even for a URL that is listed, as a name may lead anywhere; fhir_networks admits a network of one's own."""
    with pytest.raises(KeySetError, match=KeySetFault.FORBIDDEN_ADDRESS):
        fetcher(Settings())(f"{server}/jwks.json")
    assert fetcher(Settings(fhir_networks=("127.0.0.0/8",)))(f"{server}/jwks.json")


NOWHERE: dict[str, Callable[[], bytes]] = {
    "no server": lambda: fetch("http://127.0.0.1:1/jwks.json"),
    "no file": lambda: read_file("/nowhere/jwks.json"),
}


@pytest.mark.parametrize("load", NOWHERE.values(), ids=NOWHERE)
def test_a_key_set_that_is_not_there_is_a_fault(load: Callable[[], bytes]) -> None:
    """It is said as one of our own words."""
    with pytest.raises(KeySetError):
        load()


def test_a_key_set_is_read_from_a_file(tmp_path: Path) -> None:
    """As it was handed over."""
    file = tmp_path / "jwks.json"
    file.write_bytes(FIRST.jwks())
    assert KeySet(lambda: read_file(str(file))).find("first", "ES384")
