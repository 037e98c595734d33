"""The routes: discovery, hooks, health, and an OperationOutcome for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient

from cdshooks.app import create_app
from cdshooks.errors import Issue, PrefetchUnavailableError
from cdshooks.registry import Service
from cdshooks.request import HookRequest
from cdshooks.schema import load
from cdshooks.settings import Settings
from tests.cdshooks.bodies import PATH, context, encoded, request
from tests.cdshooks.hello import service

OUTCOME = load("operation-outcome")
JSON = {"Content-Type": "application/json"}


def serving(respond: Any) -> FlaskClient:  # noqa: ANN401 - a function that answers a hook
    """Return a client of an app whose one service answers by this function."""
    declared = Service(id="tested", hooks=("order-select",), title="Tested", description="Tested", respond=respond)
    return create_app(Settings.for_sandbox(), services=(declared,)).test_client()


@pytest.mark.requirement("D1", "S1")
def test_discovery_and_hooks_are_answered(client: FlaskClient) -> None:
    """Discovery lists the service, and calling it gives its cards."""
    listed = client.get("/cds-services")
    answered = client.post(PATH, json=request())
    assert (listed.status_code, answered.status_code) == (200, 200)
    assert [entry["id"] for entry in listed.get_json()["services"]] == ["hello-world", "hello-world"]
    assert answered.get_json() == {
        "cards": [{"summary": "Hello, absent", "indicator": "info", "source": {"label": "Hello"}}]
    }


@pytest.mark.requirement("D7")
def test_one_service_answers_each_hook_that_it_is_listed_for(client: FlaskClient) -> None:
    """The path names the service, the body the hook."""
    assert client.post(PATH, json=request(hook="order-sign", context=context(selections=...))).status_code == 200
    assert client.post(PATH, json=request(hook="patient-view")).status_code == 400


@pytest.mark.requirement("R5")
def test_a_repeated_hook_instance_is_answered_again(client: FlaskClient) -> None:
    """The same request twice, for instance after a time-out, gets the same cards."""
    first, second = (client.post(PATH, json=request()).get_json() for _ in range(2))
    assert first == second


def test_health_is_answered(client: FlaskClient) -> None:
    """A container's health check gets 200."""
    assert client.get("/healthz").get_json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/cds-services//hello-world", "/cds-services/hello-world/", "/cds-services/"])
def test_a_slash_too_many_is_no_redirect(client: FlaskClient, path: str) -> None:
    """A client that adds a slash to our base URL is answered, as a browser's preflight does not follow a redirect."""
    answer = client.get(path) if path.endswith("services/") else client.post(path, json=request())
    assert answer.status_code == 200


ERRORS = {
    "no such path": ("GET", "/nowhere", {}, b"", 404, "not-found"),
    "no such service": ("POST", "/cds-services/none", JSON, encoded(), 404, "unknown-service"),
    "no such service, odd path": ("POST", "/cds-services//none", JSON, encoded(), 404, "unknown-service"),
    "feedback": ("POST", f"{PATH}/feedback", JSON, b'{"feedback": []}', 404, "feedback-not-offered"),
    "feedback on no service": ("POST", "/cds-services/none/feedback", JSON, b"{}", 404, "unknown-service"),
    "GET of a service": ("GET", PATH, {}, b"", 405, "method-not-allowed"),
    "POST to discovery": ("POST", "/cds-services", JSON, encoded(), 405, "method-not-allowed"),
    "PUT": ("PUT", PATH, JSON, encoded(), 405, "method-not-allowed"),
    "no JSON": ("POST", PATH, JSON, b"hook=order-select", 400, "invalid-request"),
    "a comment": ("POST", PATH, JSON, b"{} // that's it", 400, "invalid-request"),
    "a trailing comma": ("POST", PATH, JSON, encoded()[:-1] + b",}", 400, "invalid-request"),
    "no body": ("POST", PATH, JSON, b"", 400, "invalid-request"),
    "no hook": ("POST", PATH, JSON, b"{}", 400, "invalid-request"),
    "another hook": ("POST", PATH, JSON, encoded(hook="patient-view"), 400, "hook-not-offered"),
    "a form": (
        "POST",
        PATH,
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"a=1",
        415,
        "unsupported-media-type",
    ),
    "XML": ("POST", PATH, {"Content-Type": "application/fhir+xml"}, b"<a/>", 415, "unsupported-media-type"),
    "gzip": ("POST", PATH, {**JSON, "Content-Encoding": "gzip"}, b"\x1f\x8b", 415, "unsupported-media-type"),
}


@pytest.mark.requirement("R6", "S3", "S6", "D8", "J4")
@pytest.mark.parametrize("row", ERRORS.values(), ids=ERRORS)
def test_every_error_is_an_operation_outcome(
    client: FlaskClient, row: tuple[str, str, dict[str, str], bytes, int, str]
) -> None:
    """Each error has its status, an OperationOutcome with its slug, and the CORS headers that let browsers read it."""
    method, path, headers, body, status, slug = row
    answer = client.open(path, method=method, headers=headers, data=body)
    outcome = answer.get_json()
    assert (answer.status_code, outcome["issue"][0]["details"]["coding"][0]["code"]) == (status, slug)
    assert OUTCOME.faults(outcome) == ()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_wrong_method_is_answered_with_the_right_ones(client: FlaskClient) -> None:
    """405 names the methods that the path takes."""
    assert client.get(PATH).headers["Allow"] == "OPTIONS, POST"


TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=ISO-8859-1",
    "Application/JSON",
    "application/fhir+json",
    "application/fhir+json; fhirVersion=4.0",
    "application/vnd.cds-hooks+json",
    "",
)


@pytest.mark.requirement("J5")
@pytest.mark.parametrize("media_type", TYPES)
def test_json_is_accepted_under_its_names(client: FlaskClient, media_type: str) -> None:
    """Any JSON media type, with or without charset, and none at all."""
    assert client.post(PATH, data=encoded(), headers={"Content-Type": media_type}).status_code == 200


@pytest.mark.requirement("S6")
@pytest.mark.parametrize("path", ["/cds-services", PATH, f"{PATH}/feedback", "/cds-services//hello-world", "/none"])
def test_a_preflight_is_answered_everywhere(client: FlaskClient, path: str) -> None:
    """OPTIONS needs no token and allows what a browser EHR asks for."""
    asked = {"Origin": "https://ehr.example.org", "Access-Control-Request-Headers": "authorization,content-type"}
    answer = client.options(path, headers=asked)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization, content-type"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_only_listed_origins_are_allowed_where_they_are_listed() -> None:
    """With origins in the settings, each gets its own name back, and others nothing."""
    settings = Settings.for_sandbox(cors_origins=("https://ehr.example.org", "https://other.example.org"))
    client = create_app(settings, services=(service(settings),)).test_client()
    listed = client.post(PATH, json=request(), headers={"Origin": "https://other.example.org"})
    unlisted = client.post(PATH, json=request(), headers={"Origin": "https://evil.example.org"})
    assert listed.headers["Access-Control-Allow-Origin"] == "https://other.example.org"
    assert "Access-Control-Allow-Origin" not in unlisted.headers
    assert listed.headers["Vary"] == unlisted.headers["Vary"] == "Origin"


@pytest.mark.requirement("J1")
def test_the_host_header_changes_nothing(client: FlaskClient) -> None:
    """Who we are is a setting: a request that names another host finds no trace of it in the answer."""
    answer = client.get("/cds-services", headers={"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org"})
    assert answer.data == client.get("/cds-services").data


@pytest.mark.requirement("S4")
@pytest.mark.parametrize("path", [PATH, "/cds-services/none"])
def test_no_answer_says_anything_about_a_token(client: FlaskClient, path: str) -> None:
    """Whatever stands in the Authorization header: the answer does not explain or repeat it."""
    answer = client.post(path, json=request(), headers={"Authorization": "Bearer not.a.token"})
    assert b"oken" not in answer.data.replace(b"prefetch", b"")


@pytest.mark.requirement("G4", "S2")
def test_a_service_without_the_data_it_needs_is_412() -> None:
    """A service that lacks needed data says so with 412 and what is missing, not with an empty answer."""

    def respond(_: HookRequest) -> Sequence[object]:
        raise PrefetchUnavailableError(Issue(what="No results were sent", where="prefetch.observations"))

    answer = serving(respond).post("/cds-services/tested", json=request())
    assert answer.status_code == 412
    assert answer.get_json()["issue"][0]["expression"] == ["prefetch.observations"]


FAILURES = {
    "a programming error": KeyError("Jane Doe, born 1970"),
    "a recursion without end": RecursionError(),
    "an assertion": AssertionError("Jane Doe"),
}


@pytest.mark.requirement("S3")
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_a_service_that_fails_is_an_error_that_tells_nothing(failure: Exception) -> None:
    """A crash is never an empty answer, and its text, which may name a patient, goes nowhere."""

    def respond(_: HookRequest) -> Sequence[object]:
        raise failure

    answer = serving(respond).post("/cds-services/tested", json=request())
    assert answer.status_code == (400 if isinstance(failure, RecursionError) else 500)
    assert OUTCOME.holds(answer.get_json())
    assert b"Jane" not in answer.data


def test_a_card_that_breaks_the_standard_is_an_error_of_ours() -> None:
    """An answer that its own schema refuses is 500 with what is wrong, not a broken card in an EHR."""

    def respond(_: HookRequest) -> Sequence[object]:
        return ({"summary": "x" * 140, "indicator": "info", "source": {"label": "x"}},)

    answer = serving(respond).post("/cds-services/tested", json=request())
    assert answer.status_code == 500
    assert answer.get_json()["issue"][0]["expression"] == ["cards[0].summary"]


def test_the_limit_of_bodies_holds() -> None:
    """A body over the limit is 413, one at the limit is read."""
    body = encoded()
    settings = Settings.for_sandbox(max_body_bytes=len(body))
    client = create_app(settings, services=(service(settings),)).test_client()
    assert client.post(PATH, data=body, headers=JSON).status_code == 200
    refused = client.post(PATH, data=body + b" ", headers=JSON)
    assert (refused.status_code, OUTCOME.holds(refused.get_json())) == (413, True)
