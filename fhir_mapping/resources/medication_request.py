"""MedicationRequest: an order for a drug, past, running or being written."""

from __future__ import annotations

from fhir_mapping.datatypes import CodeableConcept, Element, Extension, Medicated, Period, Reference
from fhir_mapping.dates import partial_date


class Repeat(Element, frozen=True):
    """When doses are due, as far as it is bounded."""

    bounds_period: Period | None = None


class Timing(Element, frozen=True):
    """When doses are due."""

    repeat: Repeat | None = None


class Dosage(Element, frozen=True):
    """One line of the dosage."""

    timing: Timing | None = None


class DispenseRequest(Element, frozen=True):
    """How the drug is to be supplied."""

    validity_period: Period | None = None


class MedicationRequest(Medicated, frozen=True):
    """The elements of a MedicationRequest that are read."""

    intent: str | None = None
    status_reason: CodeableConcept | None = None
    do_not_perform: bool | None = None
    authored_on: str | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    extension: tuple[Extension, ...] = ()
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None

    @property
    def date(self) -> str | None:
        """When it was written."""
        return partial_date(self.authored_on)

    @property
    def until(self) -> str | None:
        """The last day for which it orders the drug, if it states one."""
        timings = (each.timing.repeat for each in self.dosage_instruction if each.timing and each.timing.repeat)
        bounds = [partial_date(each.bounds_period.end) for each in timings if each.bounds_period]
        if bounds:
            return max(filter(None, bounds), default=None) if all(bounds) else None
        validity = self.dispense_request.validity_period if self.dispense_request else None
        return partial_date(validity.end) if validity else None

    @property
    def extension_concepts(self) -> tuple[CodeableConcept, ...]:
        """The concepts that extensions add, such as the intent of the treatment."""
        return tuple(each.value_codeable_concept for each in self.extension if each.value_codeable_concept)
