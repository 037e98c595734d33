"""CORS: a browser EHR may call us, and may read our errors too (2.0.1, "Cross-Origin Resource Sharing").

It wraps the whole app, so that preflights need no token and no answer, whatever its status, goes without the headers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ANY = "*"

_ALLOWED = [
    ("Access-Control-Allow-Headers", "authorization, content-type"),
    ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
]
_PREFLIGHT = [("Access-Control-Max-Age", "600"), ("Content-Length", "0")]


def with_cors(app: WSGIApplication, origins: tuple[str, ...]) -> WSGIApplication:
    """Return the app with CORS headers on every answer, and with preflights answered."""
    known = frozenset(origins)

    def headers_for(origin: str | None) -> list[tuple[str, str]]:
        if ANY in known:
            return [("Access-Control-Allow-Origin", ANY), *_ALLOWED]
        if origin in known and origin is not None:
            return [("Access-Control-Allow-Origin", origin), ("Vary", "Origin"), *_ALLOWED]
        return [("Vary", "Origin")]

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        added = headers_for(environ.get("HTTP_ORIGIN"))
        if environ["REQUEST_METHOD"] == "OPTIONS":
            start_response("204 No Content", [*added, *_PREFLIGHT])
            return [b""]

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:  # noqa: ANN401 - as PEP 3333
            return start_response(status, headers + added, error)

        return _whole(app(environ, start))

    return application


def _whole(answer: Iterable[bytes]) -> Iterable[bytes]:
    """Return the answer as a list of one body: servers send that at once, an iterator piece by piece."""
    try:
        return [b"".join(answer)]
    finally:
        close = getattr(answer, "close", None)
        if close:
            close()
