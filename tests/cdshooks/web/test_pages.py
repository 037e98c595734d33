"""The pages without a browser: who gets them, with which headers, and what they are served from the knowledge."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient

from cdshooks.app import create_app
from cdshooks.settings import Settings
from tests.cdshooks import bodies, hello
from tests.cdshooks.tokens import Signer, bearer, production

_JOURNEYS = Path(__file__).parents[2] / "journeys"
_FUSION = _JOURNEYS / "ros1-fusion-pembrolizumab" / "request.json"
_PAGES = ("/", "/explain", "/assets/style.css", "/assets/demo.js", "/demo/orderables.json")


@pytest.fixture(scope="module")
def sandbox() -> FlaskClient:
    """Return a client of a sandbox."""
    return create_app(Settings.for_sandbox()).test_client()


@pytest.mark.parametrize("path", _PAGES)
def test_a_sandbox_serves_the_pages_under_a_strict_policy(sandbox: FlaskClient, path: str) -> None:
    """No inline script or style, no framing, no guessing of types; a second request is told that nothing changed."""
    answer = sandbox.get(path)

    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = sandbox.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert sandbox.head(path).headers["Content-Length"] == str(len(answer.data))


def test_explain_talks_to_no_other_server(sandbox: FlaskClient) -> None:
    """What is pasted there can leave for nowhere else; the demo, with invented patients, may be pointed elsewhere."""
    assert "connect-src 'self';" in sandbox.get("/explain").headers["Content-Security-Policy"]
    assert "connect-src 'self' http: https:;" in sandbox.get("/").headers["Content-Security-Policy"]


def test_production_has_no_pages_unless_a_setting_turns_them_on(tmp_path: Path) -> None:
    """Not without a token nor with one; each setting turns on its own page, its files, and nothing else."""
    ehr = Signer()
    closed = create_app(production(tmp_path, ehr)).test_client()
    for path in (*_PAGES, "/fhir/metadata"):
        assert closed.get(path).status_code == 401
        url = f"https://cds.example.org{path}"
        assert closed.get(path, headers=bearer(ehr.token(url))).status_code in (401, 404)
    assert closed.post("/explain.json", data=_FUSION.read_bytes()).status_code == 401

    explaining = create_app(production(tmp_path, ehr, explain_page=True)).test_client()
    assert explaining.get("/explain").status_code == 200
    assert explaining.get("/assets/explain.js").status_code == 200
    assert explaining.post("/explain.json", data=_FUSION.read_bytes()).status_code == 200
    assert explaining.get("/").status_code == 401
    assert explaining.get("/fhir/metadata").status_code == 401


def test_a_sandbox_can_be_without_pages() -> None:
    """Then there is nothing at their paths; the files that pages share are still those of the report."""
    client = create_app(Settings.for_sandbox(demo_page=False, explain_page=False, smart_page=False)).test_client()

    own = [path for path in _PAGES if not path.startswith("/assets/")]
    assert [client.get(path).status_code for path in own] == [404] * len(own)
    assert client.post("/explain.json", data=b"{}").status_code == 404


def test_every_known_drug_can_be_ordered(sandbox: FlaskClient) -> None:
    """From the knowledge, with group, brands and, where one is confirmed, a code; regimens name only known drugs."""
    offered = sandbox.get("/demo/orderables.json").get_json()

    drugs = {each["id"]: each for each in offered["drugs"]}
    files = Path(__file__).parents[3] / "knowledge" / "data" / "drugs"
    assert drugs.keys() == {file.stem for file in files.glob("*.yaml")}
    assert drugs["pembrolizumab"]["brands"][0] == "Keytruda"
    assert drugs["pembrolizumab"]["coding"][0]["code"] == "1547545"
    regimens = [each["drugs"] for each in offered["regimens"]]
    assert ["carboplatin", "pemetrexed", "pembrolizumab"] in regimens
    assert all(drug in drugs for regimen in regimens for drug in regimen)


def test_explain_answers_and_forgets(sandbox: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    """The explanation comes as JSON; nothing of the request is logged."""
    answer = sandbox.post("/explain.json", data=_FUSION.read_bytes(), content_type="application/json")

    told: dict[str, Any] = answer.get_json()
    assert told["cards"][0]["indicator"] == "critical"
    assert {each["answer"] for each in told["rules"]} >= {"applied", "not applied"}
    assert any(each["use"] == "understood" for each in told["resources"])
    assert "ros1-demo" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [(b"{", "application/json", 400), (b"{}", "application/json", 400), (b"{}", "text/plain", 415)],
)
def test_explain_refuses_as_the_service_does(sandbox: FlaskClient, body: bytes, type_: str, status: int) -> None:
    """With an OperationOutcome that says what is wrong."""
    answer = sandbox.post("/explain.json", data=body, content_type=type_)

    assert answer.status_code == status
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_explain_takes_no_larger_body_than_a_hook() -> None:
    """The same limit holds."""
    client = create_app(Settings.for_sandbox(max_body_bytes=1024)).test_client()

    padded = json.dumps({"hook": "x" * 2048})
    assert client.post("/explain.json", data=padded, content_type="application/json").status_code == 413


@pytest.mark.parametrize("path", ["/cds-services/ros1-nsclc", "/explain.json", "/smart/evidence.json"])
def test_what_a_hook_refuses_the_pages_refuse(sandbox: FlaskClient, path: str) -> None:
    """A result that holds two values is a fault of the request, and not one of ours."""
    body = json.loads(_FUSION.read_bytes()) | ({"hook": "patient-view"} if path.startswith("/smart") else {})
    result = next(each for each in _results(body) if "valueCodeableConcept" in each)
    twice = json.dumps(result).replace(
        '"valueCodeableConcept"', '"valueCodeableConcept": {}, "valueCodeableConcept"', 1
    )
    text = json.dumps(body).replace(json.dumps(result), twice)
    answer = sandbox.post(path, data=text, content_type="application/json")
    assert (answer.status_code, answer.get_json()["issue"][0]["code"]) == (400, "duplicate")


def test_what_pages_post_leaves_places_to_hooks() -> None:
    """It asks for no token: when a quarter of the places is taken, one more is told to come again."""
    asked, go_on = Event(), Event()

    def explain(_: bytes) -> bytes:
        asked.set()
        go_on.wait()
        return b"{}"

    settings = Settings.for_sandbox(threads=4)
    client = create_app(settings, services=[replace(hello.service(settings), explain=explain)]).test_client()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/explain.json", data=b"{}")
        asked.wait()
        try:
            second = client.post("/explain.json", data=b"{}")
            hook = client.post(bodies.PATH, json=bodies.request())
        finally:
            go_on.set()
        assert first.result().status_code == 200
    assert (second.status_code, second.headers["Retry-After"], hook.status_code) == (503, "1", 200)
    assert client.post("/explain.json", data=b"{}").status_code == 200


def _results(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in body["prefetch"]["observations"]["entry"]]
