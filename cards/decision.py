"""Facts and orders to a decision: which rules apply, which do not, which cannot tell, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from cards.conditions import Answer, Condition, Verdict, compile_condition, leaves
from cards.situation import FACTS, Situation
from fhir_mapping.facts import Availability, ClinicalFacts, Order, Part
from knowledge.lookup import Knowledge
from knowledge.model import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Undetermined:
    """A rule that cannot tell, with the facts that are missing and the parts of the record that would hold them."""

    rule: str
    missing: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What one topic says: the rule that speaks and the rules that add to its card."""

    rule: Rule
    additions: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision, explaining itself: what it rests on, what every rule answered, and what it says."""

    facts: ClinicalFacts
    orders: tuple[Order, ...]
    verdicts: tuple[tuple[Rule, Verdict], ...]  # of every rule in force
    advice: tuple[Advice, ...]  # gravest topic first
    missing_parts: tuple[Part, ...]  # absent parts without which a needed rule cannot tell, and nothing else was said
    release: str  # of the knowledge, with the site's overlay
    as_of: date

    @property
    def applied(self) -> tuple[str, ...]:
        """The ids of the rules that apply."""
        return tuple(rule.id for rule, verdict in self.verdicts if verdict.answer is Answer.YES)

    @property
    def not_applied(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the rules that do not apply, each with the facts that say so."""
        return {rule.id: verdict.facts for rule, verdict in self.verdicts if verdict.answer is Answer.NO}

    @property
    def undetermined(self) -> tuple[Undetermined, ...]:
        """The rules that cannot tell."""
        return tuple(
            Undetermined(rule=rule.id, missing=verdict.facts, parts=_parts(verdict))
            for rule, verdict in self.verdicts
            if verdict.answer is Answer.UNKNOWN
        )


def _parts(verdict: Verdict) -> tuple[Part, ...]:
    return tuple(dict.fromkeys(part for name in verdict.facts for part in FACTS[name].parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    rule: Rule
    about: frozenset[str]
    condition: Condition


_NO_ORDER = Verdict(answer=Answer.NO, facts=("order",))
"""What a rule answers when no selected order is of a kind that it is about."""


_MOST_KEPT = 4096
"""More combinations of facts than this never occur together; an attacker could ask for them."""


class _Judged(NamedTuple):
    """What the rules say of one combination of facts."""

    verdicts: tuple[tuple[Rule, Verdict], ...]
    advice: tuple[Advice, ...]


class RuleBook:
    """The rules of one knowledge release, compiled once; raises RuleError if one cannot be used.

    Rules see nothing but the values of named facts, so that the same values always get the same answers: those are
    worked out once and kept. The values are words of ours, nothing of a patient.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        """Compile every active rule."""
        self.knowledge = knowledge
        self._rules = tuple(
            _Compiled(
                rule=rule,
                about=frozenset(rule.about),
                condition=compile_condition(rule.when, f"rule {rule.id}"),
            )
            for rule in knowledge.rules
        )
        asked = [leaf for rule in knowledge.rules for leaf in leaves(rule.when)]
        self._facts = tuple(sorted({"order", *(leaf["fact"] for leaf in asked)}))
        thresholds = {(leaf["fact"], float(leaf["at_least"])) for leaf in asked if "at_least" in leaf}
        self._thresholds = tuple(sorted(thresholds))
        self._kept: dict[tuple[object, ...], _Judged] = {}

    def judge(self, situation: Situation, as_of: date) -> _Judged:
        """Return what the rules whose effective period holds the day say."""
        reached = [situation.reaches(fact, threshold) for fact, threshold in self._thresholds]
        key = (as_of, *map(situation.values, self._facts), *reached)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = self._judge(situation, as_of.isoformat())
        return found

    def _judge(self, situation: Situation, day: str) -> _Judged:
        kinds = situation.values("order")
        verdicts = tuple(
            (each.rule, _NO_ORDER if each.about.isdisjoint(kinds) else each.condition(situation))
            for each in self._rules
            if _holds(each.rule.effective_period, day)
        )
        return _Judged(verdicts, _advice([rule for rule, verdict in verdicts if verdict.answer is Answer.YES]))


def _holds(period: Mapping[str, str], day: str) -> bool:
    return period.get("start", day) <= day <= period.get("end", day)


def decide(facts: ClinicalFacts, orders: tuple[Order, ...], rules: RuleBook, as_of: date) -> Decision:
    """Decide; pure: the same arguments give the same decision."""
    situation = Situation(facts=facts, orders=orders, as_of=as_of, knowledge=rules.knowledge)
    verdicts, advice = rules.judge(situation, as_of)
    return Decision(
        facts=facts,
        orders=orders,
        verdicts=verdicts,
        advice=advice,
        missing_parts=() if advice else _missing(situation, verdicts),
        release=rules.knowledge.edition,
        as_of=as_of,
    )


def _advice(applied: list[Rule]) -> tuple[Advice, ...]:
    """Pick, topic by topic, the rule that speaks: the one of highest priority, unless it is a silence rule.

    The others of its topic that have a paragraph for this add it to the card.
    """
    speakers: dict[str, Rule] = {}
    for rule in (rule for rule in applied if not rule.adds_to):
        for topic in _topics(rule):
            if topic not in speakers or speakers[topic].priority < rule.priority:
                speakers[topic] = rule
    speaking = {rule.id: rule for rule in speakers.values() if not rule.silence}
    spoken = sorted(speaking.values(), key=lambda rule: -rule.priority)
    return tuple(
        Advice(rule=rule, additions=tuple(added for added in applied if _adds_to(added, rule))) for rule in spoken
    )


def _topics(rule: Rule) -> tuple[str, ...]:
    return (rule.topic, *rule.silences)


def _adds_to(added: Rule, rule: Rule) -> bool:
    beside = added.topic == rule.topic and added is not rule and added.card is not None and added.card.addition
    return rule.id in added.adds_to or bool(beside)


def _missing(situation: Situation, verdicts: tuple[tuple[Rule, Verdict], ...]) -> tuple[Part, ...]:
    """Return the absent parts that keep a needed rule from telling, unless its topic is silent for a graver reason."""
    silent = {
        topic: rule.priority
        for rule, verdict in sorted(verdicts, key=lambda each: each[0].priority)
        if rule.silence and verdict.answer is Answer.YES
        for topic in _topics(rule)
    }
    needed = (
        verdict
        for rule, verdict in verdicts
        if verdict.answer is Answer.UNKNOWN
        and rule.needs_data
        and not (rule.silence or rule.adds_to)
        and rule.priority > silent.get(rule.topic, -1)
    )
    parts = dict.fromkeys(part for verdict in needed for part in _parts(verdict))
    return tuple(part for part in parts if situation.availability(part) is Availability.ABSENT)
