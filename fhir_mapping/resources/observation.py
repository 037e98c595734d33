"""Observation: a laboratory result, a stage, or anything else that was observed."""

from __future__ import annotations

from msgspec import Raw, structs

from fhir_mapping.datatypes import (
    ABSENT,
    Annotation,
    CodeableConcept,
    Element,
    Period,
    Quantity,
    Range,
    Reference,
)
from fhir_mapping.dates import partial_date


class ObservationHead(Element, frozen=True):
    """What tells whether an Observation matters, as bytes: cheap to pass over."""

    resource_type: str = ""
    code: Raw = ABSENT
    value_string: Raw = ABSENT
    value_codeable_concept: Raw = ABSENT
    component: Raw = ABSENT
    note: Raw = ABSENT
    contained: tuple[Raw, ...] = ()
    has_member: Raw = ABSENT
    result: Raw = ABSENT  # of a DiagnosticReport


class ComponentHead(Element, frozen=True):
    """What tells whether a component matters, as bytes."""

    code: Raw = ABSENT
    value_string: Raw = ABSENT
    value_codeable_concept: Raw = ABSENT


class Valued(Element, frozen=True):
    """What an Observation and each of its components have in common: a code and a value."""

    code: CodeableConcept | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_quantity: Quantity | None = None
    value_range: Range | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    data_absent_reason: CodeableConcept | None = None


class Component(Valued, frozen=True):
    """One component of an Observation."""


class Observation(Valued, frozen=True):
    """The elements of an Observation that are read."""

    id: str | None = None
    status: str | None = None
    subject: Reference | None = None
    focus: tuple[Reference, ...] = ()
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    performer: tuple[Reference, ...] = ()
    method: CodeableConcept | None = None
    specimen: Reference | None = None
    body_site: CodeableConcept | None = None
    note: tuple[Annotation, ...] = ()
    component: tuple[Component, ...] = ()
    has_member: tuple[Reference, ...] = ()
    derived_from: tuple[Reference, ...] = ()
    contained: tuple[Raw, ...] = ()

    @property
    def date(self) -> str | None:
        """When it was observed; when it was issued if that is not stated."""
        effective = partial_date(self.effective_date_time) or partial_date(self.effective_instant)
        period = self.effective_period
        if not effective and period:
            effective = partial_date(period.end) or partial_date(period.start)
        return effective or partial_date(self.issued)

    @property
    def notes(self) -> tuple[str, ...]:
        """The texts of its notes."""
        return tuple(note.text for note in self.note if note.text)

    @property
    def laboratory(self) -> str | None:
        """The name of the performing organisation; a person's name is not returned."""
        people = ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson")
        return next((each.display for each in self.performer if each.display and not _is_a(each, people)), None)


class ReferenceRange(Element, frozen=True):
    """The range that a laboratory states for a value."""

    low: Quantity | None = None
    high: Quantity | None = None


class MeasuredComponent(Component, frozen=True):
    """One component, with the range for its value."""

    reference_range: tuple[ReferenceRange, ...] = ()


class Measurement(Observation, frozen=True):
    """An Observation read for its value, with the range for it."""

    reference_range: tuple[ReferenceRange, ...] = ()
    component: tuple[MeasuredComponent, ...] = ()


def without_circumstances(observation: Observation) -> Observation:
    """Return what was observed, without who, when, by whom, and what is contained: what can be read once for all."""
    return structs.replace(
        observation,
        id=None,
        subject=None,
        focus=(),
        effective_date_time=None,
        effective_instant=None,
        effective_period=None,
        issued=None,
        performer=(),
        specimen=None,
        contained=(),
    )


def _is_a(reference: Reference, types: tuple[str, ...]) -> bool:
    named = reference.type or (reference.reference or "").rpartition("/")[0].rpartition("/")[2]
    return named in types


def value_words(holder: Valued) -> tuple[str, ...]:
    """Return the words of a value that is a concept or a text, as the record has them."""
    concept = holder.value_codeable_concept or CodeableConcept()
    displays = (each.display for each in concept.coding)
    return tuple(
        dict.fromkeys(text for text in (holder.value_string, concept.text, *displays) if text and text.strip())
    )


def value_codes(holder: Valued) -> tuple[str, ...]:
    """Return the words of a value and its codes: some code systems (HGVS) say it all in the code."""
    concept = holder.value_codeable_concept or CodeableConcept()
    return (*value_words(holder), *(each.code for each in concept.coding if each.code))


def reported_value(holder: Valued) -> str | None:
    """Return a value of any type as the record words it, or None if there is none."""
    words = value_words(holder)
    if words:
        return "; ".join(words)
    concept = holder.value_codeable_concept
    if concept and (codes := [each.code for each in concept.coding if each.code]):
        return "code " + ", ".join(codes)
    if holder.value_boolean is not None:
        return "true" if holder.value_boolean else "false"
    if holder.value_integer is not None:
        return str(holder.value_integer)
    if holder.value_range is not None:
        ends = (holder.value_range.low, holder.value_range.high)
        return "-".join(quantity_words(end) or "" for end in ends) if any(ends) else None
    return quantity_words(holder.value_quantity)


def quantity_words(quantity: Quantity | None) -> str | None:
    """Return an amount as the record words it: ``>=50 %``."""
    if quantity is None or quantity.value is None:
        return None
    return " ".join(
        part for part in (f"{quantity.comparator or ''}{quantity.value}", quantity.unit or quantity.code) if part
    )
