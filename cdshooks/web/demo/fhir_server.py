"""A read-only FHIR R4 server in the same process, over invented patients: a sandbox works without any other server.

It answers below ``/fhir`` and, as SMART launchers ask for encounters there, at the root. CORS is the app's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hmac import compare_digest
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from cdshooks.web.demo.records import PARAMETERS, Records, load, page

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/fhir"

_FHIR_JSON = "application/fhir+json; charset=utf-8"
_LONGEST_FORM = 65_536  # bytes of a search that is posted
_METADATA = "metadata"

Query = Mapping[str, Sequence[str]]
Result = tuple[HTTPStatus, dict[str, Any]]


def with_demo_fhir(app: WSGIApplication, base_url: str, token: str = "") -> WSGIApplication:
    """Return the app with the FHIR server beside it; with a token, only who sends it is answered."""
    server = _Server(load(datetime.now(UTC).date()), f"{base_url}{PATH}", token)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        below = path.startswith(f"{PATH}/") or path == PATH
        steps = [step for step in path.removeprefix(PATH if below else "").split("/") if step]
        if not below and not server.knows(steps):
            return app(environ, start_response)
        status, content = server.answer(steps, environ)
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = [("Content-Type", _FHIR_JSON), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response(f"{status.value} {status.phrase}", headers)
        return [body]

    return application


class _Server:
    def __init__(self, records: Records, base_url: str, token: str) -> None:
        self._records = records
        self._base_url = base_url
        self._token = token

    def knows(self, steps: Sequence[str]) -> bool:
        """Tell whether a path at the root is one of FHIR's."""
        return bool(steps) and (steps[0] in self._records.by_type or steps == [_METADATA])

    def answer(self, steps: Sequence[str], environ: WSGIEnvironment) -> Result:
        """Answer one request."""
        method = environ["REQUEST_METHOD"]
        if list(steps) == [_METADATA] and method == "GET":
            return HTTPStatus.OK, self._capabilities()
        sent = environ.get("HTTP_AUTHORIZATION", "")
        if self._token and not compare_digest(sent.encode(), f"Bearer {self._token}".encode()):
            return _outcome(HTTPStatus.UNAUTHORIZED, "login", "This server answers who sends its bearer token")
        found = self._asked(method, steps, environ)
        if found:
            return HTTPStatus.OK, found
        if method != "GET":
            return _outcome(HTTPStatus.METHOD_NOT_ALLOWED, "not-supported", "This server can only be read")
        return _outcome(HTTPStatus.NOT_FOUND, "not-found", "There is no such resource here")

    def _asked(self, method: str, steps: Sequence[str], environ: WSGIEnvironment) -> dict[str, Any] | None:
        """Return what a read or a search brings; None if it is neither, or there is no such resource."""
        query = parse_qs(environ.get("QUERY_STRING", ""))
        match method, steps:
            case "GET", [type_] if type_ in self._records.by_type:
                return self._found(type_, query)
            case "POST", [type_, "_search"] if type_ in self._records.by_type:
                return self._found(type_, {**query, **_form(environ)})
            case "GET", [type_, id_]:
                return self._records.read(type_, id_)
            case _:
                return None

    def _found(self, type_: str, query: Query) -> dict[str, Any]:
        """Return one page of what a search finds."""
        found = self._records.search(type_, query)
        start, size = page(query)
        links = [{"relation": "self", "url": self._url(type_, query)}]
        if start + size < len(found) and size:
            links.append({"relation": "next", "url": self._url(type_, {**query, "_offset": [str(start + size)]})})
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
        entries = [self._entry(resource) for resource in found[start : start + size]]
        return {**bundle, "entry": entries} if entries else bundle

    def _entry(self, resource: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._base_url}/{resource['resourceType']}/{resource['id']}"
        return {"fullUrl": url, "resource": resource, "search": {"mode": "match"}}

    def _url(self, type_: str, query: Query) -> str:
        return f"{self._base_url}/{type_}?{urlencode(query, doseq=True)}"

    def _capabilities(self) -> dict[str, Any]:
        parameters = [{"name": name, "type": _kind(name)} for name in PARAMETERS]
        interactions = [{"code": "read"}, {"code": "search-type"}]
        return {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-11-21",
            "kind": "instance",
            "implementation": {"description": "Invented patients, read only", "url": self._base_url},
            "fhirVersion": "4.0.1",
            "format": ["json"],
            "rest": [
                {
                    "mode": "server",
                    "security": {"cors": True, "description": "Open, or one bearer token for all; invented patients"},
                    "resource": [
                        {"type": type_, "interaction": interactions, "searchParam": parameters}
                        for type_ in sorted(self._records.by_type)
                    ],
                }
            ],
        }


def _kind(name: str) -> str:
    kinds = {"reference": ("patient", "subject", "encounter"), "string": ("name", "family", "given")}
    dates = ("date", "authoredon", "recorded-date", "birthdate")
    return "date" if name in dates else next((kind for kind, names in kinds.items() if name in names), "token")


def _form(environ: WSGIEnvironment) -> dict[str, list[str]]:
    """Return the parameters of a search that is posted."""
    length = min(int(environ.get("CONTENT_LENGTH") or 0), _LONGEST_FORM)
    return parse_qs(environ["wsgi.input"].read(length).decode("utf-8", "replace"))


def _outcome(status: HTTPStatus, code: str, words: str) -> Result:
    issue = {"severity": "error", "code": code, "details": {"text": words}}
    return status, {"resourceType": "OperationOutcome", "issue": [issue]}
