"""FHIR's data types, with only the elements that are read.

Every element is optional here: what a resource must hold is not ours to enforce, and what is missing is unknown.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from msgspec import Raw, Struct, field

ABSENT = Raw()  # the value of a raw element that was not sent; compare by identity


class Element(Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """The base of all types: immutable, FHIR's camelCase names in JSON."""


class RawResource(Protocol):
    """One resource as its bytes, and where in the request it stands; whoever has these two can be read as it is."""

    @property
    def content(self) -> Raw | bytes:
        """The JSON of the resource."""

    @property
    def path(self) -> str:
        """The place, such as ``prefetch.observations.entry[3].resource``."""


class FoundResource(Struct, frozen=True, gc=False):
    """A resource found inside another."""

    content: Raw | bytes
    path: str


class Coding(Element, frozen=True):
    """One code of one code system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element, frozen=True):
    """A concept, as codes and as text."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Quantity(Element, frozen=True):
    """A measured amount; the value keeps the digits that were sent."""

    value: Decimal | None = None
    comparator: str | None = None
    unit: str | None = None
    code: str | None = None


class Range(Element, frozen=True):
    """A low and a high amount."""

    low: Quantity | None = None
    high: Quantity | None = None


class Period(Element, frozen=True):
    """A start and an end."""

    start: str | None = None
    end: str | None = None


class Reference(Element, frozen=True):
    """A reference to another resource."""

    reference: str | None = None
    type: str | None = None
    display: str | None = None


class Annotation(Element, frozen=True):
    """A note."""

    text: str | None = None


class Medicated(Element, frozen=True):
    """What all resources about a drug for a patient have in common."""

    id: str | None = None
    status: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None  # before FHIR R4
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    medication: Raw = ABSENT  # FHIR R5; not read, but an order that has it is not an empty one
    resolved_medication: Raw = field(default=ABSENT, name="_resolvedMedication")  # a public client's own member
    note: tuple[Annotation, ...] = ()
    contained: tuple[Raw, ...] = ()


class Extension(Element, frozen=True):
    """An extension, if its value is a concept."""

    url: str | None = None
    value_codeable_concept: CodeableConcept | None = None


TEXT_OF = {CodeableConcept: "text", Reference: "reference", Annotation: "text"}  # where a bare string belongs
