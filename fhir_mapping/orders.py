"""Draft orders of the session: which drug each is, what it is for, and whether it was chosen.

A draft that is cancelled, stopped, completed or erroneous, or that asks not to give a drug, orders nothing: OTHER.
Resources that are no orders (a bundled Medication or Condition) are left out, unless they were selected by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Raw

from fhir_mapping.cancers import Cancer, cancer_in
from fhir_mapping.concepts import distinct, words_of
from fhir_mapping.datatypes import ABSENT, CodeableConcept, Element, FoundResource, RawResource, Reference
from fhir_mapping.decoding import Content, decode, refuse_duplicate_keys
from fhir_mapping.drugs import Medications, Ordered, ordered_by, recognised
from fhir_mapping.facts import Order, OrderState, Reason
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
_PATH = "context.draftOrders"


class Draft(Element, frozen=True):
    """What every draft has, whatever its type."""

    resource_type: str | None = None
    id: str | None = None
    status: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None


class Entry(Element, frozen=True):
    """One entry of the Bundle of drafts."""

    full_url: str | None = None
    resource: Raw = ABSENT


class Drafts(Element, frozen=True):
    """The Bundle of drafts."""

    resource_type: str | None = None
    entry: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """What is known while the drafts are read."""

    patient_id: str
    knowledge: Knowledge
    medications: Medications
    conditions: Callable[[], Mapping[str, RawResource]]


@dataclass(frozen=True, slots=True)
class _Read:
    """One draft with its envelope."""

    draft: Draft | None
    content: Content
    full_url: str | None
    path: str

    @property
    def id(self) -> str | None:
        """Its id, or the one that its full URL ends in."""
        if self.draft and self.draft.id:
            return self.draft.id
        target = target_of(self.full_url)
        return target.id if target else self.full_url

    @property
    def type(self) -> str | None:
        """Its resource type."""
        return self.draft.resource_type if self.draft else None


def read_orders(
    content: Content,
    selections: Sequence[str] | None,
    session: Session,
    sources: Sequence[Callable[[], Mapping[str, RawResource]]],
) -> tuple[Order, ...]:
    """Return the orders among the drafts, in their order."""
    drafts = [_Read(decode(each, Draft).value, each, url, path) for each, url, path in _entries(content)]
    bundled = {
        key: FoundResource(each.content, each.path) for each in drafts for key in (each.id, each.full_url) if key
    }
    session.medications.sources = (lambda: bundled, *sources)
    named = _named(drafts, selections or ())
    all_chosen = selections is None or (bool(selections) and not any(named))
    return tuple(
        _order(draft, session, bundled, selected=chosen or all_chosen)
        for draft, chosen in zip(drafts, named, strict=True)
        if chosen or draft.type is None or _is_order(draft.type)
    )


def _entries(content: Content) -> Iterator[tuple[Content, str | None, str]]:
    """Yield the drafts: the entries of a Bundle, the items of a list, or the one resource that stands there."""
    bundle, problems = decode(content, Drafts)
    if bundle is None or bundle.resource_type not in ("Bundle", None):
        items: tuple[Content, ...] | None = decode(content, tuple[Raw, ...]).value
        if items is None and bytes(content).strip() != b"null":
            items = (content,)
        yield from ((each, None, f"{_PATH}[{n}]") for n, each in enumerate(items or ()))
        return
    for number, entry in enumerate(bundle.entry):
        yield entry.resource, entry.full_url, f"{_PATH}.entry[{number}].resource"
    yield from ((b"", None, _PATH) for problem in problems if problem.startswith("Drafts.entry"))


def _is_order(type_: str) -> bool:
    return type_ == _MEDICATION_REQUEST or type_ in _OTHER_ORDERS or type_.endswith(_ORDER_ENDINGS)


def _named(drafts: Sequence[_Read], selections: Sequence[str]) -> list[bool]:
    """Return which drafts the selections name, with or without a type, by id or by full URL."""
    wanted: set[tuple[str | None, str | None]] = {(None, each) for each in selections}
    wanted |= {(target.type, target.id) for each in selections if (target := target_of(each))}
    return [not wanted.isdisjoint({(None, each.id), (each.type, each.id), (None, each.full_url)}) for each in drafts]


def _order(draft: _Read, session: Session, bundled: Mapping[str, RawResource], *, selected: bool) -> Order:
    """Return one draft as an order."""
    type_ = draft.type or "resource"
    order = Order(reference=name_of(type_, draft.id), state=OrderState.OTHER, selected=selected)
    if draft.draft is None or draft.type is None:
        return _as(order, OrderState.NOT_UNDERSTOOD, "not a FHIR resource that can be read")
    if is_other_patient(draft.draft.subject or draft.draft.patient, session.patient_id):
        return _as(order, OrderState.OTHER_PATIENT)
    if type_ in _OTHER_ORDERS:
        return order
    if type_ != _MEDICATION_REQUEST:
        return _as(order, OrderState.NOT_UNDERSTOOD, f"{type_} is not an order in FHIR R4")
    refuse_duplicate_keys(draft.content, draft.path)
    request = decode(draft.content, MedicationRequest)
    if request.value is None:
        return _as(order, OrderState.NOT_UNDERSTOOD, "; ".join(request.problems))
    return _drug_order(order, request.value, request.problems, session, bundled)


def _drug_order(
    order: Order,
    request: MedicationRequest,
    problems: tuple[str, ...],
    session: Session,
    bundled: Mapping[str, RawResource],
) -> Order:
    ordered = ordered_by(request, session.medications)
    recognitions = recognised(ordered.concepts, session.knowledge)
    reason, reason_text = _reason(request, session, bundled)
    state, problem = _state(request, ordered, problems, drugs=bool(recognitions))
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
    )


def _state(
    request: MedicationRequest, ordered: Ordered, problems: tuple[str, ...], *, drugs: bool
) -> tuple[OrderState, str | None]:
    """Return how far the drug is understood, and what is wrong if it is not."""
    if request.status in _ORDERS_NOTHING or request.do_not_perform:
        return OrderState.OTHER, f"orders nothing: {'do not perform' if request.do_not_perform else request.status}"
    if drugs:
        return OrderState.RECOGNISED, None
    if ordered.unresolved:
        return OrderState.UNRESOLVED, f"{ordered.unresolved} did not come with the request"
    if ordered.display:
        return OrderState.OTHER, None
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
    concepts = [*request.reason_code, *_referred(request.reason_reference, session, bundled)]
    named = [cancer_in(each, session.knowledge) for each in concepts]
    text = "; ".join(distinct(words_of(each) for each in concepts)) or None
    if any(each.is_lung for each in named):
        return Reason.LUNG_CANCER, text
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
