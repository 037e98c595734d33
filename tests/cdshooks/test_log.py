"""The log says what happened, and nothing of the patient."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from flask.testing import FlaskClient

from cards.model import Action, Card, Coding, Indicator, Source, Suggestion
from cdshooks import log
from cdshooks.app import create_app
from cdshooks.registry import Service
from cdshooks.request import HookRequest
from cdshooks.settings import Settings
from tests.cdshooks import hello
from tests.cdshooks.bodies import PATH, context, request


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BytesIO]:
    """Send the log to memory while a test runs."""
    written = io.BytesIO()
    with monkeypatch.context() as patched:
        patched.setattr(log.Sink, "stream", written)
        patched.setattr(log.Sink, "level", log.Level.INFO)
        yield written


def lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    """Return the lines without the values that differ from run to run."""
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert all(line.pop("time").endswith("+00:00") for line in found)
    assert all(line.pop("milliseconds", 0) < 10_000 for line in found)
    assert all(len(line.pop("request", "0" * 32)) == 32 for line in found)
    return found


def test_an_answer_is_one_line(client: FlaskClient, stream: io.BytesIO) -> None:
    """An answered hook is logged with service, hook, status and number of cards."""
    client.post(PATH, json=request())
    assert lines(stream) == [
        {
            "level": "info",
            "event": "answered",
            "service": "hello-world",
            "hook": "order-select",
            "status": 200,
            "cards": 1,
        }
    ]


def test_a_refusal_is_one_line(client: FlaskClient, stream: io.BytesIO) -> None:
    """A refused request is logged with its status and slug, not with what it held."""
    client.post(PATH, json=request(hook="Jane Doe", context=context(patientId="Jane Doe")))
    assert lines(stream) == [{"level": "info", "event": "refused", "status": 400, "error": "hook-not-offered"}]


def test_a_crash_is_logged_by_place_only(stream: io.BytesIO) -> None:
    """A crash is logged with its class and the lines of our code, without its text."""

    def respond(_: HookRequest) -> Sequence[object]:
        raise KeyError("Jane Doe")  # noqa: EM101 - the text that must not appear

    broken = Service(id="broken", hooks=("order-select",), title="x", description="x", respond=respond)
    create_app(Settings.for_sandbox(), services=(broken,)).test_client().post("/cds-services/broken", json=request())
    line = lines(stream)[0]
    assert (line["level"], line["event"], line["exception"]) == ("error", "failed", "KeyError")
    assert line["places"][-1].startswith("test_log.py:")
    assert b"Jane" not in stream.getvalue()


def test_a_level_silences_what_is_below(stream: io.BytesIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """At level warning, answers are not logged."""
    monkeypatch.setattr(log.Sink, "level", log.Level.WARNING)
    log.event("answered", cards=1)
    log.event("failed", level=log.Level.ERROR)
    assert [line["event"] for line in lines(stream)] == ["failed"]


def test_what_a_service_notes_is_on_the_line_of_its_request_only(stream: io.BytesIO) -> None:
    """One line per request: whatever it ends in, what was noted is on it, and on no other."""
    log.note(rules=("a",))
    log.event("refused", status=412)
    log.event("answered", status=200)
    assert [line.get("rules") for line in lines(stream)] == [["a"], None]


def test_a_log_that_nobody_reads_costs_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards are given all the same; /readyz tells, until lines can be written again."""
    settings = Settings.for_sandbox()
    client = create_app(settings, services=[hello.service(settings)]).test_client()
    read, write = os.pipe()
    os.close(read)
    with suppress(BrokenPipeError), os.fdopen(write, "wb") as broken, monkeypatch.context() as patched:
        patched.setattr(log.Sink, "stream", broken)
        patched.setattr(log.Sink, "level", log.Level.INFO)
        answer = client.post(PATH, json=request())
        told = client.get("/readyz")
        assert (answer.status_code, len(answer.get_json()["cards"])) == (200, 1)
        assert client.post(PATH, json={}).status_code == 400
        patched.setattr(log.Sink, "stream", io.BytesIO())
        client.post(PATH, json=request())
    assert (told.status_code, told.get_json()["status"], told.get_json()["failing"]) == (200, "degraded", ["log"])


def test_an_error_of_a_page_is_in_the_log_without_its_text(stream: io.BytesIO) -> None:
    """Wherever it arises it is answered, and the server has no traceback to write."""
    app = create_app(Settings.for_sandbox(store="Jane Doe"))
    answer = app.test_client().get("/report?data=ledger", headers={"Origin": "https://ehr.example.org"})
    assert (answer.status_code, answer.get_json()["resourceType"]) == (500, "OperationOutcome")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (line,) = lines(stream)
    assert (line["event"], line["exception"]) == ("failed", "ArgumentError")
    assert "Jane" not in stream.getvalue().decode()


def test_a_card_whose_suggestions_break_the_standard_is_shown_without_them(stream: io.BytesIO) -> None:
    """A warning that cannot be acted on here is better than an error that some clients show as nothing."""
    action = Action(type="delete", description="Remove it", resource_id="MedicationRequest/a b")
    card = Card(
        uuid="1",
        summary="Look at this",
        detail="It matters",
        indicator=Indicator.WARNING,
        source=Source(label="Tested", topic=Coding(code="a", system="https://example.org")),
        suggestions=(Suggestion(label="Remove it", uuid="2", actions=(action,)),),
        selection_behavior="at-most-one",
    )
    declared = Service(id="hello-world", hooks=("order-select",), title="T", description="T", respond=lambda _: (card,))

    answer = create_app(Settings.for_sandbox(), services=(declared,)).test_client().post(PATH, json=request())

    (shown,) = answer.get_json()["cards"]
    assert shown["summary"] == "Look at this"
    assert not {"suggestions", "selectionBehavior"} & shown.keys()
    assert [each["event"] for each in lines(stream)] == ["suggestions-left-out", "answered"]
