"""What a CodeableConcept means: the value sets that hold its codes, and its words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from fhir_mapping.datatypes import CodeableConcept
from knowledge.lookup import Knowledge

_REMEMBERED = 4096  # concepts whose meaning is kept: the same few come again and again
_LONGEST_CODE = 64  # characters of a status
_MOST_CODINGS = 6
_LONGEST_TEXT = 300  # characters of a concept that is remembered
_LONGEST_NAME = 2000  # characters of a text that are read to see what a concept means


def concepts_of(concept: CodeableConcept | None, knowledge: Knowledge) -> frozenset[str]:
    """Return the ids of the value sets that hold any code of the concept."""
    if concept is None:
        return frozenset()
    return _remembered_codes(concept, knowledge) if is_short(concept) else _codes(concept, knowledge)


def code_concepts(system: str, code: str | None, knowledge: Knowledge) -> frozenset[str]:
    """Return the ids of the value sets that hold a code of a system that we name."""
    if not code:
        return frozenset()
    return _remembered_code(system, code, knowledge) if len(code) <= _LONGEST_CODE else frozenset()


def texts_of(concept: CodeableConcept | None) -> tuple[str, ...]:
    """Return the distinct words of the concept: its text, then the displays."""
    if concept is None:
        return ()
    return distinct([concept.text, *[each.display for each in concept.coding]])


def words_of(concept: CodeableConcept | None) -> str | None:
    """Return how the record words the concept: its text, else a display, else a code."""
    if concept is None:
        return None
    if concept.text and (text := concept.text.strip()):
        return text
    return next(iter(texts_of(concept) or distinct(each.code for each in concept.coding)), None)


def meanings_of(concept: CodeableConcept | None, knowledge: Knowledge) -> frozenset[str]:
    """Return the ids of the value sets that the concept belongs to, by its codes and by its words."""
    if concept is None:
        return frozenset()
    return _remembered_meanings(concept, knowledge) if is_short(concept) else _meanings(concept, knowledge)


def _codes(concept: CodeableConcept, knowledge: Knowledge) -> frozenset[str]:
    return frozenset().union(*(knowledge.concepts(each.system, each.code) for each in concept.coding))


def _meanings(concept: CodeableConcept, knowledge: Knowledge) -> frozenset[str]:
    texts = (text[:_LONGEST_NAME] for text in texts_of(concept))
    return _codes(concept, knowledge).union(*map(knowledge.concepts_in, texts))


def _code(system: str, code: str, knowledge: Knowledge) -> frozenset[str]:
    return knowledge.concepts(system, code)


_remembered_code = lru_cache(_REMEMBERED)(_code)
_remembered_codes = lru_cache(_REMEMBERED)(_codes)
_remembered_meanings = lru_cache(_REMEMBERED)(_meanings)


def is_short(concept: CodeableConcept) -> bool:
    """Return True if a concept is of ordinary size, so that remembering it costs little."""
    if len(concept.coding) > _MOST_CODINGS or len(concept.text or "") > _LONGEST_TEXT:
        return False
    for each in concept.coding:
        if len(each.system or "") + len(each.code or "") + len(each.display or "") > _LONGEST_TEXT:
            return False
    return True


def distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    """Return the texts that say something, each once, in order, without outer blanks."""
    return tuple(dict.fromkeys(filter(None, [text.strip() for text in texts if text])))
