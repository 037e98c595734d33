"""Names of the parts of a test: which of them say no more than what the part is for ("Result", "Method", "Specimen").

A name counts only whole: "Result of the internal control" and "Specimen adequacy" are about something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from msgspec import structs

from fhir_mapping.concepts import concepts_of, meanings_of, texts_of, words_of
from fhir_mapping.datatypes import CodeableConcept
from knowledge.lookup import Knowledge
from knowledge.words import Words, pattern_of

_BESIDE = ("heading-word", "test-name", "fusion-structure", "ros1-test")  # may stand beside the name of any part
_RESULT = ("result-heading", *_BESIDE)
_SCORE = ("pd-l1-score-heading", "pd-l1-score-word", "result-heading", "pd-l1-test", *_BESIDE)
_NOT_OURS = {"other-gene", "not-a-patient-result"}
_LEFT_OVER = re.compile(r"[A-Za-z]{2,}")
_LONGEST_NAME = 200  # characters


def holds_result(code: CodeableConcept | None, knowledge: Knowledge) -> bool:
    """Tell whether a name says no more than that the part holds the result."""
    return _is_heading(code, "result-heading", _RESULT, knowledge)


def holds_score(code: CodeableConcept | None, knowledge: Knowledge) -> bool:
    """Tell whether a name says no more than that the part holds a score of PD-L1, or the result."""
    return holds_result(code, knowledge) or _is_heading(code, "pd-l1-score-heading", _SCORE, knowledge)


def tells(heading: str, code: CodeableConcept | None, knowledge: Knowledge) -> bool:
    """Tell whether a name says no more than that the part tells the method, or the specimen."""
    return _is_heading(code, heading, (heading, *_BESIDE), knowledge)


def under(whole: CodeableConcept | None, part: CodeableConcept | None) -> CodeableConcept:
    """Return the name of a part under that of the whole, with the codes of the whole: what the result is about."""
    codes = whole.coding if whole else ()
    text = ": ".join(filter(None, (words_of(whole), words_of(part))))
    return CodeableConcept(text=text or None, coding=tuple(structs.replace(each, display=None) for each in codes))


def _is_heading(code: CodeableConcept | None, needed: str, allowed: tuple[str, ...], knowledge: Knowledge) -> bool:
    if code is None or needed not in knowledge.value_sets:
        return False
    if needed in concepts_of(code, knowledge):
        return True
    means = meanings_of(code, knowledge)
    return not means & _NOT_OURS and any(
        _says_only(text[:_LONGEST_NAME], needed, allowed, knowledge) for text in _names(code)
    )


def _names(code: CodeableConcept) -> Iterable[str]:
    """Return the words of a name; a code that is a word is one if there are no others."""
    return texts_of(code) or tuple(re.sub(r"[_-]", " ", each.code) for each in code.coding if each.code)


def _says_only(text: str, needed: str, allowed: tuple[str, ...], knowledge: Knowledge) -> bool:
    if not knowledge.pattern(needed).search(text):
        return False
    rest = _methods(knowledge).sub(" ", text)
    for each in allowed:
        rest = knowledge.pattern(each).sub(" ", rest)
    return _LEFT_OVER.search(rest) is None


@lru_cache(maxsize=4)
def _methods(knowledge: Knowledge) -> re.Pattern[str]:
    """Return the pattern of all methods: "FISH result" is a result."""
    return pattern_of(Words(tuple(text for each in knowledge.methods.values() for text in each.texts)))
