"""What an Observation is, before what it says: void, pending, valid, or an implication of another one."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum

from fhir_mapping.concepts import code_concepts, concepts_of, meanings_of
from fhir_mapping.datatypes import CodeableConcept
from fhir_mapping.lexicon import ROS1_CONCEPTS
from fhir_mapping.references import target_of
from fhir_mapping.resources.observation import Observation
from knowledge.lookup import Knowledge

OBSERVATION_STATUS = "http://hl7.org/fhir/observation-status"


class Standing(StrEnum):
    """Whether an Observation counts."""

    VALID = "observation-valid"
    PENDING = "observation-pending"
    VOID = "observation-void"
    NOT_STATED = "not-stated"


_STANDINGS = (Standing.VALID, Standing.PENDING, Standing.VOID)


def standing_of(observation: Observation, knowledge: Knowledge) -> Standing:
    """Return whether the Observation counts, by its status."""
    meant = code_concepts(OBSERVATION_STATUS, observation.status, knowledge)
    return next((standing for standing in _STANDINGS if standing in meant), Standing.NOT_STATED)


def is_implication(observation: Observation, knowledge: Knowledge) -> bool:
    """Return True for what a variant implies for therapy or diagnosis: it is no evidence that the variant is there."""
    code = observation.code or CodeableConcept()
    named = (each.code.replace("-", " ") for each in code.coding if each.code)
    meant = meanings_of(code, knowledge).union(*map(knowledge.concepts_in, named))
    if "implication" in meant:
        return True
    parts = (concepts_of(each.code, knowledge) for each in observation.component)
    return not meant & {"genomic-variant", *ROS1_CONCEPTS} and any("implication" in each for each in parts)


def is_about(observation: Observation, ids: AbstractSet[str]) -> bool:
    """Return True if its focus is one of the Conditions of these ids."""
    targets = (target_of(each.reference) for each in observation.focus)
    return any(target and target.id in ids and target.type in (None, "Condition") for target in targets)
