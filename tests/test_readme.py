"""The README tells the truth: its card is the one that the service returns, its links lead somewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
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
    """Return summary, indicator, the first paragraph of the detail, and the labels of the suggestions."""
    (card,) = answer["cards"]
    return {
        "summary": card["summary"],
        "indicator": card["indicator"],
        "detail": card["detail"].split("\n\n")[0],
        "suggestions": [{"label": suggestion["label"]} for suggestion in card["suggestions"]],
    }


@pytest.mark.requirement("D10")
def test_every_relative_link_of_the_documents_leads_to_a_file() -> None:
    """A reader never clicks into nothing."""
    documents = (*_ROOT.glob("*.md"), *(_ROOT / "docs").glob("*.md"))
    for document in documents:
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), f"{document.name}: {link}"
