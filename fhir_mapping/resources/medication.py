"""Medication: the drug that a MedicationRequest refers to."""

from __future__ import annotations

from fhir_mapping.datatypes import CodeableConcept, Element, Reference


class Ingredient(Element, frozen=True):
    """One ingredient of a medication, as a concept or a reference."""

    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None


class Medication(Element, frozen=True):
    """The elements of a Medication that are read."""

    id: str | None = None
    code: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()

    @property
    def names(self) -> tuple[CodeableConcept, ...]:
        """What it is: its code, then its ingredients."""
        items = (each.item_codeable_concept for each in self.ingredient)
        return tuple(each for each in (self.code, *items) if each)
