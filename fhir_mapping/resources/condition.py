"""Condition: a diagnosis, and its stage."""

from __future__ import annotations

from msgspec import structs

from fhir_mapping.datatypes import CodeableConcept, Element, Extension, Period, Reference
from fhir_mapping.dates import partial_date


class Stage(Element, frozen=True):
    """A stage of the condition."""

    summary: CodeableConcept | None = None


class Condition(Element, frozen=True):
    """The elements of a Condition that are read."""

    id: str | None = None
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    patient: Reference | None = None  # before FHIR R4
    onset_date_time: str | None = None
    onset_period: Period | None = None
    recorded_date: str | None = None
    abatement_date_time: str | None = None
    stage: tuple[Stage, ...] = ()
    extension: tuple[Extension, ...] = ()

    @property
    def date(self) -> str | None:
        """When it began; when it was recorded if that is not stated."""
        onset = partial_date(self.onset_date_time) or (self.onset_period and partial_date(self.onset_period.start))
        return onset or partial_date(self.recorded_date)

    @property
    def extension_concepts(self) -> tuple[CodeableConcept, ...]:
        """The concepts that extensions add, such as the histology."""
        return tuple(each.value_codeable_concept for each in self.extension if each.value_codeable_concept)


def without_circumstances(condition: Condition) -> Condition:
    """Return what the condition is, without who has it and since when: what can be read once for all."""
    return structs.replace(
        condition,
        id=None,
        subject=None,
        patient=None,
        onset_date_time=None,
        onset_period=None,
        recorded_date=None,
    )
