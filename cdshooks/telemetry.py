"""Around everything: a request id, the counting of requests, and the two paths for machines that watch the service.

``/readyz`` and ``/metrics`` are answered here, before the gate and the limits, so that a busy service can be watched.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec

from cdshooks import log, metrics
from cdshooks.endpoint import CALLER, HOOK, JSON, OURSELVES, REQUEST_ID, refuse, send
from cdshooks.readiness import Readiness
from cdshooks.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

READY = "/readyz"
METRICS = "/metrics"
_HEADER = "X-Request-ID"

_WELL_FORMED = re.compile(r"[A-Za-z0-9._~-]{8,64}")
_BEARER = "Bearer "
_NO_STORE = ("Cache-Control", "no-store")
_ASKED = ("WWW-Authenticate", "Bearer")


def with_telemetry(app: WSGIApplication, settings: Settings, readiness: Readiness) -> WSGIApplication:
    """Return the app with every request named, counted and timed."""
    watched = {READY: lambda _: _ready(readiness)}
    if settings.sandbox or settings.metrics_token:
        watched[METRICS] = lambda environ: _metrics(environ, settings.metrics_token)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = perf_counter()
        id_ = request_id(environ.get("HTTP_X_REQUEST_ID", ""))
        environ[REQUEST_ID] = id_
        log.begin(id_)
        answered = ""

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:  # noqa: ANN401 - as PEP 3333
            nonlocal answered
            answered = status[:3]
            return start_response(status, [*headers, (_HEADER, id_)], error)

        watch = watched.get(environ["PATH_INFO"])
        if watch and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            try:
                status, kind, body = watch(environ)
            except Exception as error:  # noqa: BLE001 - the server would log its text
                return send(refuse(error), start)
            headers = [("Content-Type", kind), ("Content-Length", str(len(body))), _NO_STORE]
            start(status, [*headers, _ASKED] if status.startswith("401") else headers)
            return [body] if environ["REQUEST_METHOD"] == "GET" else []
        try:
            return app(environ, start)
        finally:
            log.begin("")
            if not OURSELVES.keys() <= environ.keys():
                caller = environ.get(CALLER)
                client = caller.iss if caller else metrics.NONE
                metrics.answered(environ.get(HOOK, metrics.NONE), answered, client, perf_counter() - started)

    return application


def request_id(sent: str) -> str:
    """Return the id that the client or a proxy gave the request if it may stand in a log, else a new one."""
    return sent if _WELL_FORMED.fullmatch(sent) else os.urandom(16).hex()


def _ready(readiness: Readiness) -> tuple[str, str, bytes]:
    state = readiness.state()
    failing = [name for name, told in state.checks.items() if told != "ok"]
    status = ("degraded" if failing else "ok") if state.ready else "not ready"
    told = {"status": status, "failing": failing, "checks": state.checks, "counts": state.counts}
    body = msgspec.json.encode(told)
    return ("200 OK" if state.ready else "503 Service Unavailable"), JSON, body


def _metrics(environ: WSGIEnvironment, token: str) -> tuple[str, str, bytes]:
    shown = environ.get("HTTP_AUTHORIZATION", "")
    if token and not hmac.compare_digest(shown.encode(), (_BEARER + token).encode()):
        return "401 Unauthorized", "text/plain", b"the metrics ask for a bearer token\n"
    return "200 OK", metrics.PLAIN, metrics.exposed()
