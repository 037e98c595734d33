"""Cards before a ROS1 inhibitor: one about the drug, with everything on it, and nothing of the record's text loose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from cards.decision import RuleBook, decide
from cards.model import Card
from cards.render import Renderer
from cards.text import quote
from cards.wordbook import Wordbook
from fhir_mapping.facts import (
    Availability,
    BaselineCheck,
    BaselineResult,
    BaselineState,
    ClinicalFacts,
    Evidence,
    Interaction,
    Part,
    ProposedOrder,
    ProposedTest,
    Supply,
)
from knowledge.loader import load
from knowledge.model import Rule
from tests.rules.situation import facts_of, orders_of

_KNOWLEDGE = load()
_RULES = RuleBook(_KNOWLEDGE)
_RENDERER = Renderer(wordbook=Wordbook(_KNOWLEDGE))
_HOSTILE = "<script>alert(1)</script> `[x](http://evil)` {sources}"


def _draft(proposal: ProposedOrder | ProposedTest) -> Mapping[str, Any]:
    return {"test": proposal.orderable if isinstance(proposal, ProposedTest) else None}


def _cards(words: dict[str, Any], drug: str = "taletrectinib") -> tuple[Card, ...]:
    return _rendered(facts_of({"ros1": "confirmed", "diagnosis": "nsclc"} | words), drug)


def _rendered(facts: ClinicalFacts, drug: str) -> tuple[Card, ...]:
    decision = decide(facts, orders_of({"drug": drug}, _KNOWLEDGE), _RULES, date(2026, 11, 21))
    return _RENDERER.cards(decision, draft=_draft, new_id=lambda: "uuid")


def test_interaction_and_baseline_are_one_card() -> None:
    """The graver one gives summary and indicator; the baseline adds its lines and its suggestion."""
    words = {"baseline": {"liver-tests": "missing", "ecg": "not-seen"}, "interactions": ["itraconazole"]}
    (card,) = _cards(words, "entrectinib")

    assert card.summary == "entrectinib + itraconazole: label advises avoiding"
    assert card.indicator == "warning"
    assert card.detail.count("**Sources:**") == 1
    assert "not found within 30 days" in card.detail
    assert [suggestion.label for suggestion in card.suggestions] == ["Order liver tests (draft)"]
    assert [action.resource for action in card.suggestions[0].actions] == [{"test": "liver-tests"}]


def test_a_severe_result_makes_a_merged_card_no_milder() -> None:
    """The indicator of a merged card is the gravest of its rules."""
    (card,) = _cards({"baseline": {"ecg": "severe"}, "interactions": ["itraconazole"]}, "entrectinib")

    assert card.indicator == "warning"
    assert "above its limit" in card.detail


def test_a_long_summary_says_less() -> None:
    """However much stands out, the summary stays under 140 characters and names the gravest first."""
    checks = ("liver-tests", "electrolytes", "uric-acid", "creatine-kinase", "ecg", "ejection-fraction")
    states = ("severe", "missing", "abnormal", "not-compared", "not-seen", "missing")
    (card,) = _cards({"baseline": dict(zip(checks, states, strict=True))})

    assert len(card.summary) < 140
    assert card.summary.startswith("Before taletrectinib: a result above its limit")


def test_what_was_not_sent_is_not_ordered() -> None:
    """An ECG that was not sent may be there: nothing is offered."""
    (card,) = _cards({"baseline": {"ecg": "not-seen"}})

    assert not card.suggestions
    assert "not found" not in card.summary


def test_the_words_of_a_record_stay_quoted() -> None:
    """Hostile units, flags and drug names do nothing on a card and never reach its summary."""
    evidence = Evidence(resource="Observation/x", date="2026-11-10", reported=_HOSTILE)
    result = BaselineResult(name="ALT", evidence=evidence, flag=_HOSTILE)
    facts = facts_of({"ros1": "confirmed", "diagnosis": "nsclc"})
    hostile = ClinicalFacts(
        ros1=facts.ros1,
        diagnosis=facts.diagnosis,
        supplies=tuple(Supply(part=part, availability=Availability.COMPLETE) for part in Part),
        baseline=(BaselineCheck(check="liver-tests", state=BaselineState.ABNORMAL, results=(result,)),),
        interactions=(
            Interaction(drug="entrectinib", interactor="cyp3a-inhibitor", member="itraconazole", evidence=evidence),
        ),
    )
    (card,) = _rendered(hostile, "entrectinib")

    assert "script" not in card.summary
    assert quote(_HOSTILE) in card.detail
    assert "<script>" not in card.detail.replace(quote(_HOSTILE), "")


_ABOUT_THE_DRUG = [
    rule for rule in _KNOWLEDGE.rules if "ros1-inhibitor" in rule.about and rule.topic == "ros1-inhibitor"
]
_SPEAKING = [rule for rule in _ABOUT_THE_DRUG if rule.card and not rule.adds_to]
_REFUSED = 55  # from this priority on the card says that the drug does not work, or is none for ROS1


@pytest.mark.parametrize("rule", _SPEAKING, ids=lambda rule: rule.id)
def test_no_card_about_the_drug_hides_what_a_lesser_rule_says(rule: Rule) -> None:
    """Whatever speaks about a ROS1 inhibitor has a place for what the others add, and adds to what is graver."""
    assert rule.card is not None
    assert "{additions}" in rule.card.detail
    assert rule.card.addition or rule.priority >= _REFUSED


def test_silence_gives_way_to_every_card_about_the_drug() -> None:
    """The right drug is met with silence only if nothing else is to be said of it."""
    silent = [rule.priority for rule in _ABOUT_THE_DRUG if rule.silence]

    assert max(silent) < min(rule.priority for rule in _SPEAKING)
