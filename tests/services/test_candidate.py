"""A candidate release beside the current one: the current answers, differences are counted, nothing else changes."""

from __future__ import annotations

import copy
import io
import json
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

import knowledge
from cards.render import Renderer
from cdshooks import cli, log, metrics
from cdshooks.account import Account, Compared, Comparison, Said
from cdshooks.app import create_app
from cdshooks.checkup import troubles
from cdshooks.services import ros1_nsclc
from cdshooks.settings import Settings
from cdshooks.store.comparisons import differences
from cdshooks.store.engine import open_store
from cdshooks.store.records import Records
from cdshooks.trial import Trial

URL = "/cds-services/ros1-nsclc"
JOURNEYS = Path(__file__).parents[1] / "journeys"
REQUEST = json.loads((JOURNEYS / "ros1-fusion-pembrolizumab" / "request.json").read_text(encoding="utf-8"))
RULE = "ici-before-ros1-inhibitor"
DATA = Path(str(knowledge.__file__)).parent / "data"


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a release that lacks a rule."""
    folder = tmp_path_factory.mktemp("candidate") / "next_knowledge" / "data"
    shutil.copytree(DATA, folder)
    rule = folder / "rules" / "immunotherapy" / f"{RULE}.yaml"
    rule.write_text(rule.read_text("utf-8").replace("status: active", "status: draft"), "utf-8")
    release = folder / "release.yaml"
    release.write_text(release.read_text("utf-8").replace('version: "2026.11.0"', 'version: "2027.01.0"'), "utf-8")
    return folder


@contextmanager
def served(settings: Settings) -> Iterator[FlaskClient]:
    """Yield a client of the service; in the end everything is in the store."""
    records = Records.of(settings)
    try:
        yield create_app(settings, records=records).test_client()
        end = time.monotonic() + 60
        while compared() < 1:
            assert time.monotonic() < end
            time.sleep(0.02)
    finally:
        records.close()


def compared() -> int:
    """Return how many answers were compared since the test began."""
    return int(sum(found for found in counted().values()))


BEFORE: dict[str, float] = {}


def counted() -> dict[str, float]:
    """Return the comparisons by outcome since the test began."""
    found = {}
    for line in metrics.exposed().decode().splitlines():
        if line.startswith("ros1_cds_candidate_comparisons_total{"):
            found[line.split('"')[1]] = float(line.rpartition(" ")[2])
    return {name: value - BEFORE.get(name, 0) for name, value in found.items() if value > BEFORE.get(name, 0)}


@pytest.fixture(autouse=True)
def _begin() -> None:
    BEFORE.clear()
    BEFORE.update(counted())


def settings_of(tmp_path: Path, **changed: Any) -> Settings:  # noqa: ANN401 - settings
    """Return settings with a store of their own."""
    return Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3", **changed)


def without_ids(answer: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - a response
    """Return what does not differ from answer to answer."""
    assert answer.status_code == 200
    return [(card["summary"], card["detail"]) for card in answer.get_json()["cards"]]


def test_the_current_release_answers_and_differences_are_kept(
    tmp_path: Path, candidate: Path, client: FlaskClient
) -> None:
    """Rules, indicators and how many cards; no word of the patient."""
    settings = settings_of(tmp_path, candidate=str(candidate))
    with served(settings) as tried:
        assert without_ids(tried.post(URL, json=REQUEST)) == without_ids(client.post(URL, json=REQUEST))
        ready = tried.get("/readyz").get_json()
    assert ready["checks"]["candidate"] == "ok"
    assert counted() == {"differs": 1}
    store = open_store(settings.store, writes=False)
    (pair,) = differences(store)
    assert not differences(store, since=int(time.time()) + 60)
    assert not differences(store, before=0)
    with store.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM comparison").all())
    store.dispose()
    assert (pair.release, pair.candidate) == ("2026.11.0", "2027.01.0")
    assert (pair.compared, pair.same, pair.differs, pair.failed) == (1, 0, 1, 0)
    (one,) = pair.differences
    assert [(card.rule, card.indicator) for card in one.current_cards] == [(RULE, "critical")]
    assert one.only_current_rules == (RULE,)
    assert (one.count, one.only_candidate_rules) == (1, ())
    assert REQUEST["context"]["patientId"] not in kept
    told = CliRunner().invoke(
        cli.main, ["differences"], env={"ROS1_CDS_STORE": settings.store, "ROS1_CDS_PROFILE": "sandbox"}
    )
    assert json.loads(told.output)[0]["differences"][0]["currentCards"] == [{"rule": RULE, "indicator": "critical"}]


def test_an_installed_package_may_hold_the_candidate_and_say_the_same(
    tmp_path: Path, candidate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a refusal is compared: 412 by both is the same."""
    monkeypatch.syspath_prepend(str(candidate.parents[1]))
    assert "next_knowledge" not in sys.modules
    request = {**copy.deepcopy(REQUEST), "prefetch": {}}
    with served(settings_of(tmp_path, candidate="next_knowledge", when_unfetched="refuse")) as tried:
        assert tried.post(URL, json=request).status_code == 412
    assert compared() == 1


def test_a_candidate_that_fails_is_counted_and_changes_no_answer(
    tmp_path: Path, candidate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is in the log by its class; the answer had been given."""
    cards = Renderer.cards

    def failing(self: Renderer, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - as the renderer's
        if self.wordbook.knowledge.edition == "2027.01.0":
            raise ZeroDivisionError
        return cards(self, *args, **named)

    monkeypatch.setattr(Renderer, "cards", failing)
    settings = settings_of(tmp_path, candidate=str(candidate))
    lines = io.BytesIO()
    before = log.Sink.level, log.Sink.stream
    log.configure("error", lines)
    try:
        with served(settings) as tried:
            assert len(without_ids(tried.post(URL, json=REQUEST))) == 1
    finally:
        log.Sink.level, log.Sink.stream = before
    assert counted() == {"failed": 1}
    (line,) = map(json.loads, lines.getvalue().splitlines())
    assert (line["event"], line["exception"]) == ("candidate-failed", "ZeroDivisionError")
    store = open_store(settings.store, writes=False)
    assert differences(store)[0].failed == 1
    store.dispose()


@pytest.mark.parametrize("named", ["/nowhere", "no_such_package", "json", "{folder}"])
def test_a_candidate_that_cannot_be_loaded_stops_nothing(tmp_path: Path, named: str) -> None:
    """The current release answers; /readyz and check-config tell."""
    settings = settings_of(tmp_path, candidate=named.format(folder=tmp_path))
    client = create_app(settings).test_client()
    assert len(without_ids(client.post(URL, json=REQUEST))) == 1
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["failing"]) == (200, ["candidate"])
    told = [trouble for trouble in troubles(settings) if not trouble.stops]
    assert told
    assert all("ROS1_CDS_CANDIDATE" in trouble.text for trouble in told)


def test_a_candidate_of_another_version_of_the_code_stops_nothing(tmp_path: Path) -> None:
    """It lacks a phrase that drafts are made with; the start goes on, and tells."""
    folder = tmp_path / "candidate"
    shutil.copytree(DATA, folder)
    wording = folder / "wording.yaml"
    phrases = wording.read_text(encoding="utf-8")
    wording.write_text(re.sub(r"^  draft\.note:.*\n(    .*\n)*", "", phrases, flags=re.MULTILINE), encoding="utf-8")
    service = ros1_nsclc.service(settings_of(tmp_path, candidate=str(folder)))
    assert service.candidate == ""
    assert service.candidate_faults == ("ROS1_CDS_CANDIDATE: it does not fit this version (KeyError: 'draft.note')",)


class _Kept:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.found: list[Account | Comparison] = []

    def remember(self, account: Account | Comparison) -> None:
        """Keep it."""
        self.found.append(account)


ACCOUNT = Account(
    at=1.0,
    service="s",
    hook="order-sign",
    hook_instance="",
    status=200,
    milliseconds=1.0,
    patient_id="p",
    user_id="u",
    encounter_id=None,
)


def test_what_there_is_no_time_for_is_counted_and_waits_for_nothing() -> None:
    """The queue is short, as it holds requests; the one that answers never waits for it."""
    release = threading.Event()
    kept = _Kept()
    trial = Trial({"s": "2"}, kept)

    def slow() -> tuple[Said, Said]:
        release.wait(30)
        return Said(), Said(cards=(("a", "info"),))

    for _ in range(30):
        trial.offer(ACCOUNT, slow)
    release.set()
    trial.settle()
    assert counted()["dropped"] >= 13
    assert len(kept.found) + counted()["dropped"] == 30
    assert {each.outcome for each in kept.found if isinstance(each, Comparison)} == {Compared.DIFFERS}
    assert b"patient" not in msgspec.json.encode(kept.found[0])
