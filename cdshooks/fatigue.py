"""Which cards are left out because the client says that it has had enough of them; who sets nothing gets every card.

A card is the same as an earlier one only for the same user, patient, encounter, orders, rule, knowledge release and
facts, letter for letter: one more result on file, another draft of ours in the session, and it is shown again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from cards.decision import Advice, Decision
from cards.limit import gravest
from cards.render import concerned
from cdshooks.account import Speaker, Why, Withheld
from cdshooks.options import ClientOptions
from cdshooks.request import HookRequest
from cdshooks.store.history import History
from fhir_mapping.facts import Order, OrderState

_SIGN = "order-sign"


class Choice(NamedTuple):
    """What is shown of a decision, the rules that speak, what is left out, and what of it the client's limit took."""

    shown: tuple[Advice, ...]
    speakers: tuple[Speaker, ...]
    withheld: tuple[Withheld, ...]
    over_limit: tuple[Advice, ...] = ()


def choose(request: HookRequest, decision: Decision, history: History | None) -> Choice:
    """Leave out what the client has seen, then what is more than it takes; rules in silent mode are recorded."""
    options = request.options
    marks = _fingerprints(request, decision, history) if history and (options.remembers or options.looks_back) else {}
    known = _known(request, options, marks, history) if history else {}
    new = tuple(each for each in decision.advice if each.rule.id not in known)
    shown, over_limit = gravest(new, options.max_cards)
    kept = marks if options.remembers else {}
    return Choice(
        shown=shown,
        speakers=tuple([Speaker(each.rule.id, each.rule.topic, kept.get(each.rule.id)) for each in shown]),
        withheld=_withheld(decision, known, over_limit) if known or over_limit or decision.silent else (),
        over_limit=over_limit,
    )


def _known(
    request: HookRequest, options: ClientOptions, marks: Mapping[str, str], history: History
) -> Mapping[str, Why]:
    """Return the rules whose cards the client has had, and why they are left out."""
    repeated = options.filter_repeated and request.hook == _SIGN
    if not marks or not (repeated or options.overridden_days):
        return {}
    found = history.known(
        tuple(marks.values()), request.caller, repeated=repeated, overridden_days=options.overridden_days
    )
    return {rule: found[mark] for rule, mark in marks.items() if mark in found}


def _withheld(decision: Decision, known: Mapping[str, Why], over_limit: tuple[Advice, ...]) -> tuple[Withheld, ...]:
    left = {**{advice.rule.id: Why.MAX_CARDS for advice in over_limit}, **known}
    cards = [
        Withheld(advice.rule.id, advice.rule.topic, advice.indicator, left[advice.rule.id])
        for advice in decision.advice
        if advice.rule.id in left
    ]
    silent = [
        Withheld(each.rule.id, each.rule.topic, each.advice.indicator if each.advice else None, Why.SILENT)
        for each in decision.silent
    ]
    return (*cards, *silent)


def _fingerprints(request: HookRequest, decision: Decision, history: History) -> dict[str, str]:
    """Return what stands for each card, by its rule; nothing for a card whose orders cannot be told from others."""
    context = request.context
    session = [context.user_id, context.patient_id, context.encounter_id, decision.release]
    about = [_same_order(each) for each in decision.orders if each.state is not OrderState.OTHER]
    marks = {}
    for advice in decision.advice:
        orders = [each.reference for each in concerned(decision, advice)]
        if not orders or not all("/" in reference for reference in orders):
            continue
        rules = [advice.rule.id, *(rule.id for rule in advice.additions)]
        material = msgspec.json.encode([session, rules, orders, about, decision.facts])
        marks[advice.rule.id] = history.fingerprint(request.caller, material)
    return marks


def _same_order(order: Order) -> Order:
    """Return an order without whether it is selected: at order-sign all are."""
    return msgspec.structs.replace(order, selected=True)
