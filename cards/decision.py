"""Facts and orders to a decision: which rules apply, which do not, which cannot tell, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, cast

from msgspec import Struct

from cards.conditions import Answer, Condition, Inquiry, Verdict, compile_condition
from cards.model import Indicator
from cards.situation import FACTS, Asked, Situation
from fhir_mapping.facts import Availability, ClinicalFacts, Order, Part
from knowledge.lookup import Knowledge
from knowledge.model import Rule

_GRAVITY = tuple(map(str, Indicator))  # least first


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

    @property
    def indicator(self) -> str:
        """The gravest indicator of the rules on the card."""
        cards = (rule.card for rule in (self.rule, *self.additions))
        return max((card.indicator for card in cards if card and card.indicator), key=_GRAVITY.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A rule in silent mode that applies: it takes no part; the advice that it would have given, if any of its own."""

    rule: Rule
    advice: Advice | None


class Decision(Struct, frozen=True, kw_only=True):
    """One decision, explaining itself: what it rests on, what every rule answered, and what it says."""

    facts: ClinicalFacts
    orders: tuple[Order, ...]
    verdicts: tuple[tuple[Rule, Verdict], ...]  # of every rule in force
    applied: tuple[str, ...]  # the ids of the rules that apply, but for those in silent mode
    undetermined: tuple[Undetermined, ...]  # the rules that cannot tell
    silent: tuple[Silent, ...]  # the rules in silent mode that apply
    advice: tuple[Advice, ...]  # gravest topic first
    missing_parts: tuple[Part, ...]  # absent parts without which a needed rule cannot tell, and nothing else was said
    release: str  # of the knowledge, with the site's overlay
    as_of: date

    @property
    def not_applied(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the rules that do not apply, each with the facts that say so."""
        return {rule.id: verdict.facts for rule, verdict in self.verdicts if verdict.answer is Answer.NO}


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
"""More ways through the rules than this never occur together; an attacker could ask for them."""


class _Judged(NamedTuple):
    """What the rules say once they have asked what they need."""

    verdicts: tuple[tuple[Rule, Verdict], ...]
    applied: tuple[str, ...]
    undetermined: tuple[Undetermined, ...]
    silent: tuple[Silent, ...]
    advice: tuple[Advice, ...]


class _Step(NamedTuple):
    """What the rules ask next, and where each answer that was ever given leads."""

    asked: Asked
    answers: dict[object, _Step | _Judged]


class RuleBook:
    """The rules of one knowledge release, compiled once; raises RuleError if one cannot be used.

    Rules see nothing but the answers of a Situation, so that after the same answers they always ask the same next and
    in the end say the same: the way is kept and followed, asking nothing that they would not ask. Questions and answers
    are words of ours, nothing of a patient.
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
        self._ways: dict[date, _Step | _Judged] = {}
        self._kept = 0

    def judge(self, situation: Situation, as_of: date) -> _Judged:
        """Return what the rules whose effective period holds the day say."""
        place = self._ways.get(as_of)
        while type(place) is _Step:
            place = place.answers.get(situation.answer(place.asked))
        return place if type(place) is _Judged else self._new_way(situation, as_of)

    def _new_way(self, situation: Situation, as_of: date) -> _Judged:
        """Ask the rules themselves, and keep the way that they took."""
        inquiry = Inquiry(situation)
        judged = self._judge(inquiry, as_of.isoformat())
        if self._kept >= _MOST_KEPT:
            self._ways, self._kept = {}, 0
        self._kept += 1
        places: dict[Any, _Step | _Judged] = self._ways
        answer: object = as_of
        for asked, given in inquiry.asked.items():
            step = places.setdefault(answer, _Step(asked, {}))
            places, answer = cast("_Step", step).answers, given
        places[answer] = judged
        return judged

    def _judge(self, inquiry: Inquiry, day: str) -> _Judged:
        kinds = inquiry.values("order")
        verdicts = tuple(
            (each.rule, _NO_ORDER if each.about.isdisjoint(kinds) else each.condition(inquiry))
            for each in self._rules
            if _holds(each.rule.effective_period, day)
        )
        all_applied = [rule for rule, verdict in verdicts if verdict.answer is Answer.YES]
        applied = [rule for rule in all_applied if not rule.silent_mode]
        undetermined = tuple(
            Undetermined(rule=rule.id, missing=verdict.facts, parts=_parts(verdict))
            for rule, verdict in verdicts
            if verdict.answer is Answer.UNKNOWN
        )
        silent = _silent(all_applied)
        return _Judged(verdicts, tuple(rule.id for rule in applied), undetermined, silent, _advice(applied))


def _holds(period: Mapping[str, str], day: str) -> bool:
    return period.get("start", day) <= day <= period.get("end", day)


def decide(facts: ClinicalFacts, orders: tuple[Order, ...], rules: RuleBook, as_of: date) -> Decision:
    """Decide; pure: the same arguments give the same decision."""
    situation = Situation(facts=facts, orders=orders, as_of=as_of, knowledge=rules.knowledge)
    verdicts, applied, undetermined, silent, advice = rules.judge(situation, as_of)
    return Decision(
        facts=facts,
        orders=orders,
        verdicts=verdicts,
        applied=applied,
        undetermined=undetermined,
        silent=silent,
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


def _silent(applied: list[Rule]) -> tuple[Silent, ...]:
    """Return the rules in silent mode among those that apply, with whether each would have spoken."""
    watched = [rule for rule in applied if rule.silent_mode]
    would_be = {advice.rule.id: advice for advice in _advice(applied)} if watched else {}
    return tuple(Silent(rule=rule, advice=would_be.get(rule.id)) for rule in watched)


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
        if rule.silence and not rule.silent_mode and verdict.answer is Answer.YES
        for topic in _topics(rule)
    }
    needed = (
        verdict
        for rule, verdict in verdicts
        if verdict.answer is Answer.UNKNOWN
        and rule.needs_data
        and not (rule.silence or rule.adds_to or rule.silent_mode)
        and rule.priority > silent.get(rule.topic, -1)
    )
    parts = dict.fromkeys(part for verdict in needed for part in _parts(verdict))
    return tuple(part for part in parts if situation.availability(part) is Availability.ABSENT)
