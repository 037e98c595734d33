"""Request ids, readiness and metrics: in this process, and as deployed with two workers."""

from __future__ import annotations

import io
import json
import re
import shutil
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
import requests
from flask.testing import FlaskClient

from cdshooks import log
from cdshooks.app import create_app
from cdshooks.readiness import Finding, Readiness, State
from cdshooks.settings import Settings
from cdshooks.telemetry import request_id
from tests.cdshooks.bodies import PATH, request
from tests.cdshooks.deployment import BASE, EHR, ROOT, running, served
from tests.cdshooks.fhir_stub import Answer, bundle
from tests.cdshooks.fhir_stub import serving as fhir_server
from tests.cdshooks.tokens import ISS, bearer, production

TOKEN = "a-token-for-the-tests"  # noqa: S105 - no secret
HOOK = "/cds-services/ros1-nsclc"
REQUEST = json.loads((ROOT / "tests/journeys/ros1-fusion-pembrolizumab/request.json").read_text(encoding="utf-8"))
LABELS = {"hook", "status", "client", "le", "rule", "indicator", "outcome", "service", "release", "pid"}


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ("0a1b2c3d-4e5f", True),
        ("x" * 64, True),
        ("", False),
        ("short", False),
        ("x" * 65, False),
        ("a b c d e f g h", False),
        ("line\nbreak-in-it", False),
        ('{"event":"forged"}', False),
        ("Jörg-Müller", False),
    ],
)
def test_a_request_id_is_taken_only_if_it_may_stand_in_a_log(sent: str, *, taken: bool) -> None:
    """What is too short to be one, too long, or holds other characters is replaced."""
    assert (request_id(sent) == sent) is taken
    assert re.fullmatch(r"[A-Za-z0-9._~-]{8,64}", request_id(sent))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", PATH, 200),
        ("POST", f"{PATH}/", 200),
        ("POST", "/cds-services/none", 404),
        ("GET", PATH, 405),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("OPTIONS", PATH, 204),
    ],
)
def test_the_request_id_is_on_every_answer(client: FlaskClient, method: str, path: str, status: int) -> None:
    """Whatever the answer is, it names the request, once."""
    sent = {"X-Request-ID": "from-the-proxy-1"}
    answer = client.open(path, method=method, headers=sent, json=request() if method == "POST" else None)
    assert (answer.status_code, answer.headers.getlist("X-Request-ID")) == (status, ["from-the-proxy-1"])


def test_the_request_id_is_on_every_line(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer and refusal are logged under the id of their own request."""
    stream = io.BytesIO()
    monkeypatch.setattr(log.Sink, "stream", stream)
    monkeypatch.setattr(log.Sink, "level", log.Level.INFO)
    client.post(PATH, json=request(), headers={"X-Request-ID": "first-request"})
    client.post(PATH, json={}, headers={"X-Request-ID": "second-request"})
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["event"], line["request"]) for line in lines] == [
        ("answered", "first-request"),
        ("refused", "second-request"),
    ]
    log.event("between requests")
    assert "request" not in json.loads(stream.getvalue().splitlines()[-1])


def test_readiness_tells_what_fails_and_asks_seldom() -> None:
    """What is needed makes the worker not ready; what is not is only told; within a second nothing is asked again."""
    now, asked, held = [0.0], [0], {"store": True, "ledger": False}

    def store() -> Finding:
        asked[0] += 1
        return Finding(held["store"])

    readiness = Readiness(clock=lambda: now[0])
    readiness.add("store", store)
    readiness.add("ledger", lambda: Finding(held["ledger"], {"lost": 2}), needed=False)
    assert readiness.state() == State(
        ready=True, checks={"store": "ok", "ledger": "fails"}, counts={"ledger": {"lost": 2}}
    )
    held["store"] = False
    now[0] = 0.9
    assert (readiness.state().ready, asked) == (True, [1])
    now[0] = 1.1
    assert (readiness.state().ready, readiness.state().checks) == (False, {"store": "fails", "ledger": "fails"})


def test_a_check_that_does_not_end_holds_nobody_else() -> None:
    """Who asks meanwhile is told that the worker is not ready; a check that breaks fails."""
    asked, go_on = Event(), Event()

    def store() -> Finding:
        asked.set()
        go_on.wait()
        raise OSError

    readiness = Readiness(patience=0.01)
    readiness.add("store", store)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(readiness.state)
        asked.wait()
        try:
            assert readiness.state() == State(ready=False, checks={"store": "fails"}, counts={})
        finally:
            go_on.set()
        assert first.result() == State(ready=False, checks={"store": "fails"}, counts={})


def test_metrics_ask_for_the_token_that_is_set() -> None:
    """With a token, only who sends it sees them; the sandbox needs none."""
    closed = create_app(Settings.for_sandbox(metrics_token=TOKEN)).test_client()
    refused = closed.get("/metrics")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert closed.get("/metrics", headers=bearer("wrong")).status_code == 401
    assert closed.get("/metrics", headers=bearer("wr\u00f6ng")).status_code == 401
    assert closed.get("/metrics", headers=bearer(TOKEN)).status_code == 200
    assert create_app(Settings.for_sandbox()).test_client().get("/metrics").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_load_balancer_may_ask_without_the_body(tmp_path: Path, path: str) -> None:
    """HEAD is answered like GET, without a token, and without a body."""
    client = create_app(production(tmp_path, EHR)).test_client()
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(len(get.data)))


def test_production_has_no_metrics_until_a_token_is_set(tmp_path: Path) -> None:
    """Nobody finds them by chance; the store is what readiness hangs on."""
    client = create_app(production(tmp_path, EHR)).test_client()
    assert client.get("/metrics").status_code == 401  # as every path but the open ones
    assert client.get("/metrics", headers=bearer(EHR.token(f"{BASE}/metrics"))).status_code == 404
    assert client.get("/readyz").get_json()["checks"] == {"log": "ok", "store": "ok"}


def test_a_worker_without_its_store_is_not_ready(tmp_path: Path) -> None:
    """It says so with 503 and names the store; it is healthy all the same, as a restart would not help."""
    client = create_app(production(tmp_path, EHR)).test_client()
    with closing(sqlite3.connect(tmp_path / "store.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")  # whoever holds the store longer than the service waits
        answer = client.get("/readyz")
        assert (answer.status_code, answer.get_json()["failing"]) == (503, ["store"])
        assert client.get("/healthz").status_code == 200


def counted(text: str, name: str, **labels: str) -> float:
    """Return the sum of the samples of a metric that have these labels."""
    total = 0.0
    for line in text.splitlines():
        sample, _, value = line.rpartition(" ")
        if re.match(rf"{name}(\{{|$)", sample) and all(f'{key}="{each}"' in sample for key, each in labels.items()):
            total += float(value)
    return total


def test_two_workers_count_together(tmp_path: Path) -> None:
    """Whichever worker is asked tells what both did, by hook, status and client, and nothing of a patient."""
    with served(tmp_path, metrics_token=TOKEN) as server:
        ready = requests.get(f"{server}/readyz", timeout=5)
        assert (ready.status_code, ready.json()["checks"]) == (200, {"log": "ok", "store": "ok", "ledger": "ok"})
        assert requests.get(f"{server}/metrics", timeout=5).status_code == 401
        for _ in range(20):  # a connection each, so that both workers get some
            headers = bearer(EHR.token(f"{BASE}{HOOK}"))
            assert requests.post(server + HOOK, json=REQUEST, headers=headers, timeout=20).status_code == 200
        assert requests.post(server + HOOK, json=REQUEST, timeout=20).status_code == 401
        texts = [requests.get(f"{server}/metrics", headers=bearer(TOKEN), timeout=5).text for _ in range(6)]
    for text in texts:
        name = "ros1_cds_requests_total"
        assert counted(text, name, hook="order-select", status="200", client=ISS) == 20
        assert counted(text, name, hook="none", status="401", client="none") == 1
        assert counted(text, "ros1_cds_request_seconds_count", hook="order-select") == 20
        assert counted(text, "ros1_cds_request_seconds_bucket", hook="order-select", le="+Inf") == 20
        assert counted(text, "ros1_cds_cards_total", rule="ici-before-ros1-inhibitor", indicator="critical") == 20
        assert counted(text, "ros1_cds_release_info", service="ros1-nsclc") == 1
        assert set(re.findall(r'[{,](\w+)="', text)) <= LABELS
        for private in (REQUEST["context"]["patientId"], REQUEST["context"]["userId"], REQUEST["hookInstance"]):
            assert private not in text


def test_what_cannot_be_counted_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody tidied the folder of the counters away: cards are given, and who watches sees what is wrong."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with served(tmp_path, metrics_token=TOKEN) as server:
        (counters,) = tmp_path.glob("ros1-cds-metrics-*")
        shutil.rmtree(counters)
        answer = requests.post(server + HOOK, json=REQUEST, headers=bearer(EHR.token(f"{BASE}{HOOK}")), timeout=20)
        ready = requests.get(f"{server}/readyz", timeout=5)
        metrics = requests.get(f"{server}/metrics", headers=bearer(TOKEN), timeout=5)
    assert (answer.status_code, len(answer.json()["cards"])) == (200, 1)
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert (metrics.status_code, metrics.json()["resourceType"]) == (500, "OperationOutcome")


def test_who_is_being_answered_is_answered_when_the_server_stops(tmp_path: Path) -> None:
    """SIGTERM during a slow fetch: the request ends with its card, then the server, and nothing is left behind."""
    with fhir_server(lambda _: bundle_after(0.5)) as stub:
        settings = {"profile": "sandbox", "require_jwt": "true", "fetch_milliseconds": "8000"}  # loopback, without TLS
        with running(tmp_path, when_unfetched="card", **settings) as (address, process), ThreadPoolExecutor(1) as pool:
            body = {**REQUEST, "fhirServer": stub.base, "prefetch": {}}
            headers = bearer(EHR.token(f"{BASE}{HOOK}"))
            answer = pool.submit(requests.post, address + HOOK, json=body, headers=headers, timeout=20)
            while not stub.asked and not answer.done():
                time.sleep(0.02)
            assert stub.asked, answer.result().text
            process.send_signal(signal.SIGTERM)
            assert answer.result(timeout=20).status_code == 200
            assert process.wait(timeout=20) == 0
            with pytest.raises(requests.ConnectionError):
                requests.get(f"{address}/healthz", timeout=1)


def bundle_after(seconds: float) -> Answer:
    """Return an empty page that takes its time."""
    return replace(bundle(), wait=seconds)
