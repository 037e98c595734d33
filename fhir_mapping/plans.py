"""What a CarePlan or a RequestGroup orders itself: by a product, by an order within, or in the words of an activity.

What a draft of its own orders beside it is read there, and not told twice. What an action says of an order of another
kind (a blood test, a visit) is no order of a drug, nor is what is over, to be removed or not to be done, nor a drug
that the words stop, hold or only talk of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Raw, Struct
from msgspec.structs import replace

from fhir_mapping.concepts import texts_of
from fhir_mapping.datatypes import CodeableConcept, Reference
from fhir_mapping.decoding import Content, decode
from fhir_mapping.drugs import Medications, Told, drugs_ordered, ordered_by, told_of, without_known_parts
from fhir_mapping.facts import Order, OrderState
from fhir_mapping.plan_words import as_ordered
from fhir_mapping.references import target_of
from fhir_mapping.resources.medication_request import MedicationRequest
from fhir_mapping.resources.plan import Action, Contained, Detail, Plan
from knowledge.lookup import Knowledge

_REQUEST = "MedicationRequest"
_OVER = {"cancelled", "completed", "entered-in-error", "revoked", "stopped"}
_REMOVES = "remove"  # of the type of an action
_MOST = 300  # activities, actions and resources within that are read
_DEEPEST = 8  # actions within actions
_TOO_MANY = Action()  # stands for actions that are not read
_ITSELF = "it orders a drug itself, without a MedicationRequest"


class Planned(Struct, frozen=True):
    """What a plan orders itself."""

    requests: tuple[MedicationRequest, ...] = ()  # the orders within, and the products
    words: tuple[CodeableConcept, ...] = ()  # of the activities and actions
    referred: tuple[Reference, ...] = ()  # to orders of drugs, without words
    reason: MedicationRequest = MedicationRequest()  # that holds nothing but what the plan is for
    unread: bool = False  # something that may order a drug could not be read


def planned_in(content: Content) -> Planned:
    """Return what a plan orders itself."""
    plan, problems = decode(content, Plan)
    if plan is None:
        return Planned(unread=True)  # nothing is known of it
    if plan.status in _OVER:
        return Planned()
    types = {head.id: head.resource_type for head in map(_head, plan.contained[:_MOST]) if head}
    activities = [each for each in plan.activity[:_MOST] if not _is_over(each.detail)]
    details = [each.detail for each in activities if each.detail]
    listed = list(_actions(plan.action))
    actions = [each for each in listed if _may_be_of_a_drug(each.resource, types)]
    referring = [*(each.reference for each in activities), *(each.resource for each in actions if not _words(each))]
    return Planned(
        requests=(*_orders_within(plan), *(_product(each, plan) for each in details if _has_product(each))),
        words=tuple(chain.from_iterable(chain(map(_words, details), map(_words, actions)))),
        referred=tuple(each for each in referring if each and not each.display and _is_of_a_drug(each)),
        reason=_reason(plan, details),
        unread=any(".product" in each for each in problems)
        or len(plan.activity) > _MOST
        or any(each is _TOO_MANY for each in listed),
    )


def ordered_in(
    order: Order, planned: Planned, medications: Medications, knowledge: Knowledge, taken: Collection[str]
) -> Order:
    """Return a plan as an order: of the drugs that it names and that no other draft (``taken``) orders."""
    read = [without_known_parts(ordered_by(each, medications), knowledge) for each in planned.requests]
    words = {each: as_ordered(each, knowledge) for each in planned.words}
    others = tuple(concept for each in read for concept in each.concepts)
    concepts = (*planned.words, *others)
    ordered = drugs_ordered((*words.values(), *others), knowledge)
    told_in = {left.text: each.text for each, left in words.items() if left.text and each.text}
    found = tuple(
        replace(each, value=told_in.get(each.value, each.value)) for each in ordered if each.drug not in taken
    )
    if found:
        values = {each.value for each in found}
        texts = (text for concept in concepts for text in texts_of(concept) if any(each in text for each in values))
        return replace(
            order,
            state=OrderState.RECOGNISED,
            recognitions=found,
            display=next(texts, found[0].value),
            problem=_ITSELF,
            removable=False,
        )
    told = all(
        each.display and not each.unresolved and told_of(each.concepts, knowledge) is Told.NAMED for each in read
    )
    if planned.unread or not told:
        return replace(order, state=OrderState.NOT_UNDERSTOOD, problem=_ITSELF)
    return order


def not_among(referred: Collection[Reference], known: Collection[str]) -> tuple[str, ...]:
    """Return the references to orders that lead to none of those that are known, by id and by full URL."""
    texts = (each.reference or "" for each in referred)
    targets = ((text, target_of(text)) for text in texts)
    return tuple(text for text, target in targets if text not in known and not (target and target.id in known))


def _head(content: Content) -> Contained | None:
    return decode(content, Contained).value


def _is_over(detail: Detail | None) -> bool:
    return bool(detail and (detail.do_not_perform or detail.status in _OVER))


def _actions(contents: Sequence[Raw]) -> Iterator[Action]:
    """Yield the actions, each before those within; one over actions that refer to orders is only their heading.

    One that is to remove something orders nothing, nor do those within that say no other type. Where there are more, or
    they lie deeper, than are read, an action stands for those.
    """
    rest = [(each, 1, False) for each in reversed(contents)]
    for _ in range(_MOST):
        if not rest:
            return
        content, depth, removed = rest.pop()
        action = decode(content, Action).value
        if action is None or (action.action and depth == _DEEPEST):
            yield _TOO_MANY
            continue
        removes = any(each.code == _REMOVES for each in action.type.coding) if action.type else removed
        rest.extend((each, depth + 1, removes) for each in reversed(action.action))
        if not removes and not any(b'"resource"' in bytes(each) for each in action.action):
            yield action
    if rest:
        yield _TOO_MANY


def _may_be_of_a_drug(resource: Reference | None, types: Mapping[str | None, str | None]) -> bool:
    """Tell whether an action may order a drug: unless it refers to what is known to be no such order."""
    text = (resource.reference or "").strip() if resource else ""
    if text.startswith("#"):
        return types.get(text[1:], _REQUEST) == _REQUEST
    target = target_of(text)
    return target is None or target.type in (None, _REQUEST)


def _is_of_a_drug(reference: Reference) -> bool:
    target = target_of(reference.reference)
    return bool(target and target.type == _REQUEST)


def _words(item: Detail | Action) -> tuple[CodeableConcept, ...]:
    """Return what an activity or an action says that is to be done."""
    if isinstance(item, Detail):
        return (*_texts(item.description), *((item.code,) if item.code else ()))
    return (*_texts(item.title, item.description, item.text_equivalent), *item.code)


def _texts(*texts: str | None) -> tuple[CodeableConcept, ...]:
    return tuple(CodeableConcept(text=text) for text in texts if text)


def _has_product(detail: Detail) -> bool:
    return bool(detail.product_codeable_concept or detail.product_reference)


def _product(detail: Detail, plan: Plan) -> MedicationRequest:
    """Return the product of an activity as an order of it."""
    return MedicationRequest(
        medication_codeable_concept=detail.product_codeable_concept,
        medication_reference=detail.product_reference,
        contained=plan.contained,
    )


def _orders_within(plan: Plan) -> Iterator[MedicationRequest]:
    """Yield the orders of drugs that the plan contains, each with all that the plan contains."""
    for each in plan.contained[:_MOST]:
        head = _head(each)
        if head and head.resource_type == _REQUEST:
            request = decode(each, MedicationRequest).value or MedicationRequest()
            if request.status not in _OVER and not request.do_not_perform:
                yield replace(request, contained=plan.contained)


def _reason(plan: Plan, details: Collection[Detail]) -> MedicationRequest:
    """Return what the plan and its activities are for, as the reasons of an order."""
    return MedicationRequest(
        reason_code=(*plan.reason_code, *(each for detail in details for each in detail.reason_code)),
        reason_reference=(
            *plan.reason_reference,
            *plan.addresses,
            *(each for detail in details for each in detail.reason_reference),
        ),
    )
