"""The ROS1 service: reads orders and record, decides, and answers with cards; the only conductor of the packages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

from cards.decision import Advice, Decision, RuleBook, decide
from cards.errors import RuleError
from cards.limit import with_left_out
from cards.model import Card
from cards.options import candidates
from cards.patient import ROS1_INHIBITOR
from cards.render import Renderer
from cards.wordbook import Wordbook
from cdshooks import account, log, tracing, trial
from cdshooks.candidate import CandidateError, load_candidate, said
from cdshooks.context import OrderContext
from cdshooks.errors import DeclarationError, InvalidRequestError, Issue, IssueType, PrefetchUnavailableError
from cdshooks.evidence import EvidenceService
from cdshooks.explain import Explained, Explanation, as_json, explain
from cdshooks.fallback import Fallback, Fetches
from cdshooks.fatigue import Choice, choose
from cdshooks.fhir_search import FETCHED
from cdshooks.options import listed
from cdshooks.orderables import orderables
from cdshooks.prefetch import PrefetchedResource, PrefetchState
from cdshooks.registry import Service
from cdshooks.request import HookRequest
from cdshooks.response import Prepared
from cdshooks.settings import Settings, SnomedCt
from cdshooks.store.history import History
from fhir_mapping.errors import DuplicateKeyError
from fhir_mapping.facts import (
    Availability,
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
from knowledge.about import about
from knowledge.licensing import LicensedCodes
from knowledge.loader import load
from knowledge.lookup import Knowledge

ID = "ros1-nsclc"
HOOKS = ("order-sign", "order-select")
"""In this order: of the hooks of one id the public CDS Hooks sandbox keeps the one listed last, and calls no other."""

_MEDICATION = "Medication"

_PARTS = {
    "observations": Part.RESULTS,
    "stages": Part.STAGES,
    "conditions": Part.DIAGNOSES,
    "medications": Part.MEDICATIONS,
    "reports": Part.REPORTS,
}
"""The prefetch keys that we ask for, and the part of the record that each brings."""

_OPTIONAL = {Part.REPORTS}
"""The parts that a client may leave out without a word: what they hold stands in the others, too."""

_MEASUREMENTS = "measurements"
"""The prefetch key that only an order for a ROS1 inhibitor reads: measurements that are no laboratory results."""
_EXTRAS = {
    "statements": (Part.MEDICATIONS, "MedicationStatement"),
    "administrations": (Part.MEDICATIONS, "MedicationAdministration"),
    "dispenses": (Part.MEDICATIONS, "MedicationDispense"),
    "patient": (Part.DIAGNOSES, "Patient"),
    "encounter": (Part.DIAGNOSES, "Encounter"),
}
"""The keys that add to a part: many EHRs lack some of them, so a part is whole without; that one failed is said."""

_ONLY_BESIDE = frozenset({"reports", *_EXTRAS})
"""The keys that no request waits for: fetched only where others are."""

_AVAILABILITY = {
    PrefetchState.SATISFIED: Availability.COMPLETE,
    PrefetchState.EMPTY: Availability.COMPLETE,
    PrefetchState.INCOMPLETE: Availability.INCOMPLETE,
    PrefetchState.FAILED: Availability.FAILED,
    PrefetchState.ABSENT: Availability.ABSENT,
}

_IDS_AT_ONCE = 10  # as many as a card with its suggestions and drafts needs


_LICENSED = {SnomedCt.ALL: LicensedCodes.ALL, SnomedCt.GPS: LicensedCodes.FREE, SnomedCt.OFF: LicensedCodes.NONE}


def service(settings: Settings) -> Service:
    """Load the knowledge, compile what can be compiled, and declare the service."""
    knowledge = knowledge_of(settings)
    words = knowledge.release.service
    templates = prefetch_templates(knowledge, coded=settings.prefetch == "coded")
    conductor = Conductor.of(settings, knowledge, templates)
    evidence = EvidenceService(
        knowledge=knowledge, formulary=_formulary(settings.formulary, knowledge), decide=conductor.without_orders
    )
    faults = conductor.try_candidate(settings)
    return Service(
        id=ID,
        hooks=HOOKS,
        title=words["title"],
        description=words["description"],
        usage_requirements=words["usageRequirements"],
        prefetch=templates,
        respond=conductor.respond,
        release=knowledge.edition,
        candidate=conductor.candidate.edition if conductor.candidate else "",
        candidate_faults=faults,
        extensions={
            hook: listed(hook, most_cards=len(knowledge.release.topics), history=bool(settings.ledger_secret))
            for hook in HOOKS
        },
        about=about(knowledge),
        explain=lambda body: as_json(explain(body, _explained(knowledge, templates, conductor))),
        evidence=evidence.told,
        orderables=lambda: orderables(knowledge),
    )


def explanation(body: bytes, settings: Settings) -> Explanation:
    """Explain a hook request as it was sent; raise HookError if it is none that the service takes."""
    knowledge = knowledge_of(settings)
    templates = prefetch_templates(knowledge, coded=settings.prefetch == "coded")
    return explain(body, _explained(knowledge, templates, Conductor.of(settings, knowledge, templates)))


def _explained(knowledge: Knowledge, templates: Mapping[str, str], conductor: Conductor) -> Explained:
    return Explained(hooks=HOOKS, knowledge=knowledge, templates=templates, decide=conductor.explain)


def _today() -> date:
    return datetime.now(UTC).date()


def knowledge_of(settings: Settings) -> Knowledge:
    """Load the knowledge that the settings describe: with the site's overlay, and the codes that it may use."""
    return load(**_site(settings))


class _Site(TypedDict):
    overlay: Path | None
    codes: LicensedCodes


def _site(settings: Settings) -> _Site:
    """Return what a site adds to a release, and what it may use of it."""
    overlay = Path(settings.overlay) if settings.overlay else None
    return _Site(overlay=overlay, codes=_LICENSED[settings.snomed_ct])


def _formulary(formulary: tuple[str, ...], knowledge: Knowledge) -> tuple[str, ...]:
    """Return the formulary of the setting or of the overlay; refuse both, and what no card could offer."""
    stated = knowledge.overlay.formulary if knowledge.overlay else ()
    if formulary and stated:
        raise DeclarationError(("ROS1_CDS_FORMULARY: the overlay has a formulary, too; state it in one place",))
    known = sorted(drug.id for drug in candidates(knowledge))
    faults = tuple(
        f"ROS1_CDS_FORMULARY: {drug!r} is no ROS1 inhibitor that a card may offer; there are {', '.join(known)}"
        for drug in formulary
        if drug not in known
    )
    if faults:
        raise DeclarationError(faults)
    return formulary or stated


def prefetch_templates(knowledge: Knowledge, *, coded: bool) -> Mapping[str, str]:
    """Return the queries that we ask for: laboratory results under any code, or only those under known codes."""
    patient = "patient={{context.patientId}}"
    known = _tokens(knowledge, "genomic-variant", "ros1-test", "fusion-narrative", "pd-l1-test")
    which = f"code={known}" if coded else "category=laboratory"
    measured = _tokens(knowledge, *_measured(knowledge, laboratory=coded))
    stages = _tokens(knowledge, "stage-group-observation", "m-category-observation", "disease-status-observation")
    return {
        "observations": f"Observation?{patient}&{which}&_sort=-date",
        "stages": f"Observation?{patient}&code={stages}&_sort=-date",
        "conditions": f"Condition?{patient}",
        "medications": f"MedicationRequest?{patient}",
        "reports": f"DiagnosticReport?{patient}&category=GE,LAB&_sort=-date",
        _MEASUREMENTS: f"Observation?{patient}&code={measured}&_sort=-date",
        "statements": f"MedicationStatement?{patient}",
        "administrations": f"MedicationAdministration?{patient}",
        "dispenses": f"MedicationDispense?{patient}",
        "patient": "Patient/{{context.patientId}}",
        "encounter": "Encounter/{{context.encounterId}}",
    }


def _measured(knowledge: Knowledge, *, laboratory: bool) -> tuple[str, ...]:
    """Return the value sets of what checks measure: without laboratory results where those come anyway."""
    checks = (check for check in knowledge.baseline_checks.values() if check.clinical or laboratory)
    return tuple(dict.fromkeys(each.value_set for check in checks for each in check.results))


def _tokens(knowledge: Knowledge, *value_sets: str) -> str:
    codes = (code for id_ in value_sets for code in knowledge.value_sets[id_].codes if code.confidence.usable)
    return ",".join(f"{code.system}|{code.code}" for code in codes)


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
                formulary=_formulary(settings.formulary, knowledge),
            ),
            fallback=Fallback(settings, templates, only_beside=_ONLY_BESIDE),
            today=lambda: _today(),  # noqa: PLW0108 - looked up each time, so that a test can set the day
            coded=settings.prefetch == "coded",
            history=History.of(settings),
        )

    def try_candidate(self, settings: Settings) -> tuple[str, ...]:
        """Have a candidate release decide after each answer, if the settings name one; return why it cannot."""
        if not settings.candidate:
            return ()
        try:
            known = load_candidate(settings.candidate, **_site(settings))
            words = Wordbook(known, rule_pages=settings.rule_pages, app_url=settings.smart_link)
            renderer = Renderer(wordbook=words, formulary=_formulary(settings.formulary, known))
            self.candidate = Conductor(renderer=renderer, fallback=self._fallback, today=self._today, coded=self._coded)
        except (CandidateError, DeclarationError) as error:
            return error.faults
        except RuleError as error:
            return (str(error),)
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
        _note(decision, choice, data)
        if decision.missing_parts:
            raise _unavailable(decision.missing_parts, data)
        cards = self._cards(request, decision, choice.shown)
        return with_left_out(cards, choice.over_limit, self._knowledge)

    def decide(self, request: HookRequest, data: Fetches) -> Decision | None:
        """Return the decision; None, with nothing read or fetched, when no selected order is any of our business."""
        today = self._today()
        try:
            record = _record(data)
            orders = self._orders(request, record)
            leave = frozenset() if _ros1_inhibitors(orders) else frozenset({_MEASUREMENTS})
            if any(map(_concerns_us, orders)) and data.fetch(_unresolved(orders), type_=_MEDICATION, leave=leave):
                record = _record(data)
                orders = self._orders(request, record)
            if not any(map(_concerns_us, orders)):
                return None
            facts = self._facts(request, record, orders, self._planned(orders, data, today))
            if facts.unresolved and data.fetch(facts.unresolved, type_=_MEDICATION, leave=leave):
                facts = self._facts(request, _record(data), orders, self._planned(orders, data, today))
        except DuplicateKeyError as error:
            sent = not error.path.startswith(FETCHED)
            raise (InvalidRequestError if sent else PrefetchUnavailableError)(_duplicate(error)) from error
        return decide(facts, orders, self._rules, today)

    def explain(self, request: HookRequest) -> tuple[Decision, Sequence[Card]]:
        """Return the decision, also where no order is any of our business, and the cards; nothing is fetched."""
        data, today = self._fallback.of(request), self._today()
        record = _record(data)
        orders = self._orders(request, record)
        facts = self._facts(request, record, orders, self._planned(orders, data, today))
        decision = decide(facts, orders, self._rules, today)
        speaks = any(map(_concerns_us, orders)) and not decision.missing_parts
        return decision, self._cards(request, decision, decision.advice) if speaks else ()

    def without_orders(self, request: HookRequest) -> Decision:
        """Return what the record says where nothing is ordered: no rule speaks, and nothing is fetched."""
        today = self._today()
        try:
            facts = self._facts(request, _record(self._fallback.of(request)), (), Planned(as_of=today))
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
            measurements=_part(data, _MEASUREMENTS, Part.MEASUREMENTS),
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


def uuids() -> Iterator[str]:
    """Yield random UUIDs (RFC 9562, version 4); the system is asked for the bits of several at once."""
    while True:
        digits = os.urandom(16 * _IDS_AT_ONCE).hex()
        for start in range(0, len(digits), 32):
            each = digits[start : start + 32]
            variant = "89ab"[int(each[16], 16) % 4]
            yield f"{each[:8]}-{each[8:12]}-4{each[13:16]}-{variant}{each[17:20]}-{each[20:]}"


def _context(request: HookRequest) -> OrderContext:
    """Return the context as that of an ordering hook, the only kind that the service is listed for."""
    if not isinstance(request.context, OrderContext):
        raise TypeError(request.hook)
    return request.context


def _concerns_us(order: Order) -> bool:
    """Tell whether a selected order is of a drug that we know, or cannot be told to be none."""
    unclear = order.state in (OrderState.UNRESOLVED, OrderState.NOT_UNDERSTOOD)
    return order.selected and (unclear or bool(order.recognitions))


def _unresolved(orders: Sequence[Order]) -> tuple[str, ...]:
    """Return the references to drugs that keep selected orders from being understood."""
    return tuple(order.unresolved for order in orders if order.selected and order.unresolved)


def _ros1_inhibitors(orders: Sequence[Order]) -> tuple[str, ...]:
    """Return the ROS1 inhibitors that are ordered."""
    selected = (each for order in orders if order.selected for each in order.recognitions)
    return tuple(dict.fromkeys(each.drug for each in selected if each.drug_class == ROS1_INHIBITOR))


def _record(data: Fetches) -> tuple[RecordPart, ...]:
    """Return the record as far as it was sent and fetched; drugs that were read belong to the medications."""
    referred = data.referred
    parts = [_part(data, key, part, referred if part is Part.MEDICATIONS else ()) for key, part in _PARTS.items()]
    parts += [_part(data, key, part, extra=type_) for key, (part, type_) in _EXTRAS.items()]
    return tuple([each for each in parts if not _may_be_left_out(each) or _was_tried(each)])


def _may_be_left_out(part: RecordPart) -> bool:
    return part.extra is not None or part.part in _OPTIONAL


def _was_tried(part: RecordPart) -> bool:
    return part.availability is not Availability.ABSENT or part.problem is not None


def _part(
    data: Fetches, key: str, part: Part, more: tuple[PrefetchedResource, ...] = (), extra: str | None = None
) -> RecordPart:
    result = data.result(key)
    return RecordPart(
        part=part,
        availability=_AVAILABILITY[result.state],
        problem=result.problem,
        resources=result.resources + more,
        extra=extra,
        refused=result.refused,
    )


def _unavailable(parts: Sequence[Part], data: Fetches) -> PrefetchUnavailableError:
    keys = {part: key for key, part in _PARTS.items()}
    return PrefetchUnavailableError(*(_missing(part, keys[part], data.result(keys[part]).unfetched) for part in parts))


def _missing(part: Part, key: str, unfetched: str | None) -> Issue:
    fetched = f", and could not be fetched: {unfetched}" if unfetched else ""
    return Issue(
        code=IssueType.INCOMPLETE,
        what=f"The order could not be checked: the {part} of the patient were not sent{fetched}.",
        where=f"prefetch.{key}",
        got="no such key",
        expected=f"the answer to the prefetch template {key!r}, null if there are no data",
        fix="send the key as the discovery document asks for it"
        + (", or let the service read the FHIR server" if unfetched else ""),
    )


def _duplicate(error: DuplicateKeyError) -> Issue:
    return Issue(
        code=IssueType.DUPLICATE,
        what="A resource holds the same member twice, so that it cannot be told which one counts.",
        where=error.path,
        got=f"{error.key!r} twice",
        expected="each member once",
        fix="send valid FHIR JSON",
    )


def _note(decision: Decision, choice: Choice, data: Fetches) -> None:
    """Note for log and ledger what was decided and on what data: ids of rules and counts, nothing of the patient."""
    rules, undetermined = decision.applied, tuple([entry.rule for entry in decision.undetermined])
    account.note(
        account.Decided(
            release=decision.release,
            rules=rules,
            undetermined=undetermined,
            data=data.sources(),
            speakers=choice.speakers,
            withheld=choice.withheld,
        )
    )
    told = log.Members(
        release=decision.release,
        rules=rules,
        undetermined=undetermined,
        data={supply.part: supply.availability for supply in decision.facts.supplies},
        other_patient_resources=len(decision.facts.other_patient),
        unread_resources=len(decision.facts.unread),
    )
    if choice.withheld:
        told["silent"] = tuple(each.rule for each in choice.withheld if each.why is account.Why.SILENT)
        told["withheld"] = {each.rule: str(each.why) for each in choice.withheld if each.why is not account.Why.SILENT}
    log.note(**told)
