"""The SMART app without a browser: who gets its pages, what they may talk to, and what it is told of a record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cdshooks.app import create_app
from cdshooks.settings import Settings, SettingsError, SmartServer
from tests.cdshooks.tokens import Signer, bearer, production

_JOURNEYS = Path(__file__).parents[2] / "journeys"
_PAGES = ("/smart/launch", "/smart/callback")
_EHR = SmartServer(iss="https://ehr.example.org/fhir", client_id="app-1", origins=("https://login.example.org",))


@pytest.fixture(scope="module")
def sandbox() -> FlaskClient:
    """Return a client of a sandbox."""
    return create_app(Settings.for_sandbox()).test_client()


def _asked(journey: str) -> bytes:
    """Return the record of a journey as the app sends it: without orders."""
    request = json.loads((_JOURNEYS / journey / "request.json").read_text(encoding="utf-8"))
    context = {name: request["context"][name] for name in ("userId", "patientId")}
    return json.dumps({**request, "hook": "patient-view", "context": context}).encode()


def _told(client: FlaskClient, body: bytes) -> dict[str, Any]:
    answer = client.post("/smart/evidence.json", data=body, content_type="application/json")
    assert answer.status_code == 200, answer.data
    told: dict[str, Any] = answer.get_json()
    return told


def test_the_evidence_is_what_the_cards_say(sandbox: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    """Status, each fact with its resource, each option piece by piece with its sources; nothing is logged."""
    told = _told(sandbox, _asked("ros1-fusion-pembrolizumab"))

    assert told["status"] == "ROS1 fusion confirmed"
    facts = {each["kind"]: each for each in told["facts"]}
    assert facts["ros1"]["resources"] == ["Observation/ros1-ngs"]
    assert facts["ros1"]["day"] == "10 Sep 2026"
    assert "`CD74::ROS1 fusion: Present`" in facts["ros1"]["words"]
    dates = [each.get("date", "") for each in told["facts"]]
    assert dates == sorted(dates, reverse=True)
    request = (_JOURNEYS / "ros1-fusion-pembrolizumab" / "request.json").read_bytes()
    card = sandbox.post("/cds-services/ros1-nsclc", data=request, content_type="application/json").get_json()["cards"][
        0
    ]
    for option in told["options"]:
        assert option["drug"] in card["detail"]
        for piece in (option["approval"], option["brain"], *option["outcomes"], option["dose"], option["checks"]):
            assert piece in card["detail"]
        assert option["sources"]
    assert "ros1-demo" not in "".join(capfd.readouterr())


def test_without_a_confirmed_fusion_no_option_is_shown(sandbox: FlaskClient) -> None:
    """As on cards: a screening test alone offers nothing, and says so."""
    told = _told(sandbox, _asked("ihc-positive-only"))

    assert told["status"] == "ROS1 positive by screening only"
    assert told["options"] == []
    assert told["heading"] == "ROS1 inhibitors are shown where a ROS1 fusion is confirmed."


def test_what_did_not_arrive_is_said(sandbox: FlaskClient) -> None:
    """Nothing sent, and a part that failed: both are told, none is taken for an empty record."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    context = {"userId": "Practitioner/1", "patientId": "1"}
    body = {"hook": "patient-view", "hookInstance": "6bc883b2-b795-4dcb-b661-34884a31d472", "context": context}

    told = _told(sandbox, json.dumps({**body, "prefetch": {"observations": outcome}}).encode())

    assert told["status"] == "ROS1 not known: results did not arrive whole"
    (note,) = told["notes"]
    assert "laboratory results: could not be had from the EHR" in note
    assert "medications: the EHR did not send them" in note


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"{}", 400), (b'{"hook": "order-select"}', 400)])
def test_what_is_no_record_is_refused(sandbox: FlaskClient, body: bytes, status: int) -> None:
    """With an OperationOutcome."""
    answer = sandbox.post("/smart/evidence.json", data=body, content_type="application/json")

    assert answer.status_code == status
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_a_sandbox_takes_any_server_and_its_cards_link_to_the_app(sandbox: FlaskClient) -> None:
    """Patients are invented there. What the app is told by a card is the id of a rule."""
    policy = sandbox.get("/smart/launch").headers["Content-Security-Policy"]
    assert "connect-src 'self' http: https:;" in policy
    assert "script-src 'self';" in policy
    assert sandbox.get("/smart/config.json").get_json()["anyServer"] == "ros1-cds"

    request = (_JOURNEYS / "ros1-fusion-pembrolizumab" / "request.json").read_bytes()
    card = sandbox.post("/cds-services/ros1-nsclc", data=request, content_type="application/json").get_json()["cards"][
        0
    ]
    (link,) = [each for each in card["links"] if each["type"] == "smart"]
    assert link["url"] == "http://127.0.0.1:8080/smart/launch"
    assert json.loads(link["appContext"]) == {"rule": "ici-before-ros1-inhibitor"}


def test_production_has_no_app_until_servers_are_listed(tmp_path: Path) -> None:
    """Then its pages may talk to those, and be shown by those, and by nobody else."""
    ehr = Signer()
    closed = create_app(production(tmp_path, ehr)).test_client()
    assert [closed.get(path).status_code for path in (*_PAGES, "/smart/config.json")] == [401] * 3
    assert closed.post("/smart/evidence.json", data=b"{}").status_code == 401

    client = create_app(production(tmp_path, ehr, smart_page=True, smart_servers=(_EHR,))).test_client()
    for path in _PAGES:
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "connect-src 'self' https://ehr.example.org:443 https://login.example.org:443;" in policy
        assert "frame-ancestors 'self' https://ehr.example.org:443 https://login.example.org:443;" in policy
    config = client.get("/smart/config.json").get_json()
    assert config["servers"] == [{"iss": "https://ehr.example.org:443/fhir", "clientId": "app-1"}]
    assert (config["anyServer"], config["demoServer"]) == (None, None)
    assert config["redirectUri"] == "https://cds.example.org/smart/callback"
    assert client.get("/demo/authorize").status_code == 401
    assert client.get("/explain").status_code == 401


@pytest.mark.parametrize("links", [False, True])
def test_cards_link_to_the_app_only_where_a_setting_says_so(tmp_path: Path, links: bool) -> None:  # noqa: FBT001
    """A client that cannot launch it would show a dead link."""
    ehr = Signer()
    settings = production(tmp_path, ehr, smart_page=True, smart_servers=(_EHR,), smart_links=links)
    url = f"{settings.public_base_url}/cds-services/ros1-nsclc"
    body = (_JOURNEYS / "ros1-fusion-pembrolizumab" / "request.json").read_bytes()
    headers = {**bearer(ehr.token(url)), "Content-Type": "application/json"}

    (card,) = create_app(settings).test_client().post(url, data=body, headers=headers).get_json()["cards"]

    assert ("smart" in [each["type"] for each in card.get("links", ())]) is links


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"smart_page": True}, "SMART_SERVERS is missing"),
        ({"smart_links": True}, "SMART_LINKS is true without"),
        ({"smart_servers": (SmartServer(iss="http://ehr.example.org", client_id="a"),)}, "is not https"),
        ({"smart_servers": (SmartServer(iss="https://ehr.example.org/x y", client_id="a"),)}, "is no base URL"),
        ({"smart_servers": (SmartServer(iss="https://ehr.example.org", client_id=""),)}, "has no client_id"),
        ({"smart_servers": (SmartServer(iss="https://e.org", client_id="a", origins=("x;",)),)}, "is no base URL"),
        ({"smart_servers": (SmartServer(iss="https://e.org", client_id="a", origins=("http://f.org",)),)}, "not https"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_start(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    """Nothing of them reaches a policy."""
    with pytest.raises(SettingsError, match=said):
        create_app(production(tmp_path, Signer(), **changed))
