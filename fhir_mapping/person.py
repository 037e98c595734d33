"""The patient as a person: age, death, and hospice care, as far as the record states them.

Hospice care is read from the words of the encounter in context; words that only talk about a hospice are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fhir_mapping.dates import newest_first, partial_date
from fhir_mapping.facts import Evidence, Person
from fhir_mapping.references import name_of
from fhir_mapping.resources.encounter import Encounter
from fhir_mapping.resources.patient import Patient
from knowledge.lookup import Knowledge

_NOT_NOW = {"planned", "cancelled", "entered-in-error", "finished"}
_LONGEST_NAME = 200  # characters of an encounter's words that are read


def person_of(patients: Sequence[Patient], encounters: Iterable[Encounter], knowledge: Knowledge) -> Person:
    """Return what matters of the patient; what several copies state differently is not stated."""
    born = {date for each in patients if (date := partial_date(each.birth_date))}
    hospice = (found for each in encounters if (found := _hospice(each, knowledge)))
    return Person(
        birth_date=born.pop() if len(born) == 1 else None,
        deceased=bool(patients) and all(_is_deceased(each) for each in patients),
        hospice=newest_first(hospice, lambda each: each.date),
    )


def _is_deceased(patient: Patient) -> bool:
    return bool(patient.deceased_boolean) or partial_date(patient.deceased_date_time) is not None


def _hospice(encounter: Encounter, knowledge: Knowledge) -> Evidence | None:
    if encounter.status in _NOT_NOW:
        return None
    for words in encounter.words:
        meant = knowledge.concepts_in(words[:_LONGEST_NAME])
        if "hospice" in meant and "not-in-hospice" not in meant:
            return Evidence(resource=name_of("Encounter", encounter.id), date=encounter.date, reported=words)
    return None
