"""A site's overlay, through hook requests: the example of docs/site-overlay.md does what the page says."""

from __future__ import annotations

import copy
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cdshooks import log
from cdshooks.app import create_app
from cdshooks.errors import DeclarationError
from cdshooks.settings import PrefetchScope, Settings
from knowledge.errors import KnowledgeError

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs" / "site-overlay.md").read_text(encoding="utf-8")
_REQUEST = json.loads(
    (_ROOT / "tests" / "journeys" / "ros1-fusion-pembrolizumab" / "request.json").read_text(encoding="utf-8")
)
_LABORATORY = "urn:oid:2.999.1.1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the overlay of the page."""
    example = re.search(r"```yaml\n(# overlay\.yaml\n.*?)```", _PAGE, re.DOTALL)
    assert example
    folder = tmp_path_factory.mktemp("riverside")
    (folder / "overlay.yaml").write_text(example[1], encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> FlaskClient:
    """Return a client of the service with that overlay."""
    return create_app(Settings.for_sandbox(overlay=str(folder), smart_links=False)).test_client()


def _cards(client: FlaskClient, request: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.post("/cds-services/ros1-nsclc", json=request)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    cards: list[dict[str, Any]] = answer.get_json()["cards"]
    return cards


def _with_result(code: dict[str, str], **value: object) -> dict[str, Any]:
    """Return the request with a laboratory's own result in place of the standard's."""
    request: dict[str, Any] = copy.deepcopy(_REQUEST)
    observation = request["prefetch"]["observations"]["entry"][1]["resource"]
    for name in ("method", "component", "valueCodeableConcept", "specimen"):
        observation.pop(name)
    observation |= {"code": {"coding": [code]}, **value}
    return request


def _coded(code: str, system: str | None = None) -> dict[str, Any]:
    return {"valueCodeableConcept": {"coding": [{"code": code} | ({"system": system} if system else {})]}}


def test_a_local_test_and_a_result_code_without_a_system_are_understood(site: FlaskClient, client: FlaskClient) -> None:
    """Two codes and no word: a fusion by FISH with the overlay, no result on file without it."""
    request = _with_result({"system": _LABORATORY, "code": "ROS1BA"}, **_coded("RRP"))

    (card,) = _cards(site, request)

    assert card["indicator"] == "critical"
    assert "by FISH" in card["detail"]
    assert [each["summary"].partition(":")[0] for each in _cards(client, request)] == ["No ROS1 result found"]


def test_a_local_test_by_immunohistochemistry_does_not_confirm(site: FlaskClient) -> None:
    """The method that the site gives its code counts: no card says that a fusion was found."""
    request = _with_result({"system": _LABORATORY, "code": "ROS1IHC"}, **_coded("RRP"))

    assert [card for card in _cards(site, request) if card["indicator"] == "critical"] == []


def test_local_result_words_are_understood(site: FlaskClient, client: FlaskClient) -> None:
    """The laboratory's phrase for a rearranged gene counts as positive, its other phrase as negative."""
    code = {"system": _LABORATORY, "code": "ROS1BA", "display": "ROS1 FISH"}

    assert [card["indicator"] for card in _cards(site, _with_result(code, valueString="BA pattern typical"))] == [
        "critical"
    ]
    assert _cards(site, _with_result(code, valueString="BA pattern regular")) == []
    assert "critical" not in [
        card["indicator"] for card in _cards(client, _with_result(code, valueString="BA pattern typical"))
    ]


@pytest.mark.parametrize("system", [f"{_LABORATORY}.7", "http://loinc.org", ""])
def test_a_local_code_of_another_system_means_nothing(system: str, site: FlaskClient) -> None:
    """Letter for letter the same system, or it is not the laboratory's code."""
    request = _with_result({"system": system, "code": "ROS1BA"}, **_coded("RRP"))

    assert [each["summary"].partition(":")[0] for each in _cards(site, request)] == ["No ROS1 result found"]


def test_a_result_code_with_a_system_is_not_the_one_without(site: FlaskClient) -> None:
    """A code that the site declares without a system matches codings without a system only: nothing is guessed."""
    request = _with_result({"system": _LABORATORY, "code": "ROS1BA"}, **_coded("RRP", "https://elsewhere.example.org"))

    assert [card for card in _cards(site, request) if card["indicator"] == "critical"] == []


@pytest.mark.parametrize(
    "drug",
    [
        {"coding": [{"system": "https://riverside.example.org/formulary", "code": "100234"}]},
        {"text": "Onc Pembro Q3W"},
    ],
)
def test_a_drug_is_recognised_by_the_pharmacys_own_code_and_name(drug: dict[str, Any], site: FlaskClient) -> None:
    """A product number, or the name of an order set."""
    request = copy.deepcopy(_REQUEST)
    request["context"]["draftOrders"]["entry"][0]["resource"]["medicationCodeableConcept"] = drug

    (card,) = _cards(site, request)

    assert "pembrolizumab not advised" in card["summary"]


def test_formulary_links_and_the_overlays_name_are_on_the_card(site: FlaskClient) -> None:
    """The first suggestion is the site's first choice; source line and source name release and overlay."""
    (card,) = _cards(site, _REQUEST)

    assert "repotrectinib" in card["suggestions"][0]["label"]
    assert card["links"] == [
        {
            "label": "Riverside pathway for lung cancer",
            "url": "https://riverside.example.org/pathways/lung",
            "type": "absolute",
        }
    ]
    assert re.search(r"Knowledge release \d{4}\.\d{2}\.\d+\+riverside-3\.", card["detail"])
    assert card["source"]["label"].endswith(", site overlay riverside 3")


def test_the_log_names_the_overlay(site: FlaskClient) -> None:
    """Who asks later which content decided finds it in the line."""
    stream, level = io.BytesIO(), log.Sink.level
    log.configure("info", stream)
    try:
        _cards(site, _REQUEST)
    finally:
        log.Sink.level = level
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]

    assert [line["release"].partition("+")[2] for line in lines if "release" in line] == ["riverside-3"]


def test_a_disabled_rule_is_off_and_links_keep_to_their_topics(site: FlaskClient, client: FlaskClient) -> None:
    """The card about orders not understood comes without the overlay only; other topics have no link."""
    request = copy.deepcopy(_REQUEST)
    order = request["context"]["draftOrders"]["entry"][0]["resource"]
    order["resourceType"] = "MedicationOrder"
    other = copy.deepcopy(_REQUEST)
    other["prefetch"]["observations"] = {"resourceType": "OperationOutcome", "issue": []}

    assert [card["source"]["topic"]["code"] for card in _cards(client, request)] == ["order-not-checked"]
    assert _cards(site, request) == []
    assert [card.get("links") for card in _cards(site, other)] == [None]


def test_coded_prefetch_asks_for_the_sites_own_tests(folder: Path) -> None:
    """What the site maps is what it sends."""
    client = create_app(Settings.for_sandbox(overlay=str(folder), prefetch=PrefetchScope.CODED)).test_client()
    template = client.get("/cds-services").get_json()["services"][0]["prefetch"]["observations"]

    assert f"{_LABORATORY}|ROS1BA" in template


def test_two_formularies_end_the_start(folder: Path) -> None:
    """A choice stands in one place."""
    with pytest.raises(DeclarationError, match="state it in one place"):
        create_app(Settings.for_sandbox(overlay=str(folder), formulary=("entrectinib",)))


def test_a_folder_without_an_overlay_ends_the_start(tmp_path: Path) -> None:
    """A misspelt folder is no empty overlay."""
    with pytest.raises(KnowledgeError, match=r"overlay\.yaml"):
        create_app(Settings.for_sandbox(overlay=str(tmp_path / "nowhere")))
