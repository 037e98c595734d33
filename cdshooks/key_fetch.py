"""Where key sets come from: a file, or the URL that the settings list; nothing that a caller names is fetched."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from time import monotonic

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from cdshooks.connections import calling, left, session
from cdshooks.errors import FetchError
from cdshooks.fhir_guard import Guard
from cdshooks.key_sets import KeySetError, KeySetFault
from cdshooks.settings import Settings

_SECONDS = 3.0
_MOST_BYTES = 256 * 1024
_CHUNK = 16 * 1024
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


def read_file(path: str) -> bytes:
    """Return a key set's JSON; raise KeySetError if it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise KeySetError(KeySetFault.UNREADABLE_FILE) from error


def fetcher(settings: Settings) -> Callable[[str], bytes]:
    """Return what fetches key sets: guarded as FHIR servers are, no redirects, within bounds of time and size."""
    guard = Guard.of(servers=(), networks=settings.fhir_networks, sandbox=settings.sandbox)
    http = session(1, settings.fhir_ca_file)

    def fetch(url: str) -> bytes:
        try:
            with (
                calling(monotonic() + _SECONDS, guard.admits),
                http.get(url, headers=_HEADERS, timeout=left(), stream=True, allow_redirects=False) as answer,
            ):
                if answer.status_code != HTTPStatus.OK:
                    raise KeySetError(KeySetFault.NO_SUCCESS)
                return _bounded(answer)
        except FetchError as error:
            raise KeySetError(KeySetFault.FORBIDDEN_ADDRESS) from error
        except (TimeoutError, requests.Timeout, ReadTimeoutError) as error:
            raise KeySetError(KeySetFault.TOO_LARGE_OR_SLOW) from error
        except (requests.RequestException, HTTPError, OSError) as error:
            raise KeySetError(KeySetFault.UNREACHABLE) from error

    return fetch


def _bounded(answer: requests.Response) -> bytes:
    content = bytearray()
    while chunk := answer.raw.read1(_CHUNK):  # what is there: iter_content would wait for a full chunk
        content += chunk
        if len(content) > _MOST_BYTES or left() <= 0:
            raise KeySetError(KeySetFault.TOO_LARGE_OR_SLOW)
    return bytes(content)
