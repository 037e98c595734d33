"""Observations of smoking to what the record calls it, by its words: never, light, heavy."""

from __future__ import annotations

from collections.abc import Iterable

from fhir_mapping.concepts import texts_of
from fhir_mapping.dates import latest
from fhir_mapping.facts import Smoking
from fhir_mapping.observations import Standing, standing_of
from fhir_mapping.resources.observation import Observation, value_words
from knowledge.lookup import Knowledge

_LONGEST_READ = 500  # characters of a value
_MEANT = {
    "smoking-never": Smoking.NEVER,
    "smoking-light": Smoking.LIGHT,
    "smoking-heavy": Smoking.HEAVY,
}


def smoking_of(observations: Iterable[Observation], knowledge: Knowledge) -> Smoking:
    """Return what the newest valid observations say; nothing if those of one day disagree or say something else."""
    valid = [each for each in observations if standing_of(each, knowledge) in (Standing.VALID, Standing.NOT_STATED)]
    newest = max((latest(each.date) for each in valid), default="")
    said = {_said(each, knowledge) for each in valid if latest(each.date) == newest}
    return said.pop() if len(said) == 1 else Smoking.NOT_STATED


def _said(observation: Observation, knowledge: Knowledge) -> Smoking:
    texts = (*value_words(observation), *(text for each in observation.interpretation for text in texts_of(each)))
    meant = frozenset().union(*(knowledge.concepts_in(text[:_LONGEST_READ]) for text in texts))
    found = [smoking for id_, smoking in _MEANT.items() if id_ in meant]
    denied = "negation" in meant and Smoking.NEVER not in found  # "not a heavy smoker"
    return found[0] if len(found) == 1 and not denied else Smoking.NOT_STATED
