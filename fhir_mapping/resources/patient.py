"""Patient: the age, and whether the patient lives."""

from __future__ import annotations

from fhir_mapping.datatypes import Element


class Patient(Element, frozen=True):
    """The elements of a Patient that are read."""

    id: str | None = None
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
