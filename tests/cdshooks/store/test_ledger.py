"""The ledger: every answer, nothing of a record, behind the answers, and what becomes of it when the store is away."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select, text
from sqlalchemy.engine import RowMapping

from cdshooks import __version__, log
from cdshooks.account import Account, Caller, Compared, Comparison, Decided, Issued, Said, Speaker
from cdshooks.app import create_app
from cdshooks.cli import main
from cdshooks.settings import Settings, WhenUnfetched
from cdshooks.store.engine import open_store
from cdshooks.store.ledger import Ledger
from cdshooks.store.models import Feedback, IssuedAnswer, IssuedCard, ReleaseComparison
from cdshooks.store.records import Records
from cdshooks.store.retention import purge
from tests.cdshooks.bodies import PATH, encoded
from tests.cdshooks.hello import service

SECRET = "a-secret-that-is-long-enough-for-all"  # noqa: S105 - of a test
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
JOURNEY = Path(__file__).parents[2] / "journeys" / "ros1-fusion-pembrolizumab" / "request.json"
NOW = 1_700_000_000


def account(**changed: Any) -> Account:  # noqa: ANN401 - members of an account
    """Return an account of an answer with two cards, but for the members that are changed."""
    usual: dict[str, Any] = {
        "at": NOW + 0.7,
        "service": "hello-world",
        "hook": "order-select",
        "hook_instance": INSTANCE,
        "status": 200,
        "milliseconds": 1.25,
        "patient_id": "p1",
        "user_id": "Practitioner/u1",
        "encounter_id": None,
        "caller": Caller("https://ehr.example.org", "north"),
        "decided": Decided(release="r1", rules=("a",), data={"x": "sent"}, speakers=(Speaker("a", "t"),)),
        "issued": (Issued("c1", "warning", ("s1", "s2")), Issued(None, "info", ())),
    }
    return Account(**(usual | changed))


def rows(store: Engine, model: type) -> list[RowMapping]:
    """Return all rows of a table."""
    table: Any = model
    with store.connect() as connection:
        return list(connection.execute(select(*table.__table__.columns)).mappings())


@contextmanager
def kept(url: str, **changed: Any) -> Iterator[Ledger]:  # noqa: ANN401 - arguments of a ledger
    """Yield a ledger that is closed, with all of it written, at the end."""
    ledger = Ledger(url, **{"secret": SECRET, **changed})
    try:
        yield ledger
    finally:
        ledger.close()


def wait(until: Callable[[], bool]) -> None:
    """Wait for something that happens soon."""
    end = time.monotonic() + 30
    while not until():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_an_answer_becomes_one_row_and_one_for_each_card(store: Engine, url: str) -> None:
    """Everything is there, in order; what a card does not have is left out."""
    with kept(url) as ledger:
        ledger.remember(account())
    (answer,) = rows(store, IssuedAnswer)
    expected = {
        "answered_at": NOW,
        "service": "hello-world",
        "hook": "order-select",
        "hook_instance": INSTANCE,
        "status": 200,
        "error": None,
        "milliseconds": 1.25,
        "client": "https://ehr.example.org",
        "tenant": "north",
        "encounter_hash": None,
        "release": "r1",
        "code": __version__,
        "rules": ["a"],
        "undetermined": [],
        "data": {"x": "sent"},
    }
    assert {name: answer[name] for name in expected} == expected
    cards = [
        (card["uuid"], card["rule"], card["topic"], card["indicator"], card["suggestions"])
        for card in rows(store, IssuedCard)
    ]
    assert cards == [("c1", "a", "t", "warning", ["s1", "s2"]), (None, None, None, "info", [])]


def test_ids_are_kept_as_keyed_hashes_only(tmp_path: Path) -> None:
    """A patient of one client has one hash; another client, kind of id or secret gives another; no secret, none."""
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    with kept(url) as ledger:
        ledger.remember(account(user_id="p1", encounter_id="p1"))
        ledger.remember(account())
        ledger.remember(account(caller=Caller("https://ehr.example.org", "south")))
    with kept(url, secret=SECRET + "2") as ledger:
        ledger.remember(account())
    with kept(url, secret="") as ledger:
        ledger.remember(account(encounter_id="p1"))
    store = open_store(url)
    found = rows(store, IssuedAnswer)
    store.dispose()
    first, second, other_tenant, other_secret, none = (row["patient_hash"] for row in found)
    assert first == second
    assert len(first) == 64
    three = {found[0]["patient_hash"], found[0]["user_hash"], found[0]["encounter_hash"]}
    assert len({*three, other_tenant, other_secret}) == 5
    assert (none, found[4]["user_hash"], found[4]["encounter_hash"]) == (None, None, None)


ODD = {
    "a hookInstance that is no UUID": {"hook_instance": "Ada Lovelace, born 1815"},
    "a hookInstance with a zero character": {"hook_instance": "\0"},
    "a tenant with a zero character": {"caller": Caller("i", "a\0b")},
    "a long tenant": {"caller": Caller("i", "x" * 8000)},
    "half a surrogate pair": {"patient_id": "\ud800", "hook_instance": "\ud800"},
}


@pytest.mark.parametrize("members", ODD.values(), ids=ODD)
def test_what_a_client_may_send_can_be_kept(store: Engine, url: str, members: dict[str, Any]) -> None:
    """Nothing that a client sends keeps an answer out of the ledger, and no free text gets in."""
    with kept(url) as ledger:
        ledger.remember(account(**members))
    (row,) = rows(store, IssuedAnswer)
    assert row["hook_instance"] in (INSTANCE, None)
    assert ledger.status().lost == 0


def test_one_that_cannot_be_written_costs_no_other(store: Engine, url: str) -> None:
    """It is counted as lost; those before and after it in the batch are kept."""
    with kept(url) as ledger:
        for members in ({}, {"decided": Decided(release="r", data={"x": object()})}, {}):  # type: ignore[dict-item]
            ledger.remember(account(**members))
    assert len(rows(store, IssuedAnswer)) == 2
    assert (ledger.status().written, ledger.status().lost) == (2, 1)


def test_a_store_that_is_away_for_a_while_costs_nothing(tmp_path: Path) -> None:
    """Accounts wait; the log tells once that it is down and once that it is back, and the rows are there."""
    folder = tmp_path / "later"
    lines = io.BytesIO()
    level, stream = log.Sink.level, log.Sink.stream
    log.configure("info", lines)
    try:
        with kept(f"sqlite:///{folder}/store.sqlite3") as ledger:
            for _ in range(30):
                ledger.remember(account())
            wait(lambda: ledger.status().store_down)
            assert ledger.status().waiting == 30
            folder.mkdir()
            wait(lambda: ledger.status().written == 30)
    finally:
        log.Sink.level, log.Sink.stream = level, stream
    assert (ledger.status().lost, ledger.status().store_down) == (0, False)
    assert [json.loads(line)["event"] for line in lines.getvalue().splitlines()] == ["ledger-down", "ledger-up"]


def test_what_does_not_fit_is_lost_counted_and_logged(tmp_path: Path) -> None:
    """With the store down nothing waits for it: not the answers, and not the end of the process for long."""
    lines = io.BytesIO()
    level, stream = log.Sink.level, log.Sink.stream
    log.configure("error", lines)
    try:
        with kept(f"sqlite:///{tmp_path}/nowhere/store.sqlite3", size=10) as ledger:
            ledger.remember(account())
            wait(lambda: ledger.status().store_down)
            started = time.perf_counter()
            for _ in range(1000):
                ledger.remember(account())
            assert time.perf_counter() - started < 1
            assert (ledger.status().lost, ledger.status().waiting) == (990, 11)
            started = time.monotonic()
    finally:
        log.Sink.level, log.Sink.stream = level, stream
    assert time.monotonic() - started < 9
    assert (ledger.status().lost, ledger.status().waiting) == (1001, 0)
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert sum(line["lost"] for line in told if line["event"] == "ledger-lost") == 1001


_ENDS = """
import sys
from cdshooks.store.ledger import Ledger
from tests.cdshooks.store.test_ledger import account
ledger = Ledger(sys.argv[1])
for _ in range(2000):
    ledger.remember(account())
"""


def test_a_process_that_ends_writes_what_waits(store: Engine, url: str) -> None:
    """Several processes that end at once, without a word to the ledger, leave nothing behind."""
    command = [sys.executable, "-c", _ENDS, url]
    root = Path(__file__).parents[3]
    processes = [subprocess.Popen(command, cwd=root) for _ in range(3)]  # noqa: S603 - our own command
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    with store.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(IssuedAnswer)) == 6000
        assert connection.scalar(select(func.count()).select_from(IssuedCard)) == 12000


@pytest.mark.requirement("B4")
def test_a_service_is_remembered_from_end_to_end(tmp_path: Path) -> None:
    """The ROS1 service's answer leaves its rule, its cards as they were sent, and where its data came from."""
    settings = Settings.for_sandbox(
        store=f"sqlite:///{tmp_path}/store.sqlite3", ledger_secret=SECRET, when_unfetched=WhenUnfetched.REFUSE
    )
    records = Records.of(settings)
    try:
        client = create_app(settings, records=records).test_client()
        sent = json.loads(JOURNEY.read_text(encoding="utf-8"))
        answer = client.post("/cds-services/ros1-nsclc", json=sent).get_json()
        sent["prefetch"] = {}
        assert client.post("/cds-services/ros1-nsclc", json=sent).status_code == 412
        assert client.post("/cds-services/ros1-nsclc", data=b"{").status_code == 400
    finally:
        records.close()
    store = open_store(settings.store)
    with_cards, refused = rows(store, IssuedAnswer)
    cards = rows(store, IssuedCard)
    store.dispose()
    assert (with_cards["status"], with_cards["client"], refused["status"]) == (200, None, 412)
    assert refused["error"] == "prefetch-unavailable"
    assert with_cards["data"]["observations"] == "sent"
    assert set(refused["data"].values()) == {"absent"}
    assert [(card["uuid"], card["indicator"]) for card in cards] == [
        (card["uuid"], card["indicator"]) for card in answer["cards"]
    ]
    assert cards[0]["suggestions"] == [each["uuid"] for each in answer["cards"][0]["suggestions"]]
    assert cards[0]["rule"] in with_cards["rules"]
    content = b"".join(file.read_bytes() for file in tmp_path.glob("store.sqlite3*"))
    assert sent["context"]["patientId"].encode() not in content
    assert sent["context"]["userId"].encode() not in content
    assert answer["cards"][0]["summary"].encode() not in content


def test_a_broken_store_changes_no_answer(tmp_path: Path) -> None:
    """Answers go on, byte for byte, when nothing can be kept."""
    settings = Settings.for_sandbox(store=f"sqlite:///{tmp_path}/nowhere/store.sqlite3")
    records = Records.of(settings)
    try:
        client = create_app(settings, services=(service(settings),), records=records).test_client()
        assert all(client.post(PATH, data=encoded(), content_type="application/json").status_code == 200 for _ in "123")
        wait(lambda: records.ledger.status().store_down)
    finally:
        records.close()
    assert records.ledger.status().lost == 3


def test_what_is_past_its_time_is_deleted(store: Engine, url: str) -> None:
    """Answers go with their cards, in portions; what is younger stays."""
    with kept(url) as ledger:
        for day in range(1500):
            ledger.remember(account(at=float(NOW - day)))
    with store.begin() as connection:
        for second in (0, 10):
            connection.execute(
                text(
                    "INSERT INTO feedback (received_at, service, card, outcome, outcome_at, accepted_suggestions)"
                    " VALUES (:at, 's', 'c', 'overridden', 0, '[]')"
                ),
                {"at": NOW - second},
            )
    gone = purge(store, before=NOW - 9)
    assert (gone.answers, gone.feedback) == (1490, 1)
    assert (len(rows(store, IssuedAnswer)), len(rows(store, IssuedCard)), len(rows(store, Feedback))) == (10, 20, 1)


def test_the_command_deletes_what_the_settings_do_not_keep(store: Engine, url: str) -> None:
    """It says how much of each that was; with --days it keeps fewer; a store that is away is exit code 1."""
    other = Comparison(
        at=NOW,
        service="s",
        hook="h",
        request_id="",
        caller=None,
        release="1",
        candidate="2",
        outcome=Compared.SAME,
        current=Said(),
        other=Said(),
    )
    with kept(url) as ledger:
        ledger.remember(account())
        ledger.remember(other)
        ledger.remember(account(at=time.time() - 86400 * 2))
    environment = {"ROS1_CDS_STORE": url, "ROS1_CDS_PROFILE": "sandbox"}

    said = [CliRunner().invoke(main, ["purge", *more], env=environment) for more in ([], ["--days", "1"])]

    assert [each.exit_code for each in said] == [0, 0]
    assert [each.output.partition(", older")[0] for each in said] == [
        "Deleted 1 answers with their cards, 0 feedback and 1 comparisons",
        "Deleted 1 answers with their cards, 0 feedback and 0 comparisons",
    ]
    assert not rows(store, IssuedAnswer) + rows(store, IssuedCard) + rows(store, ReleaseComparison)
    away = {**environment, "ROS1_CDS_STORE": "postgresql://nobody@127.0.0.1:1/nowhere"}
    assert CliRunner().invoke(main, ["purge"], env=away).exit_code == 1


def test_the_ledger_purges_itself(store: Engine, url: str) -> None:
    """No command needs to run: what is past the setting leaves while there is nothing to write."""
    with kept(url, days=30) as ledger:
        ledger.remember(account())
        ledger.remember(account(at=time.time()))
        wait(lambda: ledger.status().written == 2)
        wait(lambda: len(rows(store, IssuedAnswer)) == 1)
