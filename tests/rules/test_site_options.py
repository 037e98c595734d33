"""Rules that ship as drafts: what they do at a site that enables them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import knowledge
from cards.decision import RuleBook, decide
from knowledge.loader import load
from tests.rules.situation import facts_of, orders_of

_RULE = "ros1-not-tested-never-smoker"


@pytest.fixture(scope="module")
def enabled(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    """Return the rules with the draft made active."""
    folder = tmp_path_factory.mktemp("knowledge") / "data"
    shutil.copytree(Path(str(knowledge.__file__)).parent / "data", folder)
    path = folder / "rules" / "immunotherapy" / f"{_RULE}.yaml"
    path.write_text(path.read_text("utf-8").replace("status: draft", "status: active"), "utf-8")
    return RuleBook(load(folder))


@pytest.mark.parametrize(
    ("smoking", "speaks"),
    [("never", _RULE), ("light", _RULE), ("heavy", "ros1-not-tested"), ("not-stated", "ros1-not-tested")],
)
def test_a_site_may_have_a_warning_for_never_and_light_smokers(smoking: str, speaks: str, enabled: RuleBook) -> None:
    """Enabled, the warning takes the place of the information; it ships as a draft."""
    words: dict[str, Any] = {"diagnosis": "nsclc", "extent": "metastatic", "smoking": smoking}
    orders = orders_of({"drug": "pembrolizumab"}, enabled.knowledge)
    decision = decide(facts_of(words), orders, enabled, date(2026, 11, 21))

    assert [advice.rule.id for advice in decision.advice] == [speaks]
    assert _RULE not in {rule.id for rule in load().rules}
