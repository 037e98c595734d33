"""The report as it is served: who sees it, from which data, in which form, and what it costs others."""

from __future__ import annotations

import csv
from base64 import b64encode
from io import StringIO
from pathlib import Path
from time import time

import msgspec
import pytest
from flask.testing import FlaskClient

from cdshooks.account import Account, Caller, Compared, Comparison, Decided, Issued, Said, Speaker, Why, Withheld
from cdshooks.app import create_app
from cdshooks.report.rows import MONDAY, WEEK, week_of
from cdshooks.settings import Settings, read_settings
from cdshooks.store.ledger import Ledger
from cdshooks.web.demo.outcomes import invented
from tests.cdshooks.tokens import Signer, bearer, production

TOKEN = "a-password-of-random-letters"  # noqa: S105 - of a test
PATHS = ("/report", "/report.json", "/report.csv")


def basic(password: str, user: str = "committee") -> dict[str, str]:
    """Return the header of a browser that signs in."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


@pytest.fixture(scope="module")
def sandbox() -> FlaskClient:
    """Return a client of a sandbox."""
    return create_app(Settings.for_sandbox()).test_client()


@pytest.mark.parametrize("path", PATHS)
def test_a_sandbox_shows_invented_data_and_says_so(sandbox: FlaskClient, path: str) -> None:
    """To everybody, under a strict policy, in no cache; HEAD is answered, too."""
    answer = sandbox.get(path)
    assert answer.status_code == 200
    assert b"nvented" in answer.data
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers.getlist("Cache-Control") == ["no-store"]
    head = sandbox.head(path)
    assert (head.status_code, head.data) == (200, b"")


def test_a_sandbox_shows_its_ledger_apart(tmp_path: Path) -> None:
    """Real answers alone, without one that is invented; where there are none it says so."""
    settings = Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3", report_smallest_count=1)
    client = create_app(settings).test_client()
    page = client.get("/report?data=ledger").get_data(as_text=True)
    assert "No card was given in these weeks." in page
    assert "Nothing invented is among it" in page
    assert client.get("/report.json?data=ledger").get_json()["data"] == "ledger"
    assert client.get("/report.json").get_json()["data"] == "invented"


def test_production_has_no_report_until_a_password_is_set(tmp_path: Path) -> None:
    """Not even for whom a token of a client lets in."""
    ehr = Signer()
    client = create_app(production(tmp_path, ehr)).test_client()
    for path in PATHS:
        assert client.get(path).status_code == 401
        token = bearer(ehr.token(f"https://cds.example.org{path}"))
        assert client.get(path, headers=token).status_code in (401, 404)


def test_pages_lead_to_the_report_where_there_is_one(tmp_path: Path, sandbox: FlaskClient) -> None:
    """Nowhere else."""
    link = b'href="/report"'
    without = create_app(production(tmp_path, Signer(), explain_page=True, demo_page=True)).test_client()
    for path in ("/", "/explain"):
        assert link in sandbox.get(path).data
        assert link not in without.get(path).data


WRONG = {
    "nothing": {},
    "another password": basic("a-password-of-random-letterz"),
    "the password as user": basic("", TOKEN),
    "no password": {"Authorization": "Basic"},
    "no base64": {"Authorization": "Basic ???"},
    "no text": {"Authorization": f"Basic {b64encode(bytes([255, 58, 255])).decode()}"},
    "another scheme": {"Authorization": f"Digest {TOKEN}"},
    "the password alone": {"Authorization": TOKEN},
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
def test_production_asks_who_reads(tmp_path: Path, headers: dict[str, str]) -> None:
    """Without the password 401, and a browser asks for it; nothing of the report is told."""
    client = create_app(production(tmp_path, Signer(), report_token=TOKEN)).test_client()
    for path in PATHS:
        answer = client.get(path, headers=headers)
        assert (answer.status_code, len(answer.data) < 100) == (401, True)
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_production_never_shows_invented_data(tmp_path: Path) -> None:
    """With the password, as a browser or a program sends it, there is the ledger, whatever is asked for."""
    client = create_app(production(tmp_path, Signer(), report_token=TOKEN)).test_client()
    for headers in (basic(TOKEN), bearer(TOKEN)):
        assert client.get("/report", headers=headers).status_code == 200
        for query in ("", "?data=invented", "?data=ledger"):
            assert client.get(f"/report.json{query}", headers=headers).get_json()["data"] == "ledger"
    assert client.get("/assets/report.js").status_code == 200
    assert client.get("/").status_code == 401


def test_a_sandbox_may_ask_for_a_password_too() -> None:
    """If one is set."""
    client = create_app(Settings.for_sandbox(report_token=TOKEN)).test_client()
    assert client.get("/report").status_code == 401
    assert client.get("/report", headers=basic(TOKEN)).status_code == 200


def test_a_short_password_is_refused() -> None:
    """It could be guessed: nothing counts the tries."""
    _, faults, _ = read_settings({"ROS1_CDS_PROFILE": "sandbox", "ROS1_CDS_REPORT_TOKEN": "secret"})
    assert "at least 24 random characters" in faults[0]
    assert "secret" not in faults[0].partition("expected")[0].replace("ROS1_CDS_REPORT_TOKEN", "")


def test_answers_of_the_ledger_are_on_the_report(tmp_path: Path) -> None:
    """From an answer that is remembered to the page, the JSON and the CSV; text of a client is only text."""
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    last_week = MONDAY + (week_of(time()) - 1) * WEEK
    ledger = Ledger(url)
    for number in range(12):
        ledger.remember(
            Account(
                at=last_week + number,
                service="ros1-nsclc",
                hook="order-select",
                hook_instance="",
                status=200,
                milliseconds=3.2,
                patient_id="p",
                user_id="u",
                encounter_id=None,
                caller=Caller("https://ehr.example.org", "<script>alert(1)</script>"),
                decided=Decided(release="r", speakers=(Speaker("ros1-not-tested", "t"),)),
                issued=(Issued(f"c{number}", "info", ()),),
            )
        )
    ledger.close()
    settings = production(tmp_path, Signer(), store=url, report_token=TOKEN)
    client = create_app(settings).test_client()
    told = client.get("/report.json", headers=basic(TOKEN)).get_json()
    assert (told["total"]["fired"], told["rules"][0]["rule"]) == (12, "ros1-not-tested")
    assert told["rules"][0]["title"].startswith("No ROS1 result")
    page = client.get("/report", headers=basic(TOKEN)).get_data(as_text=True)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "Invented" not in page
    answer = client.get("/report.csv", headers=basic(TOKEN))
    assert "attachment" in answer.headers["Content-Disposition"]
    assert next(csv.DictReader(StringIO(answer.get_data(as_text=True)[1:])))["fired"] == "12"


def _of_last_week(url: str, *remembered: Account | Comparison) -> None:
    ledger = Ledger(url)
    at = MONDAY + (week_of(time()) - 1) * WEEK
    for number, each in enumerate(remembered):
        ledger.remember(msgspec.structs.replace(each, at=at + number))
    ledger.close()


ANSWER = Account(
    at=0,
    service="ros1-nsclc",
    hook="order-sign",
    hook_instance="",
    status=200,
    milliseconds=3.2,
    patient_id="p",
    user_id="u",
    encounter_id=None,
    decided=Decided(release="1", withheld=(Withheld("ros1-not-tested", "t", "info", Why.SILENT),)),
)
COMPARISON = Comparison(
    at=0,
    service="ros1-nsclc",
    hook="order-sign",
    request_id="",
    caller=None,
    release="2026.11.0",
    candidate="<b>2</b>",
    outcome=Compared.DIFFERS,
    current=Said(rules=("ros1-not-tested",), cards=(("ros1-not-tested", "info"),)),
    other=Said(rules=("of-the-candidate",), refused=True),
)


def test_what_was_not_shown_and_how_a_candidate_differs_is_on_the_report(tmp_path: Path) -> None:
    """Also where no card was given; a rule is called by its title, with its page; a rule of the candidate has none."""
    settings = Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3")
    _of_last_week(settings.store, *[ANSWER] * 12, *[COMPARISON] * 13)
    client = create_app(settings).test_client()
    told = client.get("/report.json?data=ledger").get_json()
    (rule,) = told["withheld"]["rules"]
    assert (rule["rule"], rule["why"], rule["now"], rule["count"]) == ("ros1-not-tested", "silent", "shown", 12)
    assert rule["indicators"] == [{"indicator": "info", "count": 12}]
    (pair,) = told["candidates"]
    assert (pair["candidate"], pair["compared"], pair["differs"]) == ("<b>2</b>", 13, 13)
    assert pair["differences"][0]["currentCards"] == [{"rule": "ros1-not-tested", "indicator": "info"}]
    assert list(told["titles"]) == ["ros1-not-tested"]
    page = client.get("/report?data=ledger").get_data(as_text=True)
    link = f'<a href="/rules/ros1-not-tested">{told["titles"]["ros1-not-tested"]}</a>'
    assert page.count(link) == 3
    assert "<code>of-the-candidate</code>" in page
    assert "refuses: data are missing (412)" in page
    assert "<b>2</b>" not in page
    assert client.get("/rules/ros1-not-tested").status_code == 200


def test_few_of_either_are_said_to_be_few(tmp_path: Path) -> None:
    """And of none nothing is said."""
    settings = Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3")
    client = create_app(settings).test_client()
    page = client.get("/report?data=ledger").get_data(as_text=True)
    assert "Not shown" not in page
    assert "andidate" not in page
    _of_last_week(settings.store, *[ANSWER] * 3, *[COMPARISON] * 4)
    client = create_app(settings).test_client()
    page = client.get("/report?data=ledger").get_data(as_text=True)
    assert "Fewer than 11 times a rule applied and was not shown" in page
    assert "Fewer than 11 answers were compared" in page
    told = client.get("/report.json?data=ledger").get_json()
    assert told["withheld"] == {"count": None, "rules": [], "others": None}
    assert told["candidates"][0]["differences"] == []


def test_many_rules_with_few_each_are_told_as_one_sum(tmp_path: Path) -> None:
    """Without naming one of them."""
    settings = Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3")
    names = ("ros1-not-tested", "label-interaction", "baseline-not-complete")
    withheld = [Decided(release="1", withheld=(Withheld(name, "t", "info", Why.MAX_CARDS),)) for name in names]
    _of_last_week(settings.store, *[msgspec.structs.replace(ANSWER, decided=each) for each in withheld * 5])
    client = create_app(settings).test_client()
    assert client.get("/report.json?data=ledger").get_json()["withheld"] == {"count": 15, "rules": [], "others": 15}
    page = client.get("/report?data=ledger").get_data(as_text=True)
    assert '<th scope="row">All that is kept back</th><td class="number" data-value="15">15</td>' in page
    assert "label-interaction" not in page


OVERLAY = """\
formatVersion: "1"
id: test
version: "1"
title: Test
lastReviewDate: 2026-11-21
rules:
  enable: [ros1-not-tested-never-smoker]
  silent: [ros1-not-tested-never-smoker]
"""


def test_a_rule_that_a_site_watches_is_on_the_report(tmp_path: Path) -> None:
    """Beside that it is in silent mode now, also when it never applied."""
    (tmp_path / "overlay.yaml").write_text(OVERLAY, "utf-8")
    settings = Settings.for_sandbox(store=f"sqlite:///{tmp_path}/store.sqlite3", overlay=str(tmp_path))
    client = create_app(settings).test_client()
    (rule,) = client.get("/report.json?data=ledger").get_json()["withheld"]["rules"]
    assert (rule["rule"], rule["now"], rule["count"]) == ("ros1-not-tested-never-smoker", "silent", 0)
    assert "in silent mode</span>" in client.get("/report?data=ledger").get_data(as_text=True)


def test_without_the_store_it_says_to_come_again(tmp_path: Path) -> None:
    """503, and nothing of the database."""
    settings = Settings.for_sandbox(store=f"sqlite:///{tmp_path}/nowhere/store.sqlite3")
    answer = create_app(settings).test_client().get("/report?data=ledger")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert b"sqlite" not in answer.data


def test_invented_cards_are_of_rules_and_reasons_that_exist(sandbox: FlaskClient) -> None:
    """A rule that is renamed is renamed there, too."""
    told = sandbox.get("/about.json").get_json()["services"]["ros1-nsclc"]
    systems = {each["code"]: each["system"] for each in told["overrideReasons"]}
    rows = invented(100, 120, systems)
    assert {each.rule for each in rows.cards} <= {each["id"] for each in told["rules"] if each["speaks"] != "silent"}
    said = [card for each in rows.comparisons for card in (*each.current.cards, *each.other.cards)]
    assert {rule for rule, _ in said} <= {each["id"] for each in told["rules"]}
    silent = {each.rule for each in rows.withheld if each.why == "silent"}
    assert {each.rule for each in rows.withheld} <= {each["id"] for each in told["rules"]}
    assert silent.isdisjoint(each.rule for each in rows.cards)
    reasons = {(each.reason_system, each.reason_code) for each in rows.cards if each.reason_code}
    assert reasons <= {(each["system"], each["code"]) for each in told["overrideReasons"]}
