"""The authorization server of the demo FHIR server: SMART App Launch 2 as far as an app with PKCE needs it.

Patients are invented and the FHIR server is open, so nobody logs in or consents. All else is checked as the standard
asks: client, redirect URI, audience, PKCE. A code tells itself what it stands for: nothing is kept, any worker answers.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from http import HTTPStatus
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from cdshooks.web.demo.records import load

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_DISCOVERY = "/fhir/.well-known/smart-configuration"
_AUTHORIZE = "/demo/authorize"
_TOKEN = "/demo/token"  # noqa: S105 - a path
_LIFETIME = 60  # seconds of a code
_LONGEST_FORM = 16_384
_OPEN = "open"  # the token where the FHIR server asks for none

_HEAD = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<title>Demo authorization server</title><link rel="stylesheet" href="../about.css"></head><body><main>'
)
_FOOT = "</main></body></html>"

Values = Mapping[str, str]


class _Reply(NamedTuple):
    status: HTTPStatus
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def with_authorization(
    app: WSGIApplication, base_url: str, clients: Mapping[str, str], token: str = ""
) -> WSGIApplication:
    """Return the app with the authorization server beside it; ``clients`` are registered: id, redirect URI."""
    server = _Authorization(base_url, clients, token or _OPEN)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reply = server.reply(environ)
        if reply is None:
            return app(environ, start_response)
        length = ("Content-Length", str(len(reply.body)))
        headers = [*reply.headers, length, ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")]
        start_response(f"{reply.status.value} {reply.status.phrase}", headers)
        return [reply.body]

    return application


class _Authorization:
    def __init__(self, base_url: str, clients: Mapping[str, str], token: str) -> None:
        self._base_url = base_url
        self._audience = f"{base_url}/fhir"
        self._clients = clients
        self._token = token
        self._patients = {id_: _name(patient) for id_, patient in load().by_type["Patient"].items()}

    def reply(self, environ: WSGIEnvironment) -> _Reply | None:
        """Answer what is asked of an authorization server; None if it is something else."""
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", path if path == _DISCOVERY:
                return _json(self._configuration())
            case "GET", path if path == _AUTHORIZE:
                return self._authorize(dict(parse_qsl(environ.get("QUERY_STRING", ""))))
            case "POST", path if path == _TOKEN:
                length = min(int(environ.get("CONTENT_LENGTH") or 0), _LONGEST_FORM)
                return self._exchange(dict(parse_qsl(environ["wsgi.input"].read(length).decode("utf-8", "replace"))))
            case _:
                return None

    def _configuration(self) -> dict[str, Any]:
        return {
            "authorization_endpoint": f"{self._base_url}{_AUTHORIZE}",
            "token_endpoint": f"{self._base_url}{_TOKEN}",
            "grant_types_supported": ["authorization_code"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["launch", "launch/patient", "patient/*.rs"],
            "capabilities": [
                "launch-ehr",
                "launch-standalone",
                "client-public",
                "context-ehr-patient",
                "context-standalone-patient",
                "permission-patient",
                "permission-v2",
            ],
        }

    def _authorize(self, asked: Values) -> _Reply:
        """Send a code back to the app; before a standalone launch, let a patient be chosen."""
        redirect = self._clients.get(asked.get("client_id", ""))
        if redirect is None or asked.get("redirect_uri") != redirect:
            return _page(HTTPStatus.BAD_REQUEST, "<h1>This app is not registered here</h1>")
        state = {"state": asked["state"]} if asked.get("state") else {}
        if asked.get("response_type") != "code" or asked.get("aud", "").rstrip("/") != self._audience or not state:
            return _redirect(redirect, {"error": "invalid_request", **state})
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return _redirect(redirect, {"error": "invalid_request", "error_description": "no PKCE", **state})
        launch = _read(asked["launch"]) if "launch" in asked else {"patient": asked.get("patient")}
        if "launch" not in asked and launch["patient"] not in self._patients:
            return _page(HTTPStatus.OK, _choice(asked, self._patients))
        if str(launch.get("patient")) not in self._patients:
            return _redirect(redirect, {"error": "invalid_request", "error_description": "no such launch", **state})
        code = {name: asked[name] for name in ("client_id", "redirect_uri", "code_challenge")}
        context = {name: launch[name] for name in ("patient", "encounter", "appContext") if launch.get(name)}
        granted = {**code, "context": context, "scope": asked.get("scope", ""), "until": time() + _LIFETIME}
        return _redirect(redirect, {"code": _written(granted), **state})

    def _exchange(self, sent: Values) -> _Reply:
        """Answer a code with the token, if it is the app that asked for it."""
        code = _read(sent.get("code", ""))
        digest = sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        same = all(sent.get(name) and sent[name] == code.get(name) for name in ("client_id", "redirect_uri"))
        if sent.get("grant_type") != "authorization_code" or not same or challenge != code.get("code_challenge"):
            return _json({"error": "invalid_grant"}, HTTPStatus.BAD_REQUEST)
        if not isinstance(code.get("until"), float) or code["until"] < time():
            return _json({"error": "invalid_grant", "error_description": "too late"}, HTTPStatus.BAD_REQUEST)
        context = code.get("context")
        if not isinstance(context, dict):
            return _json({"error": "invalid_grant"}, HTTPStatus.BAD_REQUEST)
        granted = {"access_token": self._token, "token_type": "Bearer", "expires_in": 300, "scope": code.get("scope")}
        return _json({**granted, **context, "need_patient_banner": True})


def _written(value: Mapping[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _read(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _json(value: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> _Reply:
    return _Reply(status, (("Content-Type", "application/json"),), json.dumps(value).encode())


def _redirect(url: str, values: Values) -> _Reply:
    return _Reply(HTTPStatus.FOUND, (("Location", f"{url}?{urlencode(values)}"),))


def _name(patient: Mapping[str, Any]) -> str:
    name = patient["name"][0]
    return " ".join((*name["given"], name["family"]))


def _choice(asked: Values, patients: Values) -> str:
    links = (
        f'<li><a href="?{escape(urlencode({**asked, "patient": id_}))}">{escape(name)}</a></li>'
        for id_, name in sorted(patients.items(), key=lambda each: each[1])
    )
    lead = '<p class="lead">Invented patients; whoever asks may choose one.</p>'
    return f"<h1>Which patient?</h1>{lead}<ul>{''.join(links)}</ul>"


def _page(status: HTTPStatus, body: str) -> _Reply:
    policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy))
    return _Reply(status, headers, f"{_HEAD}{body}{_FOOT}".encode())
