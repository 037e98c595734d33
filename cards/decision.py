"""Facts and orders to a decision: which rules apply, which do not, which cannot tell, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cards.conditions import FACTS, Answer, Condition, Situation, compile_condition
from fhir_mapping.facts import Availability, ClinicalFacts, Order, Part
from knowledge.lookup import Knowledge
from knowledge.model import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplied:
    """A rule that does not apply, with the fact that says so."""

    rule: str
    because: tuple[str, ...]


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
    """One decision, explaining itself: what it rests on, what it says, and what it could not tell."""

    facts: ClinicalFacts
    orders: tuple[Order, ...]
    advice: tuple[Advice, ...]  # gravest topic first
    applied: tuple[str, ...]
    not_applied: tuple[NotApplied, ...]
    undetermined: tuple[Undetermined, ...]
    missing_parts: tuple[Part, ...]  # absent parts without which a needed rule cannot tell, and nothing else was said
    release: str
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    rule: Rule
    condition: Condition


class RuleBook:
    """The rules of one knowledge release, compiled once; raises RuleError if one cannot be used."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Compile every active rule."""
        self.knowledge = knowledge
        self._rules = tuple(
            _Compiled(rule=rule, condition=compile_condition(rule.when, f"rule {rule.id}")) for rule in knowledge.rules
        )

    def in_force(self, as_of: date) -> tuple[_Compiled, ...]:
        """Return the rules whose effective period holds the day."""
        day = as_of.isoformat()
        return tuple(
            compiled
            for compiled in self._rules
            if compiled.rule.effective_period.get("start", day) <= day <= compiled.rule.effective_period.get("end", day)
        )


def decide(facts: ClinicalFacts, orders: tuple[Order, ...], rules: RuleBook, as_of: date) -> Decision:
    """Decide; pure: the same arguments give the same decision."""
    situation = Situation(facts=facts, orders=orders)
    applied: list[Rule] = []
    not_applied: list[NotApplied] = []
    undetermined: list[tuple[Rule, Undetermined]] = []
    for compiled in rules.in_force(as_of):
        rule, verdict = compiled.rule, compiled.condition(situation)
        if verdict.answer is Answer.YES:
            applied.append(rule)
        elif verdict.answer is Answer.NO:
            not_applied.append(NotApplied(rule=rule.id, because=verdict.facts))
        else:
            parts = tuple(dict.fromkeys(part for name in verdict.facts for part in FACTS[name].parts))
            undetermined.append((rule, Undetermined(rule=rule.id, missing=verdict.facts, parts=parts)))
    advice = _advice(applied)
    return Decision(
        facts=facts,
        orders=orders,
        advice=advice,
        applied=tuple(rule.id for rule in applied),
        not_applied=tuple(not_applied),
        undetermined=tuple(entry for _, entry in undetermined),
        missing_parts=() if advice else _missing(situation, applied, undetermined),
        release=rules.knowledge.release.version,
        as_of=as_of,
    )


def _advice(applied: list[Rule]) -> tuple[Advice, ...]:
    """Pick, topic by topic, the rule that speaks: the one of highest priority, unless it is a silence rule."""
    speakers: dict[str, Rule] = {}
    for rule in applied:
        if not rule.adds_to and (rule.topic not in speakers or speakers[rule.topic].priority < rule.priority):
            speakers[rule.topic] = rule
    spoken = sorted((rule for rule in speakers.values() if not rule.silence), key=lambda rule: -rule.priority)
    return tuple(
        Advice(rule=rule, additions=tuple(added for added in applied if rule.id in added.adds_to)) for rule in spoken
    )


def _missing(
    situation: Situation, applied: list[Rule], undetermined: list[tuple[Rule, Undetermined]]
) -> tuple[Part, ...]:
    """Return the absent parts that keep a needed rule from telling, unless its topic is silent for a graver reason."""
    silent = {rule.topic: rule.priority for rule in reversed(applied) if rule.silence}
    needed = (
        entry
        for rule, entry in undetermined
        if rule.needs_data and not rule.silence and not rule.adds_to and rule.priority > silent.get(rule.topic, -1)
    )
    parts = dict.fromkeys(part for entry in needed for part in entry.parts)
    return tuple(part for part in parts if situation.availability(part) is Availability.ABSENT)
