"""Medication: the drug that a MedicationRequest refers to; a Substance, of which it may be made, names itself alike."""

from __future__ import annotations

from msgspec import Raw

from fhir_mapping.datatypes import CodeableConcept, Element, Reference


class Ingredient(Element, frozen=True):
    """One ingredient of a medication, as a concept or a reference."""

    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None


class Medication(Element, frozen=True):
    """The elements of a Medication that are read."""

    resource_type: str | None = None
    id: str | None = None
    code: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()
    contained: tuple[Raw, ...] = ()
