"""Requests recorded from the public CDS Hooks sandbox in a browser, on invented patients, alone and SMART-launched.

The sandbox was built from its repository at commit 3b7e255; hosts and tokens are replaced, nothing else. Its drafts
are no valid FHIR (``category`` is an object, the Bundle has no type): they are read nevertheless.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.cdshooks.fhir_stub import outcome, serving

_RECORDED = Path(__file__).parent / "recorded"


def _body(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((_RECORDED / f"sandbox-{name}.json").read_text(encoding="utf-8"))
    return body


def _cards(client: FlaskClient, service: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.post(f"/cds-services/{service}", json=body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    cards: list[dict[str, Any]] = answer.get_json()["cards"]
    return cards


def test_pembrolizumab_with_the_sandbox_s_prefetch_gets_the_critical_card(client: FlaskClient) -> None:
    """Every key that it can fill it sends, each as the searchset that our templates ask for."""
    body = _body("pembrolizumab")
    listed = client.get("/cds-services").get_json()["services"]
    asked = next(each["prefetch"] for each in listed if each["id"] == "ros1-nsclc")
    assert set(body["prefetch"]) == asked.keys() - {"encounter"}  # it knows of no encounter

    (card,) = _cards(client, "ros1-nsclc", body)

    assert card["indicator"] == "critical"
    assert card["summary"].endswith("pembrolizumab not advised before a ROS1 inhibitor")
    assert card["overrideReasons"]
    assert all(suggestion["actions"][0]["type"] == "create" for suggestion in card["suggestions"][:-1])


def test_the_inhibitor_that_it_takes_from_our_suggestion_is_recognised(client: FlaskClient) -> None:
    """It keeps text and code only: the next call is about what comes before the first dose."""
    (card,) = _cards(client, "ros1-nsclc", _body("entrectinib-after-suggestion"))

    assert card["summary"].startswith("Before entrectinib")


def test_its_empty_draft_gets_orders_to_try_and_no_other_card(client: FlaskClient) -> None:
    """It calls before a drug is chosen, with a draft that has neither drug nor intent."""
    assert len(_cards(client, "sandbox-orders", _body("empty-draft"))) == 1
    assert _cards(client, "ros1-nsclc", {**_body("empty-draft"), "prefetch": {}}) == []


def test_smart_launched_it_sends_its_token_and_a_dead_server_is_said(client: FlaskClient) -> None:
    """Without prefetch everything hangs on the launcher's FHIR server: that it cannot be reached is a card."""
    body = {**_body("smart-launched"), "fhirServer": "http://127.0.0.1:1/v/r4/fhir"}
    assert body["fhirAuthorization"]["scope"].startswith("patient/*.*")

    (card,) = _cards(client, "ros1-nsclc", body)

    assert card["summary"].startswith("ROS1 could not be checked before pembrolizumab")
    assert "could not be reached" in card["detail"]


def test_smart_launched_with_a_token_that_has_expired_gets_a_card_that_says_so(client: FlaskClient) -> None:
    """The launcher then answers 401 to the sandbox, which sends no prefetch, and to us, who sent the token."""
    with serving(lambda _: outcome("Invalid token: jwt expired", status=401)) as launcher:
        body = {**_body("smart-launched"), "fhirServer": launcher.base}
        (card,) = _cards(client, "ros1-nsclc", body)

    token = body["fhirAuthorization"]["access_token"]
    assert {asked.headers["Authorization"] for asked in launcher.asked} == {f"Bearer {token}"}
    assert card["summary"].startswith("ROS1 could not be checked before pembrolizumab")
    assert "the FHIR server refused the access (HTTP status 401)" in card["detail"]


def test_its_active_tab_clicked_again_is_refused_with_what_is_missing(client: FlaskClient) -> None:
    """It then sends no drafts at all; the sandbox shows the refusal in its developer panel only."""
    answer = client.post("/cds-services/ros1-nsclc", json=_body("tab-clicked-again"))

    assert answer.status_code == 400
    assert {"context.selections", "context.draftOrders"} <= {
        place for issue in answer.get_json()["issue"] for place in issue.get("expression", ())
    }


@pytest.mark.parametrize("name", ["feedback-accepted", "feedback-overridden"])
def test_its_feedback_gets_an_answer(client: FlaskClient, name: str) -> None:
    """Never a fault of the service."""
    assert client.post("/cds-services/ros1-nsclc/feedback", json=_body(name)).status_code < 500
