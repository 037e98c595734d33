"""CarePlan and RequestGroup, as far as they order a drug themselves, with no MedicationRequest among the drafts."""

from __future__ import annotations

from msgspec import Raw

from fhir_mapping.datatypes import ABSENT, Element
from fhir_mapping.decoding import Content, decode


class Detail(Element, frozen=True):
    """``CarePlan.activity.detail``."""

    product_codeable_concept: Raw = ABSENT
    product_reference: Raw = ABSENT


class Activity(Element, frozen=True):
    """``CarePlan.activity``."""

    detail: Detail | None = None


class Contained(Element, frozen=True):
    """Of a contained resource its type only."""

    resource_type: str | None = None


class Plan(Element, frozen=True):
    """A plan, with what in it may name a drug."""

    activity: tuple[Activity, ...] = ()
    contained: tuple[Contained, ...] = ()


def orders_itself(content: Content) -> bool:
    """Tell whether a plan holds a product, or a contained order of a drug."""
    plan = decode(content, Plan).value
    if plan is None:
        return True  # nothing is known of it
    details = [each.detail for each in plan.activity if each.detail]
    products = any(each.product_codeable_concept or each.product_reference for each in details)
    return products or any(each.resource_type == "MedicationRequest" for each in plan.contained)
