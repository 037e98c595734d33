"""MedicationStatement: that a drug is, was or was not taken."""

from __future__ import annotations

from fhir_mapping.datatypes import CodeableConcept, Medicated, Period
from fhir_mapping.dates import partial_date


class MedicationStatement(Medicated, frozen=True):
    """The elements of a MedicationStatement that are read."""

    status_reason: tuple[CodeableConcept, ...] = ()
    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None

    @property
    def start(self) -> str | None:
        """Since when it is or was taken."""
        return partial_date((self.effective_period or Period()).start or self.effective_date_time)

    @property
    def end(self) -> str | None:
        """Until when it is or was taken."""
        return partial_date((self.effective_period or Period()).end)

    @property
    def asserted(self) -> str | None:
        """When this was said."""
        return partial_date(self.date_asserted)
