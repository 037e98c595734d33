"""Encounter: what kind of care the patient is in."""

from __future__ import annotations

from msgspec import field

from fhir_mapping.concepts import texts_of
from fhir_mapping.datatypes import CodeableConcept, Coding, Element, Period, Reference
from fhir_mapping.dates import partial_date


class Encounter(Element, frozen=True):
    """The elements of an Encounter that are read."""

    id: str | None = None
    status: str | None = None
    class_: Coding | None = field(default=None, name="class")
    type: tuple[CodeableConcept, ...] = ()
    service_type: CodeableConcept | None = None
    subject: Reference | None = None
    patient: Reference | None = None  # before FHIR R4
    period: Period | None = None

    @property
    def date(self) -> str | None:
        """When it began."""
        return partial_date((self.period or Period()).start)

    @property
    def words(self) -> tuple[str, ...]:
        """What the record calls it."""
        shown = (CodeableConcept(coding=(self.class_,)) if self.class_ else None, *self.type, self.service_type)
        return tuple(text for each in shown for text in texts_of(each))
