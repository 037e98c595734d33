"""The operators of rules: each answers yes, no or unknown."""

from __future__ import annotations

from typing import Any

import pytest

from cards.conditions import Answer, Inquiry, compile_condition
from cards.errors import RuleError
from cards.situation import Situation
from fhir_mapping.facts import Availability, ClinicalFacts, Part, Ros1, Ros1Status, Supply

_NOT_SENT = ClinicalFacts()
_SENT = ClinicalFacts(supplies=tuple(Supply(part=part, availability=Availability.COMPLETE) for part in Part))
_CONFIRMED = ClinicalFacts(ros1=Ros1(status=Ros1Status.CONFIRMED))

_ROS1: dict[str, Any] = {"fact": "ros1", "is": "confirmed"}
_NSCLC: dict[str, Any] = {"fact": "diagnosis", "is": "nsclc"}
_NO_ORDER: dict[str, Any] = {"fact": "order", "is": "ros1-inhibitor"}


@pytest.mark.parametrize(
    ("when", "facts", "answer"),
    [
        (_ROS1, _CONFIRMED, Answer.YES),
        (_ROS1, _SENT, Answer.NO),
        (_ROS1, _NOT_SENT, Answer.UNKNOWN),
        ({"fact": "ros1", "in": ["confirmed", "unknown"]}, _NOT_SENT, Answer.YES),
        ({"not": _ROS1}, _CONFIRMED, Answer.NO),
        ({"not": _ROS1}, _SENT, Answer.YES),
        ({"not": _ROS1}, _NOT_SENT, Answer.UNKNOWN),
        ({"all": [_ROS1, _NSCLC]}, _CONFIRMED, Answer.UNKNOWN),
        ({"all": [_NSCLC, _NO_ORDER]}, _NOT_SENT, Answer.NO),
        ({"any": [_NSCLC, _ROS1]}, _CONFIRMED, Answer.YES),
        ({"any": [_NSCLC, _NO_ORDER]}, _NOT_SENT, Answer.UNKNOWN),
        ({"any": [_NSCLC, _NO_ORDER]}, _SENT, Answer.NO),
        ({"fact": "pd-l1-percent", "at_least": 50}, _NOT_SENT, Answer.UNKNOWN),
        ({"fact": "pd-l1-percent", "at_least": 50}, _SENT, Answer.NO),
    ],
)
def test_a_condition_answers_yes_no_or_unknown(when: dict[str, Any], facts: ClinicalFacts, answer: Answer) -> None:
    """What was not sent is unknown, never no; a decisive part settles the whole whatever else is unknown."""
    verdict = compile_condition(when, "test")(Inquiry(Situation(facts=facts, orders=())))

    assert verdict.answer is answer


def test_an_unknown_answer_names_every_missing_fact() -> None:
    """All that is missing is named, each once."""
    condition = compile_condition({"all": [_ROS1, {"any": [_NSCLC, _ROS1]}]}, "test")

    assert condition(Inquiry(Situation(facts=_NOT_SENT, orders=()))).facts == ("ros1", "diagnosis")


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"fact": "ros2", "is": "confirmed"}, "there is no fact 'ros2'"),
        ({"fact": "ros1", "is": "positive"}, "'ros1' is never positive; it is one of confirmed"),
    ],
)
def test_a_rule_that_asks_for_what_does_not_exist_is_refused_at_start(when: dict[str, Any], said: str) -> None:
    """A typo in a rule must not make it silent for ever."""
    with pytest.raises(RuleError, match=said):
        compile_condition(when, "rule typo")
