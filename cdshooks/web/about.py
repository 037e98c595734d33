"""Pages that tell what the services are, and what each of their rules rests on: HTML without scripts, and JSON.

``/about`` and ``/rules/<id>`` are open to everybody: they say what is written in the knowledge, nothing of a patient.
Every page is made once, at start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from cdshooks.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ABOUT = "/about"
RULES = "/rules/"

_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
_STYLE = "/about.css"
_NO_RULE = ""  # no path of a request
_NO_PAGE = RULES  # none of the pages that links lead to
_HEADERS = [
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Vary", "Accept"),
]


class _Page(NamedTuple):
    kind: str
    body: bytes


def with_about(app: WSGIApplication, settings: Settings, told: Mapping[str, Mapping[str, Any]]) -> WSGIApplication:
    """Return the app with the pages about its services, by their ids; they lead to the other pages that there are."""
    pages = dict(_pages(settings, told))
    no_rule = pages.pop(_NO_RULE, None)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        page = pages.get(path)
        status = "200 OK"
        if page is None and path.startswith(RULES) and "text/html" in environ.get("HTTP_ACCEPT", ""):
            page, status = no_rule, "404 Not Found"  # an old card's link, opened by a clinician
        if page is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return app(environ, start_response)
        if page.kind == _HTML and _asks_for_json(environ.get("HTTP_ACCEPT", "")):
            page = pages[f"{path}.json"]
        start_response(status, [("Content-Type", page.kind), ("Content-Length", str(len(page.body))), *_HEADERS])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [page.body]

    return application


def _asks_for_json(accept: str) -> bool:
    kinds = [each.partition(";")[0].strip().lower() for each in accept.split(",")]
    return _JSON in kinds and "text/html" not in kinds


def _others(settings: Settings) -> Sequence[tuple[str, str]]:
    """Return the pages that there are, by the names of their links."""
    all_ = [
        ("Order entry", "", settings.demo_page),
        ("Explain", "explain", settings.explain_page),
        ("Report", "report", settings.report_page),
        ("About", ABOUT[1:], True),
    ]
    return [(name, path) for name, path, shown in all_ if shown]


def _pages(settings: Settings, told: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, _Page]]:
    if not told:
        return
    templates = Environment(
        loader=PackageLoader("cdshooks.web", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.globals["pages"] = _others(settings)
    page = templates.get_template("about.html")
    yield ABOUT, _Page(_HTML, page.render(services=told, here=ABOUT[1:]).encode())
    yield f"{ABOUT}.json", _Page(_JSON, msgspec.json.encode({"services": told}))
    page = templates.get_template("rule.html")
    for each in told.values():
        for rule in each["rules"]:
            yield f"{RULES}{rule['id']}", _Page(_HTML, page.render(rule=rule, here=_NO_PAGE).encode())
            yield f"{RULES}{rule['id']}.json", _Page(_JSON, msgspec.json.encode(rule))
    page = templates.get_template("no_rule.html")
    yield (
        _NO_RULE,
        _Page(_HTML, page.render(releases=sorted({each["release"] for each in told.values()}), here=_NO_PAGE).encode()),
    )
    yield _STYLE, _Page("text/css; charset=utf-8", files("cdshooks.web").joinpath("pages/about.css").read_bytes())
