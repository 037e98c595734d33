"""Rules that ship as drafts: what they do at a site that enables them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cards.decision import RuleBook, decide
from knowledge.loader import load
from tests.rules.situation import facts_of, orders_of

_RULE = "ros1-not-tested-never-smoker"


_WINDOW = """
thresholds:
  - {rule: crizotinib-after-recent-ici, fact: most-days-since-checkpoint-inhibitor, value: 91}
"""


_EARLIER = """
thresholds:
  - {rule: ros1-not-tested-after-earlier-ici, fact: days-since-checkpoint-inhibitor-on-file, value: 91}
"""


def _at_a_site(folder: Path, overlay: str) -> RuleBook:
    """Return the rules of a site with an overlay."""
    head = "formatVersion: '1'\nid: riverside\ntitle: Riverside\nversion: '1'\nlastReviewDate: 2026-11-21\n"
    (folder / "overlay.yaml").write_text(head + overlay, encoding="utf-8")
    return RuleBook(load(overlay=folder))


@pytest.fixture(scope="module")
def enabled(tmp_path_factory: pytest.TempPathFactory) -> RuleBook:
    """Return the rules with the option on."""
    return _at_a_site(tmp_path_factory.mktemp("site"), f"rules: {{enable: [{_RULE}]}}\n")


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


def test_also_for_them_a_panel_under_way_is_named(enabled: RuleBook) -> None:
    """It may cover ROS1: the information that names it takes the place of the warning."""
    words: dict[str, Any] = {"diagnosis": "nsclc", "extent": "metastatic", "smoking": "never", "open-panel": True}
    orders = orders_of({"drug": "pembrolizumab"}, enabled.knowledge)
    decision = decide(facts_of(words), orders, enabled, date(2026, 11, 21))

    assert [advice.rule.id for advice in decision.advice] == ["ros1-not-tested-panel-open"]


@pytest.mark.parametrize(
    ("days", "speaks"), [("2026-08-23", []), ("2026-08-22", ["ros1-not-tested-after-earlier-ici"])]
)
def test_a_site_may_set_when_an_earlier_checkpoint_inhibitor_is_no_longer_the_same_treatment(
    days: str, speaks: list[str], tmp_path: Path
) -> None:
    """Half a year is a heuristic of ours."""
    rules = _at_a_site(tmp_path, _EARLIER)
    course = {"pembrolizumab": {"phase": "prior", "last-given": days}}
    words: dict[str, Any] = {"diagnosis": "nsclc", "extent": "metastatic", "therapies": course}
    decision = decide(facts_of(words), orders_of({"drug": "pembrolizumab"}, rules.knowledge), rules, date(2026, 11, 21))

    assert [advice.rule.id for advice in decision.advice] == speaks


@pytest.mark.parametrize(("last_given", "warns"), [("2026-08-23", True), ("2026-08-22", False)])
def test_a_site_may_set_the_window_after_a_checkpoint_inhibitor(
    last_given: str, *, warns: bool, tmp_path: Path
) -> None:
    """Ninety days in place of half a year: from the ninety-first on there is no warning before crizotinib."""
    rules = _at_a_site(tmp_path, _WINDOW)
    course = {"pembrolizumab": {"phase": "prior", "last-given": last_given}}
    words: dict[str, Any] = {"ros1": "confirmed", "diagnosis": "nsclc", "extent": "metastatic", "therapies": course}
    decision = decide(facts_of(words), orders_of({"drug": "crizotinib"}, rules.knowledge), rules, date(2026, 11, 21))

    assert ("crizotinib-after-recent-ici" in {advice.rule.id for advice in decision.advice}) is warns
