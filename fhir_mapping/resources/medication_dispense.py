"""MedicationDispense: a supply of a drug that was handed over, or is to be."""

from __future__ import annotations

from fhir_mapping.datatypes import Medicated, Quantity
from fhir_mapping.dates import partial_date


class MedicationDispense(Medicated, frozen=True):
    """The elements of a MedicationDispense that are read."""

    when_prepared: str | None = None
    when_handed_over: str | None = None
    days_supply: Quantity | None = None

    @property
    def handed_over(self) -> str | None:
        """When the patient got it."""
        return partial_date(self.when_handed_over)

    @property
    def date(self) -> str | None:
        """When the patient got it, or when it was made ready."""
        return self.handed_over or partial_date(self.when_prepared)
