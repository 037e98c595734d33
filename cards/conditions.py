"""The few operators that a rule may use; every answer is yes, no or unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cards.errors import RuleError
from cards.situation import FACTS, UNKNOWN, Asked, Given, Situation, Values


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


@dataclass(slots=True)
class Inquiry:
    """What the rules ask of a situation, in order; each question is answered once. Facts cannot ask."""

    situation: Situation
    asked: dict[Asked, Given] = field(default_factory=dict)

    def values(self, fact: str) -> Values:
        """Return the values of a fact; ``{"unknown"}`` when the record could not tell."""
        values = self._answer((fact, None))
        return values if isinstance(values, frozenset) else frozenset()

    def reaches(self, fact: str, threshold: float) -> bool | None:
        """Return whether a numeric fact is at least so high, None when there is no number."""
        reached = self._answer((fact, threshold))
        return reached if isinstance(reached, bool) else None

    def _answer(self, asked: Asked) -> Given:
        if asked not in self.asked:
            self.asked[asked] = self.situation.answer(asked)
        return self.asked[asked]


Condition = Callable[[Inquiry], Verdict]


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

    def condition(inquiry: Inquiry) -> Verdict:
        values = inquiry.values(name)
        if not wanted.isdisjoint(values):
            return yes
        return missing if UNKNOWN in values else no

    return condition


def _at_least(name: str, threshold: float) -> Condition:
    def condition(inquiry: Inquiry) -> Verdict:
        reached = inquiry.reaches(name, threshold)
        if reached is None:
            return Verdict(answer=Answer.UNKNOWN if UNKNOWN in inquiry.values(name) else Answer.NO, facts=(name,))
        return Verdict(answer=Answer.YES if reached else Answer.NO, facts=(name,))

    return condition


def _not(inner: Condition) -> Condition:
    opposite = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.UNKNOWN: Answer.UNKNOWN}

    def condition(inquiry: Inquiry) -> Verdict:
        verdict = inner(inquiry)
        return Verdict(answer=opposite[verdict.answer], facts=verdict.facts)

    return condition


def _fold(parts: tuple[Condition, ...], decisive: Answer, otherwise: Answer) -> Condition:
    def condition(inquiry: Inquiry) -> Verdict:
        missing: tuple[str, ...] = ()
        against: tuple[str, ...] = ()
        for part in parts:
            verdict = part(inquiry)
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
