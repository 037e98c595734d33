"""Whole requests as an EHR sends them and the answer each must get: a folder per situation, with its story.

A course of the disease is a folder of numbered steps, each a hook on a day of its own (``as_of``).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cards.text import day
from knowledge.strict_yaml import read_yaml

_FOLDER = Path(__file__).parent
_DAYS_AGO = re.compile(r"@(date|day)-(\d+)@")
"""In a request or an expectation: how many days ago, as FHIR or as a card writes it."""
_SITUATIONS = sorted(path.parent for pattern in ("*", "*/*") for path in _FOLDER.glob(f"{pattern}/request.json"))


@pytest.mark.requirement("G1", "G2", "G3", "G4", "G7", "H1", "H3")
@pytest.mark.parametrize(
    "situation", [pytest.param(path, id=path.relative_to(_FOLDER).as_posix()) for path in _SITUATIONS]
)
def test_a_journey_gets_the_answer_that_it_tells(
    situation: Path, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status, cards, their words and their suggestions are those that the story expects."""
    expected, problems = read_yaml(_dated(situation / "expected.yaml"))
    assert not problems
    if "as_of" in expected:
        today = date.fromisoformat(expected["as_of"])
        monkeypatch.setattr("cdshooks.services.ros1_nsclc.conductor._today", lambda: today)

    answer = client.post(
        "/cds-services/ros1-nsclc",
        data=_dated(situation / "request.json").encode(),
        content_type="application/json",
    )

    assert answer.status_code == expected["status"], answer.get_data(as_text=True)
    if expected["status"] != 200:
        _holds_issue(answer.get_json(), expected)
        return
    cards = answer.get_json()["cards"]
    assert len(cards) == len(expected["cards"]), [card["summary"] for card in cards]
    for card, wanted in zip(cards, expected["cards"], strict=True):
        _holds_card(card, wanted)


def _dated(path: Path) -> str:
    """Return a file with the days that it counts back from today."""

    def written(match: re.Match[str]) -> str:
        date = (datetime.now(UTC).date() - timedelta(days=int(match[2]))).isoformat()
        return date if match[1] == "date" else day(date) or ""

    return _DAYS_AGO.sub(written, path.read_text(encoding="utf-8"))


def _holds_issue(outcome: dict[str, Any], expected: dict[str, Any]) -> None:
    assert outcome["resourceType"] == "OperationOutcome"
    assert expected["issue"] in [place for issue in outcome["issue"] for place in issue.get("expression", ())]


def _holds_card(card: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert card["source"]["topic"]["code"] == wanted["topic"]
    assert card["indicator"] == wanted.get("indicator", card["indicator"])
    assert card["summary"] == wanted.get("summary", card["summary"])
    for words in wanted.get("detail", ()):
        assert words in card["detail"]
    for words in wanted.get("detail_without", ()):
        assert words not in card["detail"]
    suggestions = card.get("suggestions", [])
    labels = [suggestion["label"] for suggestion in suggestions]
    assert labels == wanted.get("suggestions", labels)
    if "deletes" in wanted:
        for suggestion in suggestions:
            deleted = [action["resourceId"] for action in suggestion["actions"] if action["type"] == "delete"]
            assert deleted == wanted["deletes"]


def test_every_situation_tells_its_story() -> None:
    """A folder holds a request and what is expected, and says in a sentence why."""
    for situation in _SITUATIONS:
        expected, _ = read_yaml((situation / "expected.yaml").read_text(encoding="utf-8"))
        assert expected["story"].strip()
        assert json.loads((situation / "request.json").read_text(encoding="utf-8"))["hook"]
