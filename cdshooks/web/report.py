"""The report for a CDS committee: a page, JSON and CSV, behind a sign-in wherever the ledger is a real one.

``/report`` in a sandbox shows invented figures, and its own ledger where it is asked for; never both together.
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Lock
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Engine

from cdshooks import log
from cdshooks.report.figures import Scope, report
from cdshooks.report.rows import Names, Rows, RuleName, week_of
from cdshooks.report.shapes import Report
from cdshooks.report.spreadsheet import spreadsheet
from cdshooks.settings import Settings
from cdshooks.store.engine import StoreError, open_store
from cdshooks.store.outcomes import count
from cdshooks.web.demo.outcomes import invented, watching
from cdshooks.web.pages import OWN, policy_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REPORT = "/report"

_KEEP_SECONDS = 60
"""A report is made at most once a minute, whoever asks."""

_PATIENCE_SECONDS = 2
_OF_LEDGER = "data=ledger"
_PRIVATE = ("Cache-Control", "no-store")
_PLAIN = "text/plain; charset=utf-8"


class _Answer(NamedTuple):
    status: HTTPStatus
    kind: str
    body: bytes
    more: tuple[tuple[str, str], ...] = ()


def with_report(app: WSGIApplication, settings: Settings, told: Mapping[str, Mapping[str, Any]]) -> WSGIApplication:
    """Return the app with the report on its services, if the settings have one."""
    if not settings.report_page:
        return app
    desk = _Desk(settings, told)
    writers: Mapping[str, Callable[[Report], _Answer]] = {
        REPORT: _Page(settings),
        f"{REPORT}.json": lambda made: _Answer(HTTPStatus.OK, "application/json", msgspec.json.encode(made)),
        f"{REPORT}.csv": _as_csv,
    }

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        write = writers.get(environ["PATH_INFO"])
        if write is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return app(environ, start_response)
        if not signed_in(environ.get("HTTP_AUTHORIZATION", ""), settings.report_token):
            log.event("refused", status=401, error="unauthorized", reason="report")
            answer = _ASK
        else:
            made = desk.report(of_ledger=environ.get("QUERY_STRING") == _OF_LEDGER)
            answer = write(made) if made else _AWAY
        sent = [("Content-Type", answer.kind), ("Content-Length", str(len(answer.body)))]
        start_response(
            f"{answer.status.value} {answer.status.phrase}",
            [*(each for each in policy_headers(OWN) if each[0] != _PRIVATE[0]), _PRIVATE, *sent, *answer.more],
        )
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    return application


def signed_in(authorization: str, token: str) -> bool:
    """Tell whether a request may see the report: the token as bearer token, or as password of HTTP Basic."""
    if not token:
        return True
    scheme, _, shown = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            shown = b64decode(shown, validate=True).decode().partition(":")[2]
        except ValueError:
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(shown.encode(), token.encode())


class _Desk:
    """Makes reports, one at a time, and keeps each for a minute."""

    def __init__(self, settings: Settings, told: Mapping[str, Mapping[str, Any]]) -> None:
        self._settings = settings
        self._names = _names(told)
        self._engine: Engine | None = None
        self._lock = Lock()
        self._made: dict[bool, tuple[float, Report]] = {}

    def report(self, *, of_ledger: bool) -> Report | None:
        """Return the report on the ledger, or in a sandbox that on invented cards; None if it cannot be had now."""
        from_ledger = of_ledger or not self._settings.sandbox
        if not self._lock.acquire(timeout=_PATIENCE_SECONDS):
            return None  # somebody else waits for it
        try:
            now = time()
            until, made = self._made.get(from_ledger, (0.0, None))
            if made is None or now >= until:
                made = self._new(now, from_ledger=from_ledger)
                self._made[from_ledger] = now + _KEEP_SECONDS, made
        except StoreError as error:
            log.event("report-failed", level=log.Level.ERROR, exception=type(error).__name__)
            return None
        finally:
            self._lock.release()
        return made

    def _new(self, now: float, *, from_ledger: bool) -> Report:
        last = week_of(now) - 1
        first = last - self._settings.report_weeks + 1
        scope = Scope(
            first=first,
            last=last,
            smallest=self._settings.report_smallest_count,
            threshold=self._settings.report_acceptance,
            made=datetime.fromtimestamp(now, UTC).isoformat(timespec="minutes"),
            invented=not from_ledger,
        )
        names = self._names if from_ledger else watching(self._names)
        return report(self._rows(first, last, from_ledger=from_ledger), names, scope)

    def _rows(self, first: int, last: int, *, from_ledger: bool) -> Rows:
        if not from_ledger:
            return invented(first, last, {code: system or "" for system, code in self._names.reasons})
        self._engine = self._engine or open_store(self._settings.store, connections=1)
        return count(self._engine, first=first, last=last)


def _names(told: Mapping[str, Mapping[str, Any]]) -> Names:
    return Names(
        rules={
            rule["id"]: RuleName(rule["title"], rule["topic"], rule["silentMode"])
            for about in told.values()
            for rule in about["rules"]
        },
        reasons={
            (reason["system"], reason["code"]): reason["display"]
            for about in told.values()
            for reason in about["overrideReasons"]
        },
    )


class _Page:
    """Writes the page."""

    def __init__(self, settings: Settings) -> None:
        templates = Environment(
            loader=PackageLoader("cdshooks.web", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        templates.filters["count"] = _count
        templates.filters["day"] = _day
        templates.filters["span"] = _span
        self._template = templates.get_template("report.html")
        self._settings = settings

    def __call__(self, made: Report) -> _Answer:
        body = self._template.render(
            report=made,
            query=f"?{_OF_LEDGER}" if self._settings.sandbox and made.data == "ledger" else "",
            settings=self._settings,
            of_ledger=_OF_LEDGER,
        )
        return _Answer(HTTPStatus.OK, "text/html; charset=utf-8", body.encode())


def _as_csv(made: Report) -> _Answer:
    name = f"ros1-cds-report-{made.data}-{made.last}.csv"
    saved = ("Content-Disposition", f'attachment; filename="{name}"')
    return _Answer(HTTPStatus.OK, "text/csv; charset=utf-8", spreadsheet(made).encode(), (saved,))


def _count(number: float) -> str:
    """Return a number as it is read: thousands apart, no decimal that says nothing."""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"


def _day(iso: str) -> str:
    day = datetime.fromisoformat(iso)
    return f"{day.day} {day:%b %Y}"


def _span(seconds: float) -> str:
    """Return a time as it is read."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{_count(round(seconds / size, 1))} {unit}"
    return f"{_count(seconds)} s"


_ASK = _Answer(
    HTTPStatus.UNAUTHORIZED,
    _PLAIN,
    b"The report asks for its password, with any user name.\n",
    (("WWW-Authenticate", 'Basic realm="Report", charset="UTF-8"'),),
)
_AWAY = _Answer(
    HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, b"The report cannot be made now; try again.\n", (("Retry-After", "5"),)
)
