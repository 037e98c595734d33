"""Where the record says that the cancer got worse: Observations of the disease's course, and diagnoses in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fhir_mapping.affirmed import says
from fhir_mapping.concepts import concepts_of
from fhir_mapping.dates import newest_first
from fhir_mapping.diagnosis import Diagnosed
from fhir_mapping.facts import Evidence, Progression
from fhir_mapping.observations import Standing, standing_of
from fhir_mapping.references import name_of
from fhir_mapping.resources.observation import Observation, value_words
from knowledge.lookup import Knowledge

_PROGRESSION = "disease-progression"


def progressions_of(
    observations: Iterable[Observation], diagnosed: Sequence[Diagnosed], knowledge: Knowledge
) -> tuple[Progression, ...]:
    """Return the progressions on record, newest first."""
    found = (*_observed(observations, knowledge), *_diagnosed(diagnosed, knowledge))
    return newest_first(found, lambda each: each.evidence.date)


def _observed(observations: Iterable[Observation], knowledge: Knowledge) -> Iterator[Progression]:
    """Yield the valid observations that state a progression, by code, else in words without denial or doubt."""
    for each in observations:
        coded = concepts_of(each.value_codeable_concept, knowledge)
        words = value_words(each)
        stated = _PROGRESSION in coded or (
            not coded and says(words, _PROGRESSION, knowledge, but_not="not-progression")
        )
        if stated and standing_of(each, knowledge) in (Standing.VALID, Standing.NOT_STATED):
            resource = name_of("Observation", each.id)
            evidence = Evidence(resource=resource, date=each.date, reported="; ".join(words) or None)
            yield _progression(evidence, (*words, *each.notes), knowledge)


def _diagnosed(diagnosed: Iterable[Diagnosed], knowledge: Knowledge) -> Iterator[Progression]:
    for each in diagnosed:
        if each.disease.progression:
            yield _progression(each.evidence, (each.disease.progression,), knowledge)


def _progression(evidence: Evidence, words: Iterable[str], knowledge: Knowledge) -> Progression:
    return Progression(evidence=evidence, limited=says(words, "limited-progression", knowledge))
