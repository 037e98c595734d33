"""Which ROS1 inhibitors are offered, and which are left out and why: purely from the data."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cards.options import Offers, needs_of, offers_for
from knowledge.loader import load
from tests.rules.situation import facts_of, orders_of

KNOWLEDGE = load()
FIT: dict[str, Any] = {"ros1": "confirmed", "diagnosis": "nsclc", "extent": "metastatic"}


def _offers(facts: dict[str, Any], drug: str) -> Offers:
    needs = needs_of(facts_of(facts), orders_of({"drug": drug}, KNOWLEDGE), KNOWLEDGE, date(2026, 11, 21))
    return offers_for(needs, KNOWLEDGE)


@pytest.mark.parametrize(
    ("facts", "offered", "left_out"),
    [
        pytest.param({}, "entrectinib repotrectinib taletrectinib crizotinib", "", id="first line, metastatic"),
        pytest.param(
            {"extent": "locally-advanced-incurable"}, "repotrectinib taletrectinib", "", id="locally advanced"
        ),
        pytest.param({"extent": "curative-intent"}, "", "", id="curative intent"),
        pytest.param(
            {"cns-metastases": True},
            "entrectinib repotrectinib taletrectinib",
            "crizotinib:cns-limited",
            id="brain metastases",
        ),
        pytest.param(
            {"therapies": {"crizotinib": "prior"}},
            "entrectinib repotrectinib taletrectinib zidesamtinib",
            "crizotinib:taken-before",
            id="after crizotinib",
        ),
        pytest.param(
            {"therapies": {"crizotinib": "prior", "entrectinib": "current"}},
            "repotrectinib taletrectinib zidesamtinib",
            "crizotinib:taken-before entrectinib:taken-now",
            id="after crizotinib, on entrectinib",
        ),
        pytest.param(
            {"therapies": {"entrectinib": {"phase": "current", "until": "2026-03-01"}}},
            "repotrectinib taletrectinib zidesamtinib crizotinib",
            "entrectinib:taken-before",
            id="entrectinib that was ordered until the spring",
        ),
        pytest.param(
            {"therapies": {"crizotinib": "prior"}, "changes": ["G2032R"]},
            "repotrectinib taletrectinib zidesamtinib",
            "crizotinib:taken-before entrectinib:resistant",
            id="G2032R after crizotinib",
        ),
        pytest.param(
            {"therapies": {"repotrectinib": "prior"}, "changes": ["L2086F"]},
            "",
            "crizotinib:resistant entrectinib:resistant repotrectinib:taken-before taletrectinib:resistant "
            "zidesamtinib:not-verified",
            id="L2086F: none",
        ),
        pytest.param(
            {"therapies": {"entrectinib": "prior"}, "changes": ["X1234Y"]},
            "repotrectinib taletrectinib zidesamtinib crizotinib",
            "entrectinib:taken-before",
            id="a change that is not listed leaves nothing out",
        ),
        pytest.param(
            {"therapies": dict.fromkeys(("crizotinib", "entrectinib", "repotrectinib", "taletrectinib"), "prior")},
            "zidesamtinib",
            "crizotinib:taken-before entrectinib:taken-before repotrectinib:taken-before taletrectinib:taken-before",
            id="only zidesamtinib left",
        ),
    ],
)
def test_options_follow_from_approval_history_brain_and_resistance(
    facts: dict[str, Any], offered: str, left_out: str
) -> None:
    """What is offered stands in order; what is left out tells why; lorlatinib and ceritinib are never offered."""
    offers = _offers(FIT | facts, "pembrolizumab")

    assert " ".join(option.drug.id for option in offers.options) == offered
    assert " ".join(f"{each.drug.id}:{each.reason}" for each in offers.left_out) == left_out


def test_the_ordered_drug_is_no_option_to_itself() -> None:
    """Nobody replaces entrectinib with entrectinib."""
    offers = _offers(FIT, "entrectinib")

    assert "entrectinib" not in [option.drug.id for option in offers.options]


@pytest.mark.parametrize(
    ("changes", "active"),
    [
        (["G2032R"], ["repotrectinib", "taletrectinib"]),
        (["D2033N"], ["repotrectinib"]),
        (["G2032R", "D2033N"], ["repotrectinib"]),
        (["G2032R", "X1234Y"], ["repotrectinib", "taletrectinib"]),
        (["F2004C"], []),
        ([], []),
    ],
)
def test_an_option_is_active_only_if_known_to_be_against_every_listed_change(
    changes: list[str], active: list[str]
) -> None:
    """Nothing verified is no activity."""
    offers = _offers(FIT | {"changes": changes, "therapies": {"crizotinib": "prior"}}, "pembrolizumab")

    assert [option.drug.id for option in offers.options if option.is_active] == active
