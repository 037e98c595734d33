"""The few operators that a rule may use; every answer is yes, no or unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cards.errors import RuleError
from cards.situation import FACTS, UNKNOWN, Situation, Values


class Answer(StrEnum):
    """What a condition says."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An answer and the facts that it hangs on: those that are missing, or the first that says no."""

    answer: Answer
    facts: tuple[str, ...] = ()


Condition = Callable[[Situation], Verdict]


def compile_condition(when: Mapping[str, Any], where: str) -> Condition:
    """Turn the ``when`` of a rule into a function; raise RuleError for a fact or value that does not exist."""
    if "fact" in when:
        return _leaf(when, where)
    ((operator, inner),) = when.items()
    if operator == "not":
        return _not(compile_condition(inner, where))
    parts = tuple(compile_condition(part, where) for part in inner)
    return {"all": _all, "any": _any}[operator](parts)


def _leaf(when: Mapping[str, Any], where: str) -> Condition:
    name = when["fact"]
    fact = FACTS.get(name)
    if fact is None:
        message = f"{where}: there is no fact {name!r}; there are {', '.join(sorted(FACTS))}"
        raise RuleError(message)
    if "at_least" in when:
        return _at_least(name, float(when["at_least"]))
    wanted = frozenset(when.get("in", (when.get("is"),)))
    if fact.domain is not None and not wanted <= fact.domain:
        odd = ", ".join(sorted(map(str, wanted - fact.domain)))
        message = f"{where}: {name!r} is never {odd}; it is one of {', '.join(sorted(fact.domain))}"
        raise RuleError(message)
    return _in(name, wanted)


def _in(name: str, wanted: Values) -> Condition:
    yes, no, missing = (Verdict(answer=answer, facts=(name,)) for answer in (Answer.YES, Answer.NO, Answer.UNKNOWN))

    def condition(situation: Situation) -> Verdict:
        values = situation.values(name)
        if not wanted.isdisjoint(values):
            return yes
        return missing if UNKNOWN in values else no

    return condition


def _at_least(name: str, threshold: float) -> Condition:
    def condition(situation: Situation) -> Verdict:
        reached = situation.reaches(name, threshold)
        if reached is None:
            return Verdict(answer=Answer.UNKNOWN if UNKNOWN in situation.values(name) else Answer.NO, facts=(name,))
        return Verdict(answer=Answer.YES if reached else Answer.NO, facts=(name,))

    return condition


def _not(inner: Condition) -> Condition:
    opposite = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.UNKNOWN: Answer.UNKNOWN}

    def condition(situation: Situation) -> Verdict:
        verdict = inner(situation)
        return Verdict(answer=opposite[verdict.answer], facts=verdict.facts)

    return condition


def _fold(parts: tuple[Condition, ...], decisive: Answer, otherwise: Answer) -> Condition:
    def condition(situation: Situation) -> Verdict:
        missing: tuple[str, ...] = ()
        against: tuple[str, ...] = ()
        for part in parts:
            verdict = part(situation)
            if verdict.answer is decisive:
                return verdict
            if verdict.answer is Answer.UNKNOWN:
                missing += verdict.facts
            elif otherwise is Answer.NO:
                against += verdict.facts
        answer, facts = (Answer.UNKNOWN, missing) if missing else (otherwise, against)
        return Verdict(answer=answer, facts=tuple(dict.fromkeys(facts)))

    return condition


def _all(parts: tuple[Condition, ...]) -> Condition:
    return _fold(parts, Answer.NO, Answer.YES)


def _any(parts: tuple[Condition, ...]) -> Condition:
    return _fold(parts, Answer.YES, Answer.NO)
