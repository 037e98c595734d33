"""Fewer cards where the client, or the site, asks for it: each case through a hook request and the store."""

from __future__ import annotations

import copy
import io
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from cdshooks import log
from cdshooks.app import create_app
from cdshooks.settings import Settings
from cdshooks.store import history
from cdshooks.store.engine import open_store
from cdshooks.store.models import IssuedAnswer, IssuedCard, WithheldCard
from cdshooks.store.records import Records

URL = "/cds-services/ros1-nsclc"
JOURNEYS = Path(__file__).parents[1] / "journeys"
SELECT = json.loads((JOURNEYS / "ros1-fusion-pembrolizumab" / "request.json").read_text(encoding="utf-8"))
CRITICAL = "ici-before-ros1-inhibitor"
ENCOUNTERS = itertools.count()
SECRET = "a-secret-that-is-long-enough-for-all"  # noqa: S105 - of a test
CACHE = {"cache-for-order-sign-filtering": True}
FILTER = {"filter-out-repeated-alerts": True}
DAYS = {"filter-out-overridden-days": 30}


class Site:
    """A service with a store of its own."""

    def __init__(self, folder: Path, **changed: Any) -> None:  # noqa: ANN401 - settings
        """Start it."""
        usual = {"store": f"sqlite:///{folder}/store.sqlite3", "ledger_secret": SECRET}
        self.settings = Settings.for_sandbox(**(usual | changed))
        self.records = Records.of(self.settings)
        self.client: FlaskClient = create_app(self.settings, records=self.records).test_client()
        self.earlier: set[str] = set()  # answers of other tests

    def begin(self) -> None:
        """Forget other tests: every request is of an encounter of its own from now on."""
        SELECT["context"]["encounterId"] = f"encounter-{next(ENCOUNTERS)}"
        self.earlier = {row["id"] for row in self.all_rows(IssuedAnswer)}

    def cards(self, options: object = None, hook: str = "order-select", **changed: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """Return the cards of a request whose client sets options, with members of the context changed."""
        request = copy.deepcopy(SELECT)
        request["hook"] = hook
        request["context"] |= changed
        if hook == "order-sign":
            request["context"].pop("selections", None)
        if options is not None:
            request["extension"] = {"configuration-items": options}
        return self.answered(request)

    def answered(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the cards of a request."""
        answer = self.client.post(URL, json=request)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        cards: list[dict[str, Any]] = answer.get_json()["cards"]
        return cards

    def override(self, card: dict[str, Any], outcome: str = "overridden", at: str = "2026-11-21T10:00:00Z") -> None:
        """Send feedback on a card."""
        told = {"card": card["uuid"], "outcome": outcome, "outcomeTimestamp": at}
        if outcome == "accepted":
            told["acceptedSuggestions"] = [{"id": card["suggestions"][0]["uuid"]}]
        assert self.client.post(f"{URL}/feedback", json={"feedback": [told]}).status_code == 200

    def written(self) -> None:
        """Wait until the ledger has written what there is."""
        end = time.monotonic() + 30
        while self.records.ledger.status().waiting:
            assert time.monotonic() < end
            time.sleep(0.02)

    def rows(self, table: Any) -> list[Any]:  # noqa: ANN401 - a table
        """Return what the ledger holds of a table since this test began."""
        return [
            row for row in self.all_rows(table) if row["id" if table is IssuedAnswer else "answer"] not in self.earlier
        ]

    def all_rows(self, table: Any) -> list[Any]:  # noqa: ANN401 - a table
        """Return all that the ledger holds of a table."""
        self.written()
        store = open_store(self.settings.store, writes=False)
        with store.connect() as connection:
            found = connection.execute(select(*table.__table__.columns)).mappings().all()
        store.dispose()
        return list(found)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a site that keeps hashes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(history, "_WAIT_SECONDS", 60.0)  # a busy machine is no store that is away
        patched.setattr(history, "_SEEN_MILLISECONDS", 60_000)  # and its clients wait
        site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.records.close()


@pytest.fixture
def site(started: Site) -> Site:
    """Return the site, at the begin of an encounter."""
    started.begin()
    return started


def withheld(site: Site) -> list[tuple[str, str | None, str]]:
    """Return what was not shown, with the indicator and why."""
    return [(row["rule"], row["indicator"], row["why"]) for row in site.rows(WithheldCard)]


def test_a_card_that_order_select_showed_is_left_out_at_order_sign_if_the_client_wants_that(site: Site) -> None:
    """The same user, orders and facts; that it was left out is in the ledger."""
    assert len(site.cards(CACHE)) == 1
    site.written()
    assert site.cards(FILTER, "order-sign") == []
    assert withheld(site) == [(CRITICAL, "critical", "repeated")]


NOT_ASKED: dict[str, tuple[object, object]] = {
    "nothing": (None, None),
    "neither": ({}, {}),
    "only order-select": (CACHE, {}),
    "only order-sign": ({}, FILTER),
    "a text": (CACHE, {"filter-out-repeated-alerts": "true"}),
    "a number": (CACHE, {"filter-out-repeated-alerts": 1}),
    "false": (CACHE, {"filter-out-repeated-alerts": False}),
    "an array": (CACHE, [FILTER]),
    "a text in place of the options": (CACHE, "x"),
}


@pytest.mark.parametrize(("at_select", "at_sign"), NOT_ASKED.values(), ids=NOT_ASKED)
def test_without_both_options_nothing_is_left_out(site: Site, at_select: object, at_sign: object) -> None:
    """A resident selects, an attending signs: the default is to say it again."""
    site.cards(at_select)
    site.written()
    assert len(site.cards(at_sign, "order-sign")) == 1
    assert withheld(site) == []


CHANGED = {
    "another user": {"userId": "Practitioner/another"},
    "another encounter": {"encounterId": "another"},
}


@pytest.mark.parametrize("changed", CHANGED.values(), ids=CHANGED)
def test_for_somebody_else_or_elsewhere_a_card_is_new(site: Site, changed: dict[str, str]) -> None:
    """Who signs sees it, whoever selected; in another encounter it is said again."""
    site.cards(CACHE | DAYS)
    site.written()
    assert len(site.cards(FILTER | DAYS, "order-sign", **changed)) == 1


def _another_order(request: dict[str, Any]) -> None:
    for entry in request["context"]["draftOrders"]["entry"]:
        entry["resource"]["id"] += "-2"


def _order_without_id(request: dict[str, Any]) -> None:
    for entry in request["context"]["draftOrders"]["entry"]:
        entry["resource"].pop("id")
        entry.pop("fullUrl", None)


def _one_fact_less(request: dict[str, Any]) -> None:
    request["prefetch"]["conditions"]["entry"].pop()


def _another_date(request: dict[str, Any]) -> None:
    for entry in request["prefetch"]["observations"]["entry"]:
        entry["resource"]["effectiveDateTime"] = "2026-09-11"


@pytest.mark.parametrize("change", [_another_order, _one_fact_less, _another_date])
def test_another_order_or_fact_makes_a_card_new(site: Site, change: Any) -> None:  # noqa: ANN401 - a function
    """Whatever a card rests on: if it is not the same letter for letter, the card is shown."""
    site.cards(CACHE)
    site.written()
    request = copy.deepcopy(SELECT) | {"hook": "order-sign", "extension": {"configuration-items": FILTER}}
    change(request)
    assert site.answered(request)
    assert withheld(site) == []


def test_orders_without_an_id_cannot_be_told_from_others(site: Site) -> None:
    """Their cards are always shown."""
    request = copy.deepcopy(SELECT) | {"extension": {"configuration-items": CACHE | DAYS}}
    _order_without_id(request)
    site.answered(request)
    site.written()
    request |= {"hook": "order-sign", "extension": {"configuration-items": FILTER | DAYS}}
    assert site.answered(request)


def test_what_the_user_overrode_is_left_out_if_the_client_wants_that(site: Site) -> None:
    """At any hook, until the last word on the card is another one."""
    (card,) = site.cards(DAYS)
    site.written()
    assert len(site.cards(DAYS)) == 1
    site.written()
    site.override(card)
    assert site.cards(DAYS) == []
    assert len(site.cards({"filter-out-overridden-days": 0})) == 1
    assert withheld(site) == [(CRITICAL, "critical", "overridden")]
    site.override(card, "accepted", at="2026-11-21T11:00:00Z")
    assert len(site.cards(DAYS)) == 1


def test_no_fingerprint_is_kept_of_clients_that_want_none(site: Site) -> None:
    """What is not asked for is not worked out."""
    site.cards()
    site.cards(FILTER, "order-sign")
    assert [row["fingerprint"] for row in site.rows(IssuedCard)] == [None, None]


def test_when_the_store_is_away_every_card_is_shown(tmp_path: Path) -> None:
    """A line in the log tells; the answer does not wait for it."""
    away = Site(tmp_path, store=f"sqlite:///{tmp_path}/no-such-folder/store.sqlite3")
    lines = io.BytesIO()
    before = log.Sink.level, log.Sink.stream
    log.configure("error", lines)
    try:
        assert len(away.cards(CACHE | DAYS)) == 1
        assert len(away.cards(FILTER | DAYS, "order-sign")) == 1
    finally:
        log.Sink.level, log.Sink.stream = before
        away.records.ledger.close()
    assert [line for line in map(json.loads, lines.getvalue().splitlines()) if line["event"] == "history-down"]


def test_without_a_secret_nothing_is_offered_and_nothing_left_out(tmp_path: Path) -> None:
    """Nothing is kept of patients then, so nobody can tell."""
    plain = Site(tmp_path, ledger_secret="")
    plain.cards(CACHE | DAYS)
    plain.written()
    assert len(plain.cards(FILTER | DAYS, "order-sign")) == 1
    listed = plain.client.get("/cds-services").get_json()["services"]
    told = [list(entry["extension"]) for entry in listed if entry["id"] == "ros1-nsclc"]
    assert told == [["davinci-crd.configuration-options"]] * 2
    plain.records.close()


@pytest.mark.requirement("D9", "X1", "X2", "X3")
def test_discovery_lists_what_may_be_set_with_its_default(site: Site) -> None:
    """Each option has code, type, name, description and a default that leaves every card shown."""
    options: dict[tuple[str, str], object] = {}
    for entry in site.client.get("/cds-services").get_json()["services"]:
        if entry["id"] == "ros1-nsclc":
            for listed in entry["extension"].values():
                options |= {(entry["hook"], each["code"]): each["default"] for each in listed}
                assert all(each["name"] and each["description"] and each["type"] for each in listed)
    assert options.pop(("order-sign", "max-cards")) == options.pop(("order-select", "max-cards")) == 6
    assert options == {
        ("order-select", "cache-for-order-sign-filtering"): False,
        ("order-sign", "filter-out-repeated-alerts"): False,
        ("order-select", "filter-out-overridden-days"): 0,
        ("order-sign", "filter-out-overridden-days"): 0,
    }


def two_cards(extension: object) -> dict[str, Any]:
    """Return a request at order-sign that two topics have something to say on: the order, and one not understood."""
    request: dict[str, Any] = copy.deepcopy(SELECT) | {"hook": "order-sign", "extension": extension}
    old = {"resourceType": "MedicationOrder", "id": "old"}
    request["context"]["draftOrders"]["entry"].append({"resource": old})
    return request


@pytest.mark.requirement("X2")
@pytest.mark.parametrize("extension", ["davinci-crd.configuration", "configuration-items", "pddi-configuration-items"])
def test_a_client_that_takes_one_card_gets_the_gravest_and_is_told_what_it_does_not_get(
    site: Site, extension: str
) -> None:
    """What is left out stands on the card, and in the ledger."""
    both = site.answered(two_cards({}))
    (card,) = site.answered(two_cards({extension: {"max-cards": 1}}))
    (other,) = [each for each in both if each["indicator"] != "critical"]

    assert (len(both), card["indicator"]) == (2, "critical")
    paragraph = card["detail"].rpartition("\n\n")[2]
    assert paragraph.startswith("**Not shown here**, because this EHR asks for at most 1: ")
    assert other["source"]["topic"]["display"] in paragraph
    assert [(row["why"], row["indicator"]) for row in site.rows(WithheldCard)] == [("max-cards", other["indicator"])]
    assert len(site.rows(IssuedAnswer)) == 2


@pytest.mark.requirement("X2")
@pytest.mark.parametrize("most", [0, -1, True, "1", 1.5, None, [1], {}, 2, 10**30])
def test_a_limit_that_is_none_leaves_every_card(site: Site, most: object) -> None:
    """What is not a number of cards is ignored, as is a limit that is not reached."""
    assert len(site.answered(two_cards({"davinci-crd.configuration": {"max-cards": most}}))) == 2


def test_a_card_that_was_seen_takes_no_place_from_one_that_was_not(site: Site) -> None:
    """First what is known is left out, then what is too much."""
    select = two_cards({"configuration-items": CACHE}) | {"hook": "order-select"}
    select["context"]["selections"] = ["MedicationRequest/none"]  # names no draft: all count as selected
    gravest = site.answered(select | {"extension": {"configuration-items": CACHE | {"max-cards": 1}}})
    site.written()
    (card,) = site.answered(two_cards({"configuration-items": FILTER | {"max-cards": 1}}))
    assert gravest[0]["indicator"] == "critical"
    assert card["indicator"] != "critical"


def test_a_rule_in_silent_mode_is_watched(tmp_path: Path) -> None:
    """No card, as if it were disabled; ledger, log, its page and explain name it."""
    folder = tmp_path / "site"
    folder.mkdir()
    head = 'formatVersion: "1"\nid: site\nversion: "1"\ntitle: Site\nlastReviewDate: 2026-11-21\n'
    (folder / "overlay.yaml").write_text(f"{head}rules: {{silent: [{CRITICAL}]}}\n", encoding="utf-8")
    watching = Site(tmp_path, overlay=str(folder))
    lines = io.BytesIO()
    before = log.Sink.level, log.Sink.stream
    log.configure("info", lines)
    try:
        assert CRITICAL not in json.dumps(watching.cards())
    finally:
        log.Sink.level, log.Sink.stream = before
    assert (CRITICAL, "critical", "silent") in withheld(watching)
    (line,) = [line for line in map(json.loads, lines.getvalue().splitlines()) if line["event"] == "answered"]
    assert CRITICAL in line["silent"]
    assert CRITICAL not in line["rules"]
    page = watching.client.get(f"/rules/{CRITICAL}").get_data(as_text=True)
    assert "Silent at this site" in page
    explained = watching.client.post("/explain.json", json=SELECT).get_data(as_text=True)
    assert "in silent mode: recorded, not shown" in explained
    watching.records.close()
