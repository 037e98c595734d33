"""Stages of a cancer by their consequence, from codes or words."""

from __future__ import annotations

import re
from enum import IntEnum

from fhir_mapping.concepts import concepts_of, distinct, texts_of
from fhir_mapping.datatypes import CodeableConcept
from knowledge.lookup import Knowledge


class Stage(IntEnum):
    """A stage by its consequence; the graver is the greater."""

    EARLY = 1
    THREE = 3
    FOUR = 4


_STAGES = {"stage-iv": Stage.FOUR, "m1": Stage.FOUR, "stage-iii": Stage.THREE, "stage-curative": Stage.EARLY}
_CODED_WITH_DISEASE = {
    "nsclc-stage-4": Stage.FOUR,
    "nsclc-stage-3": Stage.THREE,
    "nsclc-stage-2": Stage.EARLY,
    "nsclc-stage-1": Stage.EARLY,
}
_NOT_DISTANT = ("m0", "lymph-node-metastasis", "contralateral-lung-nodule")
_LONGEST_STAGE = 500  # characters of a stage that are read
_N_THEN_M = re.compile(r"(?<=N[0-3X])(?P<part>[abc]?)(?=[cp]?M[01])", re.IGNORECASE)
_SHORT = 5  # characters: "IVA", "4": a stage without the word


def stage_in(concept: CodeableConcept | None, text: str | None, knowledge: Knowledge) -> Stage | None:
    """Return the stage that a value names by code or, if no code is known, in words; two stages are none."""
    codes = concepts_of(concept, knowledge) & _STAGES.keys()
    texts = distinct((*texts_of(concept), text, *((each.code for each in concept.coding) if concept else ())))
    words = (_categories_apart(each[:_LONGEST_STAGE]) if len(each) > _SHORT else f"stage {each}" for each in texts)
    found = codes or frozenset().union(*map(knowledge.concepts_in, words)) & _STAGES.keys()
    stages = {_STAGES[each] for each in found}
    return stages.pop() if len(stages) == 1 else None


def stage_of_code(codes: frozenset[str]) -> Stage | None:
    """Return the stage that the code of a disease holds in itself; the gravest of several."""
    return max((stage for id_, stage in _CODED_WITH_DISEASE.items() if id_ in codes), default=None)


def extent_meanings(words: str, knowledge: Knowledge) -> frozenset[str]:
    """Return what words say of the extent, without what they deny and what is no distant metastasis."""
    words = _categories_apart(words)
    for id_ in _NOT_DISTANT:
        words = knowledge.pattern(id_).sub("|", words)
    return knowledge.concepts_in(words)


def _categories_apart(words: str) -> str:
    """Write M apart from N, so that it is a word: "T4N2M1b" is one for who knows no TNM."""
    return _N_THEN_M.sub(r"\g<part> ", words)
