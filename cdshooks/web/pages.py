"""The pages for people: demo EHR, Explain, SMART app. Files of this package, read once; no templates, no sessions.

They are answered beside Flask, and only where the settings say so. Scripts and styles come from here alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from threading import Semaphore
from typing import TYPE_CHECKING, Any, NamedTuple

from cdshooks.endpoint import JSON, Answer, Endpoint, refuse, send
from cdshooks.errors import OverloadedError
from cdshooks.registry import Service
from cdshooks.settings import Settings
from cdshooks.web import smart

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXPLAIN = "/explain.json"

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "json": JSON,
    "txt": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
}
_SHARE = 4
"""What pages post takes one place in so many, as it asks for no token: the others are left to hooks."""

OWN = "'self'"
"""Where a page may connect to: here only."""

_NOBODY = "'none'"
_ANY_SERVER = "'self' http: https:"
"""The demo EHR may be pointed at any CDS service and any FHIR server; its patients are invented."""


_TO_REPORT = b' <a href="/report">Report</a>'
_TO_ABOUT = b' <a href="/about">About</a>'


class _File(NamedTuple):
    content: bytes
    type: str
    tag: str
    connects: str = OWN
    frames: str = _NOBODY

    @classmethod
    def of(cls, content: bytes, name: str, connects: str = OWN, frames: str = _NOBODY) -> _File:
        tag = f'"{sha256(content).hexdigest()[:32]}"'
        return cls(content, _TYPES[name.rpartition(".")[2]], tag, connects, frames)


def with_pages(
    app: WSGIApplication, settings: Settings, services: Sequence[Service], endpoints: Mapping[str, Endpoint]
) -> WSGIApplication:
    """Return the app with the pages that the settings turn on."""
    pages = dict(_pages(settings, services))
    posted = dict(_posted(settings, services, endpoints))
    if not pages:
        return app
    room = Semaphore(max(1, settings.threads // _SHARE))

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method == "POST" and path in posted:
            return send(_within(room, posted[path], environ), start_response)
        page = pages.get(path) if method in ("GET", "HEAD") else None
        return app(environ, start_response) if page is None else _send(page, environ, start_response)

    return application


def _within(room: Semaphore, answer: Callable[[WSGIEnvironment], Answer], environ: WSGIEnvironment) -> Answer:
    """Answer, unless as many others are worked on as there is room for."""
    if not room.acquire(blocking=False):
        return refuse(OverloadedError())
    try:
        return answer(environ)
    finally:
        room.release()


def _posted(
    settings: Settings, services: Sequence[Service], endpoints: Mapping[str, Endpoint]
) -> Iterator[tuple[str, Callable[[WSGIEnvironment], Answer]]]:
    """Yield each path that a page posts to, with what answers it."""
    explaining = next((endpoints[each.id] for each in services if each.explain), None)
    if settings.explain_page and explaining:
        yield EXPLAIN, explaining.explain
    telling = next((endpoints[each.id] for each in services if each.evidence), None)
    if settings.smart_page and telling:
        yield smart.EVIDENCE, telling.evidence


def _pages(settings: Settings, services: Sequence[Service]) -> Iterator[tuple[str, _File]]:
    """Yield each path with its file."""
    site = files(__package__).joinpath("site")
    if settings.demo_page:
        yield "/", _File.of(_html(site.joinpath("demo.html"), settings, services), "demo.html", _ANY_SERVER)
    if settings.explain_page:
        yield "/explain", _File.of(_html(site.joinpath("explain.html"), settings, services), "explain.html")
    telling = next((each for each in services if each.evidence), None)
    if settings.smart_page and telling:
        connects = smart.connects(settings)
        for path, name in ((smart.LAUNCH, "smart-launch.html"), (smart.CALLBACK, "smart.html")):
            yield path, _File.of(site.joinpath(name).read_bytes(), name, connects, connects)
        yield smart.CONFIG, _File.of(json.dumps(smart.config(settings, telling)).encode(), "config.json")
    if settings.demo_page or settings.explain_page:
        yield "/demo/orderables.json", _File.of(json.dumps(_orderables(services, settings)).encode(), "orderables.json")
    if settings.demo_page or settings.explain_page or settings.smart_page or settings.report_page:
        yield from _assets(site.joinpath("assets"), "/assets")


def _html(file: Traversable, settings: Settings, services: Sequence[Service]) -> bytes:
    """Return a page, which leads to the report, and to what services tell of themselves, only where there is any."""
    page = file.read_bytes()
    if not settings.report_page:
        page = page.replace(_TO_REPORT, b"")
    return page if any(service.about for service in services) else page.replace(_TO_ABOUT, b"")


def _assets(folder: Traversable, path: str) -> Iterator[tuple[str, _File]]:
    for entry in folder.iterdir():
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _assets(entry, below)
        else:
            yield below, _File.of(entry.read_bytes(), entry.name)


def _orderables(services: Sequence[Service], settings: Settings) -> Mapping[str, Any]:
    """Return what the order box offers: what the services know, and the demo's own regimens."""
    drugs = [drug for service in services if service.orderables for drug in service.orderables()]
    known = {drug["id"] for drug in drugs}
    regimens = json.loads(files(__package__).joinpath("demo", "regimens.json").read_text(encoding="utf-8"))
    return {
        "drugs": drugs,
        "regimens": [each for each in regimens if known.issuperset(each["drugs"])],
        "explained": [service.id for service in services if settings.explain_page and service.explain],
    }


def _send(page: _File, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    headers = [*policy_headers(page.connects, page.frames), ("ETag", page.tag)]
    if environ.get("HTTP_IF_NONE_MATCH") == page.tag:
        start_response("304 Not Modified", headers)
        return [b""]
    headers += [("Content-Type", page.type), ("Content-Length", str(len(page.content)))]
    start_response(f"{HTTPStatus.OK.value} {HTTPStatus.OK.phrase}", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else page.content]


def policy_headers(connects: str, frames: str = _NOBODY) -> Iterator[tuple[str, str]]:
    """Yield what keeps the text of records from running, and pages of others from framing these."""
    policy = {
        "default-src": "'none'",
        "script-src": OWN,
        "style-src": OWN,
        "img-src": connects,
        "connect-src": connects,
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": frames,
        "require-trusted-types-for": "'script'",
        "trusted-types": "dompurify",
    }
    yield "Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in policy.items())
    yield "X-Content-Type-Options", "nosniff"
    yield "Referrer-Policy", "no-referrer"
    yield "Cross-Origin-Opener-Policy", "same-origin"
    yield "Cache-Control", "no-cache"
