"""CarePlan and RequestGroup, as far as they order a drug themselves, with no MedicationRequest among the drafts."""

from __future__ import annotations

from msgspec import Raw

from fhir_mapping.datatypes import CodeableConcept, Element, Reference


class Detail(Element, frozen=True):
    """``CarePlan.activity.detail``."""

    status: str | None = None
    code: CodeableConcept | None = None
    do_not_perform: bool | None = None
    description: str | None = None
    product_codeable_concept: CodeableConcept | None = None
    product_reference: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()


class Activity(Element, frozen=True):
    """``CarePlan.activity``."""

    detail: Detail | None = None
    reference: Reference | None = None


class Action(Element, frozen=True):
    """``RequestGroup.action``; the actions within are read one by one."""

    title: str | None = None
    description: str | None = None
    text_equivalent: str | None = None
    code: tuple[CodeableConcept, ...] = ()
    type: CodeableConcept | None = None
    resource: Reference | None = None
    action: tuple[Raw, ...] = ()


class Plan(Element, frozen=True):
    """A plan, with what in it may name a drug."""

    status: str | None = None
    activity: tuple[Activity, ...] = ()
    action: tuple[Raw, ...] = ()
    contained: tuple[Raw, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    addresses: tuple[Reference, ...] = ()


class Contained(Element, frozen=True):
    """Of a contained resource its type and its id only."""

    resource_type: str | None = None
    id: str | None = None
