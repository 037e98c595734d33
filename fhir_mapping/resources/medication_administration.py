"""MedicationAdministration: a dose that was given, or not."""

from __future__ import annotations

from fhir_mapping.datatypes import Medicated, Period
from fhir_mapping.dates import partial_date


class MedicationAdministration(Medicated, frozen=True):
    """The elements of a MedicationAdministration that are read."""

    effective_date_time: str | None = None
    effective_period: Period | None = None

    @property
    def start(self) -> str | None:
        """When it began."""
        return partial_date(self.effective_date_time or (self.effective_period or Period()).start)

    @property
    def date(self) -> str | None:
        """When the drug was given; the end, if it took some time."""
        return partial_date((self.effective_period or Period()).end) or self.start
