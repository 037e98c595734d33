"""One read of a FHIR server: in time, bounded, tried again only where that helps; its bytes, or why there are none."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from cdshooks.connections import calling, left, session
from cdshooks.errors import FetchError, Why
from cdshooks.fhir_guard import Guard
from cdshooks.prefetch import REFUSING, outcome_said

_MEDIA_TYPES = frozenset({"application/fhir+json", "application/json"})
_PASSING = frozenset({429, 502, 503, 504})
_MOST_TRIES = 3
_JITTER = (0.005, 0.04)  # seconds before another try, beside those that the server asks for
_CHUNK = 65_536
_LONGEST_REFUSAL = 65_536  # bytes of an answer that brings no data


@dataclass(slots=True)
class Room:
    """The bytes that all reads for one request may bring together."""

    bytes_left: int
    _lock: Lock = field(default_factory=Lock)

    def take(self, size: int) -> None:
        """Take some of the room; raise FetchError if there is not so much."""
        with self._lock:
            self.bytes_left -= size
            if self.bytes_left < 0:
                raise FetchError(Why.TOO_LARGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What all reads for one request share: the time, the room, and the headers with the token."""

    deadline: float
    room: Room
    headers: Mapping[str, str] = field(repr=False)


class _PassingError(Exception):
    """What may have passed a moment later: a status or a lost connection."""

    def __init__(self, why: FetchError, wait: float = 0) -> None:
        super().__init__()
        self.why = why
        self.wait = wait


class FhirClient:
    """Reads FHIR servers over connections that are kept."""

    def __init__(self, guard: Guard, *, connections: int, ca_file: str = "") -> None:
        self._guard = guard
        self._session = session(connections, ca_file)

    def read(self, url: str, exchange: Exchange) -> bytes:
        """Return the FHIR JSON at a URL; raise FetchError with what is wrong."""
        with calling(exchange.deadline, self._guard.admits):
            try:
                return self._tried(url, exchange)
            except FetchError:
                raise
            except (requests.Timeout, TimeoutError):
                raise FetchError(Why.LATE) from None
            except requests.exceptions.SSLError:
                raise FetchError(Why.NO_TLS) from None
            except (requests.RequestException, HTTPError, OSError, ValueError):
                raise FetchError(Why.UNREACHABLE) from None

    def _tried(self, url: str, exchange: Exchange) -> bytes:
        """Read once, and again after what may have passed, as long as the wait fits in the time."""
        tries = 0
        while True:
            tries += 1
            try:
                return self._once(url, exchange)
            except _PassingError as error:
                wait = error.wait + random.uniform(*_JITTER)  # noqa: S311 - no secret
                if tries == _MOST_TRIES or wait >= exchange.deadline - time.monotonic():
                    raise error.why from None
                time.sleep(wait)

    def _once(self, url: str, exchange: Exchange) -> bytes:
        try:
            with self._sent(url, exchange) as answer:
                if answer.status_code != HTTPStatus.OK:
                    raise _refusal(answer)
                media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if media_type not in _MEDIA_TYPES:
                    raise FetchError(Why.NO_FHIR, "by its media type")
                return _body(answer, exchange.room)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            if isinstance(error, (requests.exceptions.SSLError, requests.Timeout)):
                raise
            left()  # a socket that ran out of time is lost too
            raise _PassingError(FetchError(Why.UNREACHABLE)) from None

    def _sent(self, url: str, exchange: Exchange) -> requests.Response:
        """Send by the session's adapter alone: merging with what the session holds (nothing) takes as long again."""
        request = requests.PreparedRequest()
        request.prepare(method="GET", url=url, headers=exchange.headers)
        return self._session.get_adapter(url).send(request, stream=True, timeout=left())


def _body(answer: requests.Response, room: Room) -> bytes:
    chunks = []
    for chunk in answer.iter_content(_CHUNK):
        room.take(len(chunk))
        chunks.append(chunk)
        left()
    return b"".join(chunks)


def _refusal(answer: requests.Response) -> Exception:
    """Return the error for an answer without data; what an OperationOutcome in it says is quoted."""
    status = answer.status_code
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return FetchError(Why.ACCESS_REFUSED, f"HTTP status {status}", refused=status == HTTPStatus.FORBIDDEN)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return FetchError(Why.REDIRECTED, f"HTTP status {status}")
    told = next(answer.iter_content(_LONGEST_REFUSAL), b"")
    error = FetchError(
        Why.ERROR_STATUS, f"HTTP status {status}", quote=outcome_said(told), refused=str(status) in REFUSING
    )
    return _PassingError(error, _retry_after(answer)) if status in _PASSING else error


def _retry_after(answer: requests.Response) -> float:
    """Return the seconds that the server asks to wait, if it does so in a form that can be read."""
    text = answer.headers.get("Retry-After")
    try:
        return Retry().parse_retry_after(text) if text else 0
    except (HTTPError, ValueError, OverflowError):
        return 0
