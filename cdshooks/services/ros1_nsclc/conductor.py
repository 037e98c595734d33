"""From a hook request to cards: reads orders and record, decides, answers; the only conductor of the packages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from cards.decision import Advice, Decision, RuleBook, decide
from cards.errors import RuleError
from cards.limit import with_left_out
from cards.model import Card
from cards.patient import ROS1_INHIBITOR
from cards.render import Renderer
from cards.wordbook import Wordbook
from cdshooks import account, tracing, trial
from cdshooks.candidate import CandidateError, load_candidate, said
from cdshooks.context import OrderContext
from cdshooks.errors import DeclarationError, InvalidRequestError, Issue, IssueType, PrefetchUnavailableError
from cdshooks.fallback import Fallback, Fetches
from cdshooks.fatigue import choose
from cdshooks.fhir_search import FETCHED
from cdshooks.request import HookRequest
from cdshooks.response import Prepared
from cdshooks.services.ros1_nsclc.ids import uuids
from cdshooks.services.ros1_nsclc.noting import note
from cdshooks.services.ros1_nsclc.record import MEASUREMENTS, ONLY_BESIDE, part_of, record_of, unavailable
from cdshooks.services.ros1_nsclc.site import additions, formulary_of
from cdshooks.setting_values import variable
from cdshooks.settings import Settings
from cdshooks.store.history import History
from fhir_mapping.errors import DuplicateKeyError
from fhir_mapping.facts import (
    ClinicalFacts,
    Order,
    OrderState,
    Part,
    ProposedOrder,
    ProposedTest,
)
from fhir_mapping.interactions import ordered_beside
from fhir_mapping.mapping import Planned, RecordPart, facts_from, orders_from
from fhir_mapping.proposals import Proposals, Session
from fhir_mapping.references import target_of
from knowledge.lookup import Knowledge

_MEDICATION = "Medication"
_ROUNDS = 3  # of fetches: a mixture, its ingredients, and what these are made of


def _today() -> date:
    return datetime.now(UTC).date()


class Conductor:
    """Answers hook requests: the one place that brings record, orders, rules and cards together."""

    def __init__(
        self,
        *,
        renderer: Renderer,
        fallback: Fallback,
        today: Callable[[], date],
        coded: bool = False,
        history: History | None = None,
    ) -> None:
        """Compile the rules, build the templates of the drafts; ``today`` is the only clock below the protocol.

        ``coded``: the templates ask for known codes only, so that laboratory results of checks come as measurements.
        """
        self._fallback = fallback
        self._coded = coded
        self._history = history
        self.candidate: Conductor | None = None
        knowledge = renderer.wordbook.knowledge
        self._knowledge = knowledge
        self._renderer = renderer
        self._today = today
        self._rules = RuleBook(knowledge)
        self._proposals = Proposals(knowledge, prepare=Prepared)

    @property
    def edition(self) -> str:
        """The release that it decides with."""
        return self._knowledge.edition

    @classmethod
    def of(cls, settings: Settings, knowledge: Knowledge, templates: Mapping[str, str]) -> Conductor:
        """Return the conductor that the settings describe."""
        return cls(
            renderer=Renderer(
                wordbook=Wordbook(knowledge, rule_pages=settings.rule_pages, app_url=settings.smart_link),
                formulary=formulary_of(settings, knowledge),
            ),
            fallback=Fallback(settings, templates, only_beside=ONLY_BESIDE),
            today=lambda: _today(),  # noqa: PLW0108 - looked up each time, so that a test can set the day
            coded=settings.prefetch == "coded",
            history=History.of(settings),
        )

    def try_candidate(self, settings: Settings) -> tuple[str, ...]:
        """Have a candidate release decide after each answer, if the settings name one; return why it cannot."""
        if not settings.candidate:
            return ()
        try:
            known = load_candidate(settings.candidate, **additions(settings))
            words = Wordbook(known, rule_pages=settings.rule_pages, app_url=settings.smart_link)
            renderer = Renderer(wordbook=words, formulary=formulary_of(settings, known))
            self.candidate = Conductor(renderer=renderer, fallback=self._fallback, today=self._today, coded=self._coded)
        except (CandidateError, DeclarationError) as error:
            return error.faults
        except RuleError as error:
            return (str(error),)
        except Exception as error:  # noqa: BLE001 - of another version of this code: it lacks a phrase, say
            return (f"{variable('candidate')}: it does not fit this version ({type(error).__name__}: {error})",)
        return ()

    def respond(self, request: HookRequest) -> Sequence[Card]:
        """Return the cards; raise 412 when the decision needs what could not be had, 400 for hostile data."""
        data = self._fallback.of(request)
        with tracing.span("decision", **{"cds.release": self.edition}):
            decision = self.decide(request, data)
        if self.candidate:
            trial.note(partial(_compared, self.candidate, request, data, decision))
        if decision is None:
            account.note(account.Decided(release=self._knowledge.edition))
            return ()
        choice = choose(request, decision, self._history)
        note(decision, choice, data)
        if decision.missing_parts:
            raise unavailable(decision.missing_parts, data)
        cards = self._cards(request, decision, choice.shown)
        return with_left_out(cards, choice.over_limit, self._knowledge)

    def decide(self, request: HookRequest, data: Fetches) -> Decision | None:
        """Return the decision; None, with nothing read or fetched, when no selected order is any of our business."""
        today = self._today()
        try:
            record = record_of(data)
            orders = self._orders(request, record)
            leave = frozenset() if _ros1_inhibitors(orders) else frozenset({MEASUREMENTS})
            for _ in range(_ROUNDS):
                asks = any(map(_is_worth_a_fetch, orders))
                if not asks or not data.fetch(_unresolved(orders), type_=_MEDICATION, leave=leave):
                    break
                record = record_of(data)
                orders = self._orders(request, record)
            if not any(map(_concerns_us, orders)):
                return None
            facts = self._facts(request, record, orders, self._planned(orders, data, today))
            for _ in range(_ROUNDS):
                wanted = _medications(facts.unresolved)
                if not wanted or not data.fetch(wanted, type_=_MEDICATION, leave=leave):
                    break
                facts = self._facts(request, record_of(data), orders, self._planned(orders, data, today))
        except DuplicateKeyError as error:
            sent = not error.path.startswith(FETCHED)
            raise (InvalidRequestError if sent else PrefetchUnavailableError)(_duplicate(error)) from error
        return decide(facts, orders, self._rules, today)

    def explain(self, request: HookRequest) -> tuple[Decision, Sequence[Card]]:
        """Return the decision, also where no order is any of our business, and the cards; nothing is fetched."""
        data, today = self._fallback.of(request), self._today()
        try:
            record = record_of(data)
            orders = self._orders(request, record)
            facts = self._facts(request, record, orders, self._planned(orders, data, today))
        except DuplicateKeyError as error:
            raise InvalidRequestError(_duplicate(error)) from error
        decision = decide(facts, orders, self._rules, today)
        speaks = any(map(_concerns_us, orders)) and not decision.missing_parts
        return decision, self._cards(request, decision, decision.advice) if speaks else ()

    def without_orders(self, request: HookRequest) -> Decision:
        """Return what the record says where nothing is ordered: no rule speaks, and nothing is fetched."""
        today = self._today()
        try:
            facts = self._facts(request, record_of(self._fallback.of(request)), (), Planned(as_of=today))
        except DuplicateKeyError as error:
            raise InvalidRequestError(_duplicate(error)) from error
        return decide(facts, (), self._rules, today)

    def _orders(self, request: HookRequest, record: Sequence[RecordPart]) -> tuple[Order, ...]:
        context = _context(request)
        return orders_from(
            context.draft_orders,
            selections=context.selections,
            patient_id=context.patient_id,
            knowledge=self._knowledge,
            record=record,
        )

    def _facts(
        self, request: HookRequest, record: Sequence[RecordPart], orders: Sequence[Order], planned: Planned | None
    ) -> ClinicalFacts:
        return facts_from(
            record,
            patient_id=request.context.patient_id,
            knowledge=self._knowledge,
            session=[order.reference for order in orders],
            planned=planned,
        )

    def _planned(self, orders: Sequence[Order], data: Fetches, today: date) -> Planned:
        """Return the day and the ROS1 inhibitors that are ordered; if there is none nothing is read for them."""
        drugs = _ros1_inhibitors(orders)
        if not drugs:
            return Planned(as_of=today)
        return Planned(
            drugs=drugs,
            as_of=today,
            measurements=part_of(data, MEASUREMENTS, Part.MEASUREMENTS),
            with_laboratory=self._coded,
            beside=ordered_beside(orders),
        )

    def _cards(self, request: HookRequest, decision: Decision, shown: tuple[Advice, ...]) -> tuple[Card, ...]:
        context = request.context
        session = Session(
            patient_id=context.patient_id,
            user=context.user_id,
            encounter_id=context.encounter_id,
            authored_on=decision.as_of,
        )

        ids = uuids()

        def draft(proposal: ProposedOrder | ProposedTest) -> Mapping[str, Any]:
            return self._proposals.draft(proposal, session, next(ids))

        return self._renderer.cards(decision, shown, draft=draft, new_id=ids.__next__)

    def say(self, request: HookRequest, data: Fetches) -> account.Said:
        """Return what would be said, with cards made to see that they can be; nothing is fetched."""
        data.close()
        decision = self.decide(request, data)
        if decision and not decision.missing_parts:
            self._cards(request, decision, decision.advice)
        return said(decision)


def _compared(
    candidate: Conductor, request: HookRequest, data: Fetches, decision: Decision | None
) -> tuple[account.Said, account.Said]:
    return said(decision), candidate.say(request, data)


def _context(request: HookRequest) -> OrderContext:
    """Return the context as that of an ordering hook, the only kind that the service is listed for."""
    if not isinstance(request.context, OrderContext):
        raise TypeError(request.hook)
    return request.context


def _concerns_us(order: Order) -> bool:
    """Tell whether a selected order is of a drug that we know, or cannot be told to be none."""
    unclear = order.state in (OrderState.UNRESOLVED, OrderState.NOT_UNDERSTOOD, OrderState.NOT_KNOWN)
    return order.selected and (unclear or bool(order.recognitions))


def _is_worth_a_fetch(order: Order) -> bool:
    """Tell whether a selected order is worth a fetch; for a code alone, which may be of any drug, what came must do."""
    return _concerns_us(order) and (order.state is not OrderState.NOT_KNOWN or bool(order.unresolved))


def _unresolved(orders: Sequence[Order]) -> tuple[str, ...]:
    """Return the references to drugs that keep selected orders from being understood."""
    return _medications(each for order in orders if order.selected for each in order.unresolved)


def _medications(references: Iterable[str]) -> tuple[str, ...]:
    """Return the references that name a Medication: nothing else is read as one."""
    targets = ((each, target_of(each)) for each in references)
    return tuple(each for each, target in targets if target and target.type == _MEDICATION)


def _ros1_inhibitors(orders: Sequence[Order]) -> tuple[str, ...]:
    """Return the ROS1 inhibitors that are ordered."""
    selected = (each for order in orders if order.selected for each in order.recognitions)
    return tuple(dict.fromkeys(each.drug for each in selected if each.drug_class == ROS1_INHIBITOR))


def _duplicate(error: DuplicateKeyError) -> Issue:
    return Issue(
        code=IssueType.DUPLICATE,
        what="A resource holds the same member twice, so that it cannot be told which one counts.",
        where=error.path,
        got=f"{error.key!r} twice",
        expected="each member once",
        fix="send valid FHIR JSON",
    )
