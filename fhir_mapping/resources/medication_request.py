"""MedicationRequest: an order for a drug, past, running or being written."""

from __future__ import annotations

from msgspec import Raw, field

from fhir_mapping.datatypes import ABSENT, CodeableConcept, Element, Extension, Reference
from fhir_mapping.dates import partial_date


class MedicationRequest(Element, frozen=True):
    """The elements of a MedicationRequest that are read."""

    id: str | None = None
    status: str | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    subject: Reference | None = None
    patient: Reference | None = None  # before FHIR R4
    authored_on: str | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    medication: Raw = ABSENT  # FHIR R5; not read, but an order that has it is not an empty one
    resolved_medication: Raw = field(default=ABSENT, name="_resolvedMedication")  # a public client's own member
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    extension: tuple[Extension, ...] = ()
    contained: tuple[Raw, ...] = ()

    @property
    def date(self) -> str | None:
        """When it was written."""
        return partial_date(self.authored_on)

    @property
    def extension_concepts(self) -> tuple[CodeableConcept, ...]:
        """The concepts that extensions add, such as the intent of the treatment."""
        return tuple(each.value_codeable_concept for each in self.extension if each.value_codeable_concept)
