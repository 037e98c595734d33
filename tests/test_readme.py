"""The README tells the truth: its card is the one that the service returns, its links lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

_ROOT = Path(__file__).parent.parent
_README = (_ROOT / "README.md").read_text(encoding="utf-8")
_CARD = re.compile(r"<!-- card: (?P<request>[^;]+);.*?-->\s*```json\n(?P<card>.*?)```", re.DOTALL)


def test_the_card_in_the_readme_is_the_one_that_the_service_returns(client: FlaskClient) -> None:
    """Word for word, but for what the README says that it leaves out."""
    match = _CARD.search(_README)
    assert match
    request = (_ROOT / match["request"]).read_bytes()

    answer = client.post("/cds-services/ros1-nsclc", data=request, content_type="application/json").get_json()

    assert abridged(answer) == json.loads(match["card"]), json.dumps(abridged(answer), indent=2, ensure_ascii=False)


def abridged(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out the ids, the detail after its first paragraph, the suggestions and override reasons after the first."""
    (card,) = answer["cards"]
    suggestion = card["suggestions"][0]
    create, delete = suggestion["actions"]
    draft = {key: create["resource"][key] for key in ("resourceType", "status", "intent", "medicationCodeableConcept")}
    dose = [step["text"] for step in create["resource"]["dosageInstruction"]]
    return {
        "summary": card["summary"],
        "indicator": card["indicator"],
        "detail": card["detail"].split("\n\n")[0],
        "source": {"label": card["source"]["label"], "topic": card["source"]["topic"]["code"]},
        "selectionBehavior": card["selectionBehavior"],
        "suggestions": [
            {
                "label": suggestion["label"],
                "actions": [
                    {"type": "create", "resource": draft | {"dosageInstruction": [{"text": text} for text in dose]}},
                    {"type": "delete", "resourceId": delete["resourceId"]},
                ],
            }
        ],
        "overrideReasons": card["overrideReasons"][:1],
    }


def test_every_relative_link_of_the_documents_leads_to_a_file() -> None:
    """A reader never clicks into nothing."""
    documents = (*_ROOT.glob("*.md"), *(_ROOT / "docs").glob("*.md"))
    for document in documents:
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), f"{document.name}: {link}"
