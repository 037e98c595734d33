"""Traces: what goes to a collector, and above all what does not."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cdshooks import tracing
from cdshooks.app import create_app
from cdshooks.settings import Settings, SettingsError
from tests.cdshooks.deployment import BASE, EHR, served
from tests.cdshooks.fhir_stub import Answer, serving
from tests.cdshooks.tokens import bearer

JOURNEY = Path(__file__).parents[1] / "journeys" / "ros1-fusion-pembrolizumab" / "request.json"
TOKEN = "very-secret-token"  # noqa: S105 - of a test
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector:
    """A collector that keeps what it is sent."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.bodies: list[bytes] = []
        kept = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                kept.append(self.path.encode() + b" " + self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def spans(self) -> list[Any]:
        """Return the spans that came."""
        found = []
        for body in self.bodies:
            path, _, content = body.partition(b" ")
            assert path == b"/v1/traces"
            for resource in ExportTraceServiceRequest.FromString(content).resource_spans:
                found += [span for scope in resource.scope_spans for span in scope.spans]
        return found


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Start a collector, and tracing."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    started = Collector()
    tracing.start(started.url, version="1", lost=lambda: None)
    yield started
    tracing.stop()
    started.server.shutdown()
    started.server.server_close()


def test_spans_of_hook_decision_and_fetches_hold_nothing_of_the_patient(collector: Collector) -> None:
    """They stand in each other and in the caller's trace; no id, token, URL, rule or word of the record is in them."""
    request = json.loads(JOURNEY.read_text(encoding="utf-8"))
    del request["prefetch"]["medications"]
    with serving(lambda _: Answer(status=500)) as fhir:
        request |= {
            "fhirServer": fhir.base,
            "fhirAuthorization": {
                "access_token": TOKEN,
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": "patient/*.read",
                "subject": "ros1-cds",
            },
        }
        client = create_app(Settings.for_sandbox()).test_client()
        answer = client.post(
            "/cds-services/ros1-nsclc", json=request, headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        )
    tracing.stop()
    spans = {span.name: span for span in collector.spans()}
    told = {
        span.name: {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
        for span in spans.values()
    }
    assert answer.status_code == 200
    assert told["hook"] == {"cds.service": "ros1-nsclc", "cds.hook": "order-select", "http.response.status_code": 200}
    assert told["decision"] == {"cds.release": "2026.11.0"}
    assert spans["fetch"].parent_span_id == spans["fetches"].span_id
    assert spans["fetches"].parent_span_id == spans["decision"].span_id
    assert spans["decision"].parent_span_id == spans["hook"].span_id
    assert told["fetch"].keys() == {"cds.fetch", "cds.outcome"}
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
    sent = b"".join(collector.bodies)
    context = request["context"]
    secrets = (TOKEN, context["patientId"], context["userId"], context["encounterId"], fhir.base, "ici-before")
    assert not [secret for secret in secrets if secret.encode() in sent]


def test_a_worker_does_not_trace_what_it_asks_itself(collector: Collector, tmp_path: Path) -> None:
    """Before the first client calls, a worker calls each hook once: whoever reads the traces must not count that."""
    request = json.loads(JOURNEY.read_text(encoding="utf-8"))
    url = "/cds-services/ros1-nsclc"
    with served(tmp_path, workers="1", otlp_endpoint=collector.url) as server:
        headers = bearer(EHR.token(f"{BASE}{url}")) | {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        assert requests.post(server + url, json=request, headers=headers, timeout=20).status_code == 200
        traces: set[str] = set()
        for _ in range(400):
            traces = {span.trace_id.hex() for span in collector.spans()}
            if TRACE in traces:
                break
            time.sleep(0.05)
    assert traces == {TRACE}


def test_a_collector_that_is_away_costs_no_answer_and_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans are lost; somebody hears of it, once."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    lost: list[None] = []
    tracing.start("http://127.0.0.1:1", version="1", lost=lambda: lost.append(None))
    client = create_app(Settings.for_sandbox()).test_client()
    request = json.loads(JOURNEY.read_text(encoding="utf-8"))
    assert client.post("/cds-services/ros1-nsclc", json=request).status_code == 200
    tracing.stop()
    assert len(lost) == 1


def test_without_the_packages_the_setting_is_a_fault_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing starts that would only seem to trace; without the setting nobody misses them."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    with pytest.raises(SettingsError, match=r"ROS1_CDS_OTLP_ENDPOINT .* pip install 'ros1-cds\[otel\]'"):
        create_app(Settings.for_sandbox(otlp_endpoint="http://127.0.0.1:4318"))
    assert not Settings.for_sandbox().faults()


def test_tracing_that_is_off_costs_nothing() -> None:
    """The same empty context each time, and work as it was."""
    assert tracing.span("a") is tracing.span("b", c=1)
    assert tracing.request_span("hook", {}) is tracing.span("a")
    assert tracing.carried(len) is len
