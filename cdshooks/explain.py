"""Why a request got the cards that it got: every resource, every rule, every card. Nothing is fetched or kept.

The command line and a page may both show it. Texts that come from the request stay as they were sent: untrusted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from cards.conditions import Answer, Inquiry, Verdict
from cards.decision import Decision
from cards.model import Card
from cards.situation import Situation
from cards.text import day
from cards.told import Told, facts_in_words
from cards.wording import say
from cdshooks import hooks
from cdshooks.ignored import Ignored
from cdshooks.prefetch import PrefetchedResource
from cdshooks.request import HookRequest, OfferedHook, read
from cdshooks.response import render
from fhir_mapping.decoding import decode_anything
from fhir_mapping.facts import ClinicalFacts, Order
from fhir_mapping.references import name_of
from knowledge.lookup import Knowledge
from knowledge.model import Rule

_ANSWERS = {Answer.YES: "applied", Answer.NO: "not applied", Answer.UNKNOWN: "cannot tell"}
_READ = frozenset(
    {
        "Condition",
        "DiagnosticReport",
        "Encounter",
        "Medication",
        "MedicationAdministration",
        "MedicationDispense",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "OperationOutcome",
        "Patient",
        "Specimen",
    }
)
_SUPPORT = frozenset({"Medication", "Specimen"})


class Use(StrEnum):
    """What became of a resource."""

    UNDERSTOOD = "understood"
    SUPPORTS = "supports"
    UNREAD = "could not be read"
    IGNORED = "ignored"


class ResourceExplained(Struct, frozen=True, kw_only=True, rename="camel"):
    """One resource: where it stands, what it is, what became of it, and why."""

    place: str
    resource: str
    use: Use
    why: tuple[str, ...]


class OrderExplained(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One draft order: whether it decides, and as what it was recognised."""

    resource: str
    selected: bool
    state: str
    why: tuple[str, ...] = ()


class RuleExplained(Struct, frozen=True, kw_only=True, rename="camel"):
    """One rule in force: its answer and what that hangs on."""

    rule: str
    title: str
    answer: str
    why: tuple[str, ...]


class Explanation(Struct, frozen=True, kw_only=True, rename="camel"):
    """One request, explained."""

    hook: str
    release: str
    as_of: str
    supplies: tuple[str, ...]
    facts: tuple[Told, ...]  # newest first
    orders: tuple[OrderExplained, ...]
    resources: tuple[ResourceExplained, ...]
    ignored_keys: tuple[str, ...]  # prefetch keys that nobody asked for
    rules: tuple[RuleExplained, ...]
    refused: tuple[str, ...]  # the parts of the record without which the answer is 412
    cards: list[dict[str, Any]]  # as they leave


class Explained(Struct, frozen=True, kw_only=True):
    """The service that is explained: its hooks, what it knows and asks for, and how it decides."""

    hooks: tuple[str, ...]
    knowledge: Knowledge
    templates: Mapping[str, str]
    decide: Callable[[HookRequest], tuple[Decision, Sequence[Card]]]


def explain(body: bytes, service: Explained) -> Explanation:
    """Explain a hook request as it was sent; raise HookError if it is none that the service takes."""
    offered = {name: OfferedHook.of(hook) for name, hook in hooks.find().items() if name in service.hooks}
    request = read(body, offered)
    knowledge, templates = service.knowledge, service.templates
    decision, cards = service.decide(request)
    sent = [resource for key, result in request.prefetch.items() if key in templates for resource in result.resources]
    ignored = Ignored(sent, [order.reference for order in decision.orders], knowledge)
    told = facts_in_words(decision, knowledge)
    resources = _Resources(decision.facts, _understood(told), _persons(decision.facts, knowledge), ignored)
    situation = Situation(facts=decision.facts, orders=decision.orders, as_of=decision.as_of, knowledge=knowledge)
    inquiry = Inquiry(situation)
    return Explanation(
        hook=request.hook,
        release=decision.release,
        as_of=decision.as_of.isoformat(),
        supplies=tuple(
            f"{supply.part}: {supply.availability}" + (f" ({supply.problem})" if supply.problem else "")
            for supply in decision.facts.supplies
        ),
        facts=told,
        orders=tuple(map(_order, decision.orders)),
        resources=tuple(map(resources.explained, sent)),
        ignored_keys=tuple(sorted(request.prefetch.keys() - templates.keys())),
        rules=tuple(_rule(rule, verdict, decision, inquiry) for rule, verdict in decision.verdicts),
        refused=tuple(map(str, decision.missing_parts)),
        cards=msgspec.json.decode(render(cards))["cards"],
    )


def _order(order: Order) -> OrderExplained:
    recognised = (f"{each.drug} ({each.drug_class}), by {each.by}: {each.value}" for each in order.recognitions)
    more = (order.display, order.problem, None if order.reason_text is None else f"for {order.reason_text}")
    why = (*recognised, *filter(None, more))
    return OrderExplained(resource=order.reference, selected=order.selected, state=order.state, why=why)


def _rule(rule: Rule, verdict: Verdict, decision: Decision, inquiry: Inquiry) -> RuleExplained:
    """Return a rule's answer, with the values of the facts that it hangs on."""
    hangs_on = tuple(f"{fact} is {', '.join(sorted(inquiry.values(fact)))}" for fact in verdict.facts)
    if verdict.answer is Answer.YES:
        hangs_on = (*hangs_on, _part_in_cards(rule, decision))
    return RuleExplained(rule=rule.id, title=rule.title, answer=_ANSWERS[verdict.answer], why=hangs_on)


def _part_in_cards(rule: Rule, decision: Decision) -> str:
    if rule.silent_mode:
        return "in silent mode: recorded, not shown"
    for advice in decision.advice:
        if rule in (advice.rule, *advice.additions):
            return f"it speaks on the card of {rule.topic}" if rule is advice.rule else f"it adds to {advice.rule.id}"
    return "it keeps its topic without a card" if rule.silence else "a rule of higher priority speaks, or is silent"


class _Resources:
    """Tells what became of each resource of a request."""

    def __init__(
        self,
        facts: ClinicalFacts,
        understood: Mapping[str, Sequence[str]],
        persons: Mapping[str, str],
        ignored: Ignored,
    ) -> None:
        self._ignored = ignored
        self._other_patient = frozenset(facts.other_patient)
        self._understood = understood
        self._persons = persons
        self._unread: defaultdict[str, list[str]] = defaultdict(list)
        for each in facts.unread:
            self._unread[each.resource].append(each.problem)

    def explained(self, resource: PrefetchedResource) -> ResourceExplained:
        """Return what became of a resource, and why."""
        content = decode_anything(resource.content)
        members = content if isinstance(content, dict) else {}
        type_, id_ = (members.get(name) for name in ("resourceType", "id"))
        name = name_of(type_ if isinstance(type_, str) else "?", id_ if isinstance(id_, str) else None)
        use, why = self._use(resource, name, members)
        return ResourceExplained(place=resource.path, resource=name, use=use, why=why)

    def _use(self, resource: PrefetchedResource, name: str, members: Mapping[str, Any]) -> tuple[Use, tuple[str, ...]]:
        problems = (*self._unread.get(resource.path, ()), *self._unread.get(name, ()))
        if name in self._other_patient:
            return Use.IGNORED, ("it is of another patient",)
        known = (*filter(None, [self._persons.get(name.partition("/")[0])]), *self._understood.get(name, ()))
        if known:
            return Use.UNDERSTOOD, (*known, *problems)
        if problems:
            return Use.UNREAD, problems
        if name.partition("/")[0] in _SUPPORT:
            return Use.SUPPORTS, ("it is read where another resource refers to it",)
        type_ = name.partition("/")[0]
        if type_ not in _READ:
            return Use.IGNORED, (f"resources of type {type_} are not read",)
        return Use.IGNORED, tuple(self._ignored.reasons(resource, name, members))


def _understood(told: Sequence[Told]) -> Mapping[str, Sequence[str]]:
    """Return what was understood of each resource: the facts that rest on it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in told:
        for name in each.resources:
            found[name].append(f"{each.label}: {each.words}")
    return found


def _persons(facts: ClinicalFacts, knowledge: Knowledge) -> Mapping[str, str]:
    """Return what is said of the resources that are what they are, whatever they hold."""
    born = day(facts.person.birth_date)
    patient = say(
        knowledge,
        "told.patient",
        born=say(knowledge, "told.patient.born", date=born) if born else "",
        deceased=say(knowledge, "told.patient.deceased") if facts.person.deceased else "",
    )
    return {"Patient": patient, "Encounter": say(knowledge, "told.encounter")}


def as_json(explanation: Explanation) -> bytes:
    """Return the explanation as JSON."""
    return msgspec.json.format(msgspec.json.encode(explanation))
