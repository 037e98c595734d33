"""Draft orders of the session: which drug each is, what it is for, and whether it was chosen.

A draft that is cancelled, stopped, completed or erroneous, or that asks not to give a drug, orders nothing: OTHER.
Resources that are no orders (a bundled Medication or Condition) are left out, unless they were selected by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from fhir_mapping.cancers import Cancer, cancer_in
from fhir_mapping.concepts import distinct, words_of
from fhir_mapping.datatypes import ABSENT, CodeableConcept, FoundResource, RawResource, Reference
from fhir_mapping.decoding import Content, decode, refuse_duplicate_keys
from fhir_mapping.drafts import PATH, DraftRead, drafts_in
from fhir_mapping.drugs import Medications, Ordered, Told, drugs_ordered, ordered_by, told_of, without_known_parts
from fhir_mapping.facts import Order, OrderState, Reason
from fhir_mapping.plans import not_among, ordered_in, planned_in
from fhir_mapping.references import is_other_patient, name_of, target_of
from fhir_mapping.resources.condition import Condition
from fhir_mapping.resources.medication_request import MedicationRequest
from fhir_mapping.therapies import intent_of
from knowledge.lookup import Knowledge

_MEDICATION_REQUEST = "MedicationRequest"
_OTHER_ORDERS = {
    "Appointment", "AppointmentResponse", "CarePlan", "Claim", "CommunicationRequest", "Contract", "DeviceRequest",
    "EnrollmentRequest", "ImmunizationRecommendation", "NutritionOrder", "RequestGroup", "ServiceRequest",
    "SupplyRequest", "Task", "VisionPrescription",
}  # fmt: skip
_ORDER_ENDINGS = ("Order", "Request", "Prescription", "Recommendation")
_ORDERS_NOTHING = {"cancelled", "entered-in-error", "completed", "stopped"}
_PLANS = {"CarePlan", "RequestGroup"}
_GROUPS = {"RequestGroup", "RequestOrchestration"}
_SEARCHED = {OrderState.RECOGNISED, OrderState.NOT_KNOWN, OrderState.UNRESOLVED}
_UNNAMED = {
    Told.CODED: (OrderState.NOT_KNOWN, "its drug has no name, only a code that is not known here"),
    Told.FOREIGN: (OrderState.UNRESOLVED, "its drug has no name, only a code of a system that is not known here"),
}
_REFERENCE = b'"MedicationRequest/'
_MOST_SELECTIONS = 10_000  # more are not looked through: all drafts count as selected
_MOST_DRAFTS = 2000  # selected drafts that are read
_MOST_UNSELECTED = 300
_MOST_TOLD = 3  # references of one order that are told


class Session(Struct, frozen=True):
    """What is known while the drafts are read."""

    patient_id: str
    knowledge: Knowledge
    medications: Medications
    conditions: Callable[[], Mapping[str, RawResource]]
    requests: Callable[[], Mapping[str, RawResource]]


def read_orders(
    content: Content,
    selections: Sequence[str] | None,
    session: Session,
    sources: Sequence[Callable[[], Mapping[str, RawResource]]],
) -> tuple[Order, ...]:
    """Return the orders among the drafts, in their order."""
    drafts = drafts_in(content)
    if selections and len(selections) > _MOST_SELECTIONS:
        selections = None
    bundled = _bundled(drafts, "Condition")
    session.medications.sources = (lambda: _bundled(drafts, "Medication"), *sources)
    named = _named(drafts, selections or ())
    leads = any(chosen and _leads_to_drafts(draft) for draft, chosen in zip(drafts, named, strict=True))
    all_chosen = selections is None or leads or (bool(selections) and not any(named))
    ours = [
        (draft, chosen or all_chosen)
        for draft, chosen in zip(drafts, named, strict=True)
        if chosen or draft.type is None or _is_order(draft.type)
    ]
    read = sorted(_first(ours, _MOST_DRAFTS, selected=True) | _first(ours, _MOST_UNSELECTED, selected=False))
    found = [_order(ours[n][0], session, bundled, selected=ours[n][1]) for n in read]
    orders = tuple(_with_plans(found, [ours[n][0] for n in read], session, bundled))
    left = len(ours) - len(read)
    return (*orders, _unread(left, selected=sum(each for _, each in ours) > _MOST_DRAFTS)) if left else orders


def _bundled(drafts: Sequence[DraftRead], type_: str) -> dict[str, RawResource]:
    """Return the drafts of one type by id and full URL; those of another may have the same id."""
    ours = (each for each in drafts if each.type == type_)
    return {key: FoundResource(each.content, each.path) for each in ours for key in (each.id, each.full_url) if key}


def _first(drafts: Sequence[tuple[DraftRead, bool]], most: int, *, selected: bool) -> set[int]:
    """Return the places of the first drafts that are selected, or of those that are not."""
    return set(islice((n for n, (_, chosen) in enumerate(drafts) if chosen is selected), most))


def _unread(count: int, *, selected: bool) -> Order:
    problem = f"{count} more drafts than can be read"
    return Order(reference=PATH, state=OrderState.NOT_UNDERSTOOD, selected=selected, problem=problem)


def _leads_to_drafts(draft: DraftRead) -> bool:
    """Return True for a group of orders, and for whatever refers to an order of a drug."""
    refers = draft.type != _MEDICATION_REQUEST and _REFERENCE in bytes(draft.content)
    return draft.type in _GROUPS or refers


def _is_order(type_: str) -> bool:
    return type_ == _MEDICATION_REQUEST or type_ in _OTHER_ORDERS or type_.endswith(_ORDER_ENDINGS)


def _named(drafts: Sequence[DraftRead], selections: Sequence[str]) -> list[bool]:
    """Return which drafts the selections name, with or without a type, by id or by full URL."""
    wanted: set[tuple[str | None, str | None]] = {(None, each) for each in selections}
    wanted |= {(target.type, target.id) for each in selections if (target := target_of(each))}
    return [not wanted.isdisjoint({(None, each.id), (each.type, each.id), (None, each.full_url)}) for each in drafts]


def _order(draft: DraftRead, session: Session, bundled: Mapping[str, RawResource], *, selected: bool) -> Order:
    """Return one draft as an order."""
    type_ = draft.type or "resource"
    order = Order(reference=name_of(type_, draft.id), state=OrderState.OTHER, selected=selected)
    if draft.draft is None or draft.type is None:
        return _as(order, OrderState.NOT_UNDERSTOOD, "not a FHIR resource that can be read")
    others = is_other_patient(draft.draft.subject or draft.draft.patient, session.patient_id)
    if others and type_ != _MEDICATION_REQUEST:
        return _as(order, OrderState.OTHER_PATIENT)
    if type_ != _MEDICATION_REQUEST:
        return _other_order(order, type_)
    refuse_duplicate_keys(draft.content, draft.path)
    request = decode(draft.content, MedicationRequest)
    if request.value is None:
        return _as(order, OrderState.NOT_UNDERSTOOD, "; ".join(request.problems))
    read = _drug_order(order, request.value, request.problems, session, bundled)
    return replace(read, state=OrderState.OTHER_PATIENT) if others else read


def _other_order(order: Order, type_: str) -> Order:
    """Return an order of something else than a drug, unless it cannot be told to be one."""
    if type_ not in _OTHER_ORDERS:
        return _as(order, OrderState.NOT_UNDERSTOOD, f"{type_} is not an order in FHIR R4")
    return order


def _with_plans(
    orders: Sequence[Order], drafts: Sequence[DraftRead], session: Session, bundled: Mapping[str, RawResource]
) -> Iterator[Order]:
    """Yield the orders; the selected plans among them with what they order themselves, beside the drafts."""
    recognised = (order for order in orders if order.selected and order.state is OrderState.RECOGNISED)
    taken = {each.drug for order in recognised for each in order.recognitions}
    sent = {each for draft in drafts for each in (draft.id, draft.full_url) if each}
    for order, draft in zip(orders, drafts, strict=True):
        if draft.type not in _PLANS or not order.selected or order.state is not OrderState.OTHER:
            yield order
            continue
        planned = planned_in(draft.content)
        if planned.requests or planned.words:
            refuse_duplicate_keys(draft.content, draft.path)
        read = ordered_in(order, planned, session.medications, session.knowledge, taken)
        lost = not_among(planned.referred, sent) if read.state is OrderState.OTHER else ()
        if lost and (lost := not_among(planned.referred, sent | session.requests().keys())):
            read = _as(order, OrderState.NOT_KNOWN, f"{', '.join(lost[:_MOST_TOLD])} did not come with the request")
        reason, text = _reason(planned.reason, session, bundled)
        yield replace(read, reason=reason, reason_text=text) if read.state is OrderState.RECOGNISED else read


def _drug_order(
    order: Order,
    request: MedicationRequest,
    problems: tuple[str, ...],
    session: Session,
    bundled: Mapping[str, RawResource],
) -> Order:
    ordered = without_known_parts(ordered_by(request, session.medications), session.knowledge)
    recognitions = drugs_ordered(ordered.concepts, session.knowledge)
    reason, reason_text = _reason(request, session, bundled)
    told = told_of(ordered.concepts, session.knowledge)
    state, problem = _state(request, ordered, problems, drugs=bool(recognitions), told=told)
    return Order(
        reference=order.reference,
        state=state,
        selected=order.selected,
        display=ordered.display,
        recognitions=recognitions if state is OrderState.RECOGNISED else (),
        reason=reason,
        reason_text=reason_text,
        intent=intent_of(request, session.knowledge),
        problem="; ".join(filter(None, (problem, *problems, *ordered.problems))) or None,
        unresolved=ordered.unresolved if state in _SEARCHED else (),
    )


def _state(
    request: MedicationRequest, ordered: Ordered, problems: tuple[str, ...], *, drugs: bool, told: Told
) -> tuple[OrderState, str | None]:
    """Return how far the drug is understood, and what is wrong if it is not."""
    if request.status in _ORDERS_NOTHING or request.do_not_perform:
        return OrderState.OTHER, f"orders nothing: {'do not perform' if request.do_not_perform else request.status}"
    lost = f"{', '.join(ordered.unresolved)} did not come with the request" if ordered.unresolved else None
    if drugs:
        return OrderState.RECOGNISED, lost
    if lost:
        return OrderState.NOT_KNOWN if ordered.in_part else OrderState.UNRESOLVED, lost
    if ordered.display:
        return _UNNAMED.get(told, (OrderState.OTHER, None))
    if request.medication is not ABSENT:
        return OrderState.NOT_UNDERSTOOD, "its drug stands in an element that FHIR R4 does not have: medication"
    unreadable = any(".medication" in problem for problem in problems)
    return OrderState.NOT_UNDERSTOOD if unreadable else OrderState.UNFINISHED, None


def _as(order: Order, state: OrderState, problem: str | None = None) -> Order:
    return Order(reference=order.reference, state=state, selected=order.selected, problem=problem)


def _reason(
    request: MedicationRequest, session: Session, bundled: Mapping[str, RawResource]
) -> tuple[Reason, str | None]:
    """Return what the order is for: another cancer only if one is named and lung cancer is not."""
    if not (request.reason_code or request.reason_reference):
        return Reason.NOT_STATED, None
    concepts = [*request.reason_code, *_referred(request.reason_reference, session, bundled)]
    named = [cancer_in(each, session.knowledge) for each in concepts]
    text = "; ".join(distinct(words_of(each) for each in concepts)) or None
    lung = {each.cancer for each in named if each.is_lung}
    if lung:
        return (Reason.SMALL_CELL if lung == {Cancer.SMALL_CELL} else Reason.LUNG_CANCER), text
    other = any(each.cancer is Cancer.OTHER for each in named)
    return (Reason.OTHER_CANCER if other else Reason.NOT_STATED), text


def _referred(
    references: Iterable[Reference], session: Session, bundled: Mapping[str, RawResource]
) -> Iterator[CodeableConcept]:
    """Yield what the reasons that are referred to name: a Condition of the session or on record, else the display."""
    for reference in references:
        target = target_of(reference.reference)
        keys = [key for key in (reference.reference, target.id if target else None) if key]
        found = next((each for key in keys if (each := bundled.get(key) or session.conditions().get(key))), None)
        condition = decode(found.content, Condition).value if found else None
        if condition and condition.code:
            yield condition.code
        elif reference.display:
            yield CodeableConcept(text=reference.display)
