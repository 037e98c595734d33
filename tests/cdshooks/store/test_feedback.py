"""Feedback: what a client may say of a card, what it may not, and that what we took is on disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from cdshooks.app import create_app
from cdshooks.settings import Settings
from cdshooks.store.engine import open_store
from cdshooks.store.models import Feedback
from cdshooks.store.records import Records
from tests.cdshooks.bodies import PATH, encoded
from tests.cdshooks.conftest import free_port, wait_for
from tests.cdshooks.hello import service
from tests.cdshooks.tokens import BASE, ISS, Signer, bearer, production

FEEDBACK = f"{PATH}/feedback"
CARD = "bb64b0ba-8047-4b23-b3c4-611c08fc8bbf"
SUGGESTION = "0f2cf86e-9f62-4b6b-9b1a-0c3d0e4ab111"
TIME = "2026-11-20T23:46:19.202Z"
ACCEPTED = {
    "card": CARD,
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": SUGGESTION}],
    "outcomeTimestamp": TIME,
}
OVERRIDDEN = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": TIME}
REASON = {"code": "reason-2", "system": "http://example.org/override"}


@pytest.fixture
def settings(url: str) -> Settings:
    """Return the settings of a sandbox with an empty store, once of each kind."""
    return Settings.for_sandbox(store=url)


@pytest.fixture
def client(settings: Settings) -> Iterator[FlaskClient]:
    """Return a client of the hello-world app that keeps records."""
    yield from _client(settings)


def _client(settings: Settings) -> Iterator[FlaskClient]:
    records = Records.of(settings)
    try:
        yield create_app(settings, services=(service(settings),), records=records).test_client()
    finally:
        records.close()


def told(settings: Settings) -> list[RowMapping]:
    """Return all feedback in the store, in the order in which it came."""
    store = open_store(settings.store)
    columns = Feedback.__table__.columns
    with store.connect() as connection:
        found = list(connection.execute(select(*columns).order_by(Feedback.id)).mappings())
    store.dispose()
    return found


@pytest.mark.requirement("B1", "B2", "B3")
def test_a_batch_is_kept(client: FlaskClient, settings: Settings) -> None:
    """Several cards at once, each with what became of it."""
    reason = OVERRIDDEN | {"card": "c2", "overrideReason": {"reason": REASON}}
    answer = client.post(FEEDBACK, json={"feedback": [ACCEPTED, reason]})
    assert (answer.status_code, answer.get_json()) == (200, {"kept": 2})
    first, second = told(settings)
    assert (first["card"], first["outcome"], first["accepted_suggestions"]) == (CARD, "accepted", [SUGGESTION])
    assert first["outcome_at"] == pytest.approx(1795218379.202)
    assert (second["card"], second["reason_code"], second["reason_system"]) == ("c2", *REASON.values())
    assert (first["service"], first["client"], first["comment"]) == ("hello-world", None, None)


@pytest.mark.requirement("B3")
def test_the_same_card_may_be_reported_again(client: FlaskClient, settings: Settings) -> None:
    """A repeat is answered like the first; all are kept."""
    for _ in range(3):
        assert client.post(FEEDBACK, json={"feedback": [ACCEPTED]}).status_code == 200
    assert len(told(settings)) == 3


@pytest.mark.requirement("B5")
def test_a_comment_is_kept_only_where_a_setting_says_so(tmp_path: Path) -> None:
    """It may name a patient: by default no byte of it reaches the disk."""
    entry = OVERRIDDEN | {"overrideReason": {"userComment": "Ada Lovelace is allergic\0"}}
    for setting, expected in ((False, None), (True, "Ada Lovelace is allergic")):
        settings = Settings.for_sandbox(store=f"sqlite:///{tmp_path}/{setting}.sqlite3", feedback_comments=setting)
        for client in _client(settings):
            assert client.post(FEEDBACK, json={"feedback": [entry]}).status_code == 200
        assert told(settings)[0]["comment"] == expected
    assert b"Lovelace" not in b"".join(file.read_bytes() for file in tmp_path.glob("False*"))


LENIENT: dict[str, dict[str, Any]] = {
    "overridden without a reason": {},
    "a reason without a system": {"overrideReason": {"reason": {"code": "a"}}},
    "an empty reason": {"overrideReason": {}},
    "null members": {"overrideReason": {"reason": None, "userComment": None}, "acceptedSuggestions": None},
    "an empty list of what was accepted": {"acceptedSuggestions": []},
    "members of others": {"extension": {"a": [1]}, "mood": "good"},
    "another time zone": {"outcomeTimestamp": "2026-11-21T00:46:19+01:00"},
    "nine digits of a second": {"outcomeTimestamp": "2026-11-20T23:46:19.123456789z"},
    "a card by its URN, in capitals": {"card": f"urn:uuid:{CARD.upper()}"},
}


@pytest.mark.requirement("B5")
@pytest.mark.parametrize("members", LENIENT.values(), ids=LENIENT)
def test_what_real_clients_send_is_taken(tmp_path: Path, members: dict[str, Any]) -> None:
    """What they leave out or add is no reason to lose what became of the card."""
    settings = Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3")
    for client in _client(settings):
        assert client.post(FEEDBACK, json={"feedback": [OVERRIDDEN | members]}).status_code == 200
    (row,) = told(settings)
    assert (row["card"], row["outcome"]) == (CARD, "overridden")


def without(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an entry without a member."""
    return {key: value for key, value in entry.items() if key != name}


INVALID: dict[str, tuple[Any, set[str | None]]] = {
    "no object": ([], {None}),
    "no feedback": ({}, {"feedback"}),
    "none": ({"feedback": []}, {"feedback"}),
    "no array": ({"feedback": ACCEPTED}, {"feedback"}),
    "a number": ({"feedback": 5}, {"feedback"}),
    "true": ({"feedback": True}, {"feedback"}),
    "too many": ({"feedback": [ACCEPTED] * 1001}, {"feedback"}),
    "no object in it": ({"feedback": [1]}, {"feedback[0]"}),
    "no card": ({"feedback": [without(ACCEPTED, "card")]}, {"feedback[0].card"}),
    "a card that is no text": ({"feedback": [ACCEPTED | {"card": 1}]}, {"feedback[0].card"}),
    "a zero character": ({"feedback": [ACCEPTED | {"card": "a\0"}]}, {"feedback[0].card"}),
    "an outcome of its own": ({"feedback": [ACCEPTED | {"outcome": "ignored"}]}, {"feedback[0].outcome"}),
    "accepted without suggestions": (
        {"feedback": [without(ACCEPTED, "acceptedSuggestions")]},
        {"feedback[0].acceptedSuggestions"},
    ),
    "a suggestion as a text": (
        {"feedback": [ACCEPTED | {"acceptedSuggestions": ["a"]}]},
        {"feedback[0].acceptedSuggestions[0]"},
    ),
    "a time of no form": ({"feedback": [ACCEPTED | {"outcomeTimestamp": "now"}]}, {"feedback[0].outcomeTimestamp"}),
    "a day that does not exist": (
        {"feedback": [ACCEPTED | {"outcomeTimestamp": "2026-06-31T00:00:00Z"}]},
        {"feedback[0].outcomeTimestamp"},
    ),
    "a year that does not exist": (
        {"feedback": [ACCEPTED | {"outcomeTimestamp": "0000-01-01T00:00:00Z"}]},
        {"feedback[0].outcomeTimestamp"},
    ),
    "several faults": (
        {"feedback": [without(ACCEPTED, "card"), ACCEPTED, OVERRIDDEN | {"outcome": 1, "overrideReason": "a"}]},
        {"feedback[0].card", "feedback[2].outcome", "feedback[2].overrideReason"},
    ),
}


@pytest.mark.requirement("B2")
@pytest.mark.parametrize(("body", "where"), INVALID.values(), ids=INVALID)
def test_what_is_wrong_is_told_at_once(tmp_path: Path, body: object, where: set[str | None]) -> None:
    """Every fault with its place; nothing of such a batch is kept."""
    settings = Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3")
    for client in _client(settings):
        answer = client.post(FEEDBACK, json=body)
        assert answer.status_code == 400
        assert {issue.get("expression", [None])[0] for issue in answer.get_json()["issue"]} == where
    assert told(settings) == []


HOSTILE = {
    "nothing": b"",
    "no JSON": b"{",
    "a key twice": b'{"feedback": [], "feedback": []}',
    "a key twice within": b'{"feedback": [{"card": "a", "card": "b"}]}',
    "nested arrays": b"[" * 100_000,
    "half a surrogate pair as a key, twice": b'{"\\ud800": 1, "\\ud800": 2}',
    "half a surrogate pair": json.dumps({"feedback": [OVERRIDDEN | {"card": "\ud800"}]}).encode(),
}


@pytest.mark.requirement("B2", "S3")
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_refused(tmp_path: Path, body: bytes) -> None:
    """Each gives 400 with an OperationOutcome."""
    for client in _client(Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3")):
        answer = client.post(FEEDBACK, data=body, content_type="application/json")
        assert (answer.status_code, answer.get_json()["resourceType"]) == (400, "OperationOutcome")


@pytest.mark.parametrize("faulty", [{"outcomeTimestamp": "2026-06-31T00:00:00Z"}, {"card": 1}, {}])
@pytest.mark.parametrize("count", [1000, 20_000])
def test_a_long_body_gets_no_long_answer(tmp_path: Path, count: int, faulty: dict[str, object]) -> None:
    """However many cards are told of, and whatever is wrong with them: a few faults are told, soon."""
    body = {"feedback": [OVERRIDDEN | faulty] * count}
    for client in _client(Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3")):
        answer = client.post(FEEDBACK, json=body)
        assert answer.status_code == (200 if count == 1000 and not faulty else 400)
        assert len(answer.data) < 50_000


@pytest.mark.requirement("B2")
@pytest.mark.parametrize("outcome", ["accepted", "overridden"])
def test_what_the_public_sandbox_sends_is_taken(tmp_path: Path, examples: Path, outcome: str) -> None:
    """The recorded feedback of the public sandbox."""
    file = examples / "recorded-requests" / f"sandbox-feedback-{outcome}.json"
    body = json.loads(file.read_text(encoding="utf-8"))["body"]
    for client in _client(Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3")):
        assert client.post(FEEDBACK, json=body).status_code == 200


@pytest.mark.requirement("B2")
def test_without_the_store_it_is_not_taken(tmp_path: Path) -> None:
    """503 and to come again: 2xx would promise what nobody keeps. Hooks are answered meanwhile."""
    for client in _client(Settings.for_sandbox(store=f"sqlite:///{tmp_path}/nowhere/store.sqlite3")):
        answer = client.post(FEEDBACK, json={"feedback": [ACCEPTED]})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert client.post(PATH, data=encoded(), content_type="application/json").status_code == 200


@pytest.mark.requirement("B6", "T5")
def test_feedback_is_authenticated_and_keeps_who_told(tmp_path: Path) -> None:
    """A token for the feedback URL or for that of the service; iss and tenant are kept with it."""
    ehr = Signer()
    settings = production(tmp_path, ehr)
    body = {"feedback": [ACCEPTED]}
    for client in _client(settings):
        assert client.post(FEEDBACK, json=body).status_code == 401
        other = bearer(ehr.token(f"{BASE}/cds-services"))
        assert client.post(FEEDBACK, json=body, headers=other).status_code == 401
        own = bearer(ehr.token(BASE + FEEDBACK, tenant="north"))
        assert client.post(FEEDBACK, json=body, headers=own).status_code == 200
        assert client.post(FEEDBACK, json=body, headers=bearer(ehr.token(BASE + PATH))).status_code == 200
    assert [(row["client"], row["tenant"]) for row in told(settings)] == [(ISS, "north"), (ISS, None)]


@pytest.mark.requirement("B2")
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    """Clients tell as fast as they can while every process of the server is killed: what got 200 is in the store."""
    port, store = free_port(), f"sqlite:///{tmp_path}/store.sqlite3"
    environment = {
        "ROS1_CDS_PROFILE": "sandbox",
        "ROS1_CDS_PORT": str(port),
        "ROS1_CDS_WORKERS": "2",
        "ROS1_CDS_STORE": store,
    }
    command = [sys.executable, "-m", "cdshooks", "serve"]
    root = Path(__file__).parents[3]
    acknowledged: list[str] = []
    enough = threading.Event()

    def tell(name: int) -> None:
        with suppress(requests.RequestException), requests.Session() as session:
            for number in range(100_000):
                card = f"{name}-{number}"
                url = f"http://127.0.0.1:{port}/cds-services/ros1-nsclc/feedback"
                if session.post(url, json={"feedback": [OVERRIDDEN | {"card": card}]}, timeout=10).ok:
                    acknowledged.append(card)
                if len(acknowledged) >= 100:
                    enough.set()

    server = subprocess.Popen(  # noqa: S603 - ours
        command, cwd=root, env={**os.environ, **environment}, start_new_session=True
    )
    try:
        wait_for(f"http://127.0.0.1:{port}", server)
        clients = [threading.Thread(target=tell, args=(name,)) for name in range(4)]
        for thread in clients:
            thread.start()
        assert enough.wait(60)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=30)
    for thread in clients:
        thread.join(timeout=30)
    kept = {row["card"] for row in told(Settings.for_sandbox(store=store))}
    assert len(acknowledged) >= 100
    assert kept.issuperset(acknowledged)
