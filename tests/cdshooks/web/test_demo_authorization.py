"""The demo's authorization server: nobody logs in, all else is as SMART App Launch 2 has it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from cdshooks.app import create_app
from cdshooks.settings import Settings

_BASE = "http://127.0.0.1:8080"
_VERIFIER = "v" * 43
_CHALLENGE = urlsafe_b64encode(sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()
_LAUNCH = urlsafe_b64encode(b'{"patient": "demo-ros1", "appContext": "{}"}').rstrip(b"=").decode()
_ASKED = {
    "response_type": "code",
    "client_id": "ros1-cds",
    "redirect_uri": f"{_BASE}/smart/callback",
    "aud": f"{_BASE}/fhir",
    "state": "s1",
    "scope": "launch patient/Observation.rs",
    "code_challenge": _CHALLENGE,
    "code_challenge_method": "S256",
    "launch": _LAUNCH,
}


@pytest.fixture(scope="module")
def sandbox() -> FlaskClient:
    """Return a client of a sandbox."""
    return create_app(Settings.for_sandbox(demo_fhir_token="secret")).test_client()  # noqa: S106 - of invented patients


def _sent_back(client: FlaskClient, **changed: str) -> dict[str, str]:
    answer = client.get("/demo/authorize", query_string={**_ASKED, **changed})
    assert answer.status_code == 302
    url = urlsplit(answer.headers["Location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == _ASKED["redirect_uri"]
    return {name: values[0] for name, values in parse_qs(url.query).items()}


def _form(code: str, changed: dict[str, str]) -> dict[str, str]:
    sent = {"grant_type": "authorization_code", "code": code, "code_verifier": _VERIFIER}
    return {**sent, **{name: _ASKED[name] for name in ("client_id", "redirect_uri")}, **changed}


def test_a_code_becomes_the_token_of_the_fhir_server(sandbox: FlaskClient) -> None:
    """With the patient and what the card told the app; the FHIR server takes the token."""
    back = _sent_back(sandbox)
    assert back["state"] == "s1"

    granted = sandbox.post("/demo/token", data=_form(back["code"], {})).get_json()

    assert (granted["patient"], granted["appContext"], granted["scope"]) == ("demo-ros1", "{}", _ASKED["scope"])
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    assert sandbox.get("/fhir/Patient/demo-ros1", headers=headers).status_code == 200
    assert sandbox.get("/fhir/Patient/demo-ros1").status_code == 401


@pytest.mark.parametrize("changed", [{"client_id": "another"}, {"redirect_uri": "https://evil.example.org/"}])
def test_nobody_is_sent_to_where_no_app_is_registered(sandbox: FlaskClient, changed: dict[str, str]) -> None:
    """The error is told here."""
    assert sandbox.get("/demo/authorize", query_string={**_ASKED, **changed}).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://other.example.org/fhir"},
        {"response_type": "token"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"launch": "nonsense"},
        {"launch": urlsafe_b64encode(b'{"patient": ["demo-ros1"]}').decode()},
    ],
)
def test_what_the_standard_asks_for_is_asked_for(sandbox: FlaskClient, changed: dict[str, str]) -> None:
    """The app gets the error, and no code."""
    back = _sent_back(sandbox, **changed)

    assert back["error"] == "invalid_request"
    assert "code" not in back


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 43},
        {"client_id": "another"},
        {"redirect_uri": "https://evil.example.org/"},
        {"code": "x"},
    ],
)
def test_a_code_is_good_for_who_asked_for_it(sandbox: FlaskClient, changed: dict[str, str]) -> None:
    """PKCE, client and redirect URI must be those of the request."""
    answer = sandbox.post("/demo/token", data=_form(_sent_back(sandbox)["code"], changed))

    assert answer.status_code == 400
    assert answer.get_json()["error"] == "invalid_grant"


@pytest.mark.parametrize("members", [{}, {"context": []}, {"until": "soon", "context": {}}])
def test_a_code_that_somebody_made_up_is_refused(sandbox: FlaskClient, members: dict[str, object]) -> None:
    """Whatever it lacks."""
    code = {name: _ASKED[name] for name in ("client_id", "redirect_uri", "code_challenge")} | {"until": 1e12} | members
    sent = _form(urlsafe_b64encode(json.dumps(code).encode()).decode(), {})
    answer = sandbox.post("/demo/token", data=sent)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")


def test_without_a_launch_a_patient_is_chosen(sandbox: FlaskClient) -> None:
    """On a page without scripts, which quotes what it was asked."""
    asked = {name: value for name, value in _ASKED.items() if name != "launch"}

    answer = sandbox.get("/demo/authorize", query_string={**asked, "state": '"><script>'})

    assert "Rosa Vogel" in answer.text
    assert "<script>" not in answer.text
    assert "default-src 'none'; style-src 'self';" in answer.headers["Content-Security-Policy"]
    assert '<link rel="stylesheet" href="../about.css">' in answer.text
    assert sandbox.get("/about.css").status_code == 200
