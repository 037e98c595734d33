"""Medication: the drug that a MedicationRequest refers to."""

from __future__ import annotations

from fhir_mapping.datatypes import CodeableConcept, Element, Reference


class Ingredient(Element, frozen=True):
    """One ingredient of a medication, as a concept or a reference."""

    item_codeable_concept: CodeableConcept | None = None
    item_reference: Reference | None = None

    @property
    def concept(self) -> CodeableConcept | None:
        """What it is; the words of the reference if it is one."""
        shown = self.item_reference.display if self.item_reference else None
        return self.item_codeable_concept or (CodeableConcept(text=shown) if shown else None)


class Medication(Element, frozen=True):
    """The elements of a Medication that are read."""

    id: str | None = None
    code: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()

    @property
    def names(self) -> tuple[CodeableConcept, ...]:
        """What it is: its code, then its ingredients."""
        items = (each.concept for each in self.ingredient)
        return tuple(each for each in (self.code, *items) if each)
