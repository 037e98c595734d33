"""Which cancer a concept names, by its codes or, if they say nothing, by its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from fhir_mapping.concepts import concepts_of, is_short, texts_of
from fhir_mapping.datatypes import CodeableConcept
from knowledge.lookup import Knowledge


class Cancer(StrEnum):
    """The kinds of cancer that make a difference here."""

    NSCLC = "nsclc"
    SMALL_CELL = "small-cell"
    LUNG = "lung"  # without histology
    METASTASIS = "metastasis"  # says nothing of the primary
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Named:
    """What a concept names."""

    cancer: Cancer | None = None
    squamous: bool = False

    @property
    def is_lung(self) -> bool:
        """True for a primary cancer of the lung."""
        return self.cancer in (Cancer.NSCLC, Cancer.SMALL_CELL, Cancer.LUNG)


NSCLC_STAGES = ("nsclc-stage-1", "nsclc-stage-2", "nsclc-stage-3", "nsclc-stage-4")

_NSCLC = ("nsclc", "nsclc-squamous", *NSCLC_STAGES)
_SMALL_CELL = ("lung-cancer-small-cell", "transformation-to-small-cell")
_METASTASES = ("cns-metastasis", "contralateral-lung-nodule", "lymph-node-metastasis", "metastasis")
_SQUAMOUS = "nsclc-squamous"
_SQUAMOUS_WORDS = "squamous-histology"
_ADENOCARCINOMA = "adenocarcinoma-morphology"
_NON = re.compile(r"non[\s\-\u2010-\u2015]*\Z", re.IGNORECASE)
_SENTENCES = re.compile(r"[;.\n\r]")
_BETWEEN = r"\s+(?:\w+\s+){0,2}"  # at most two words between a denial and what it denies
_DENIED_SPREAD = ("cns-metastasis", "metastasis", "extent-metastatic")
_BESIDE = " \t:()[]-"  # what may stand between a histology and the word that denies it
_DOUBTED = re.compile(r"\s*\?")
_DOUBTED_BEFORE = re.compile(r"\?\s*\Z")
_LONGEST_NAME = 500  # characters of a name that are read


def cancer_in(concept: CodeableConcept | None, knowledge: Knowledge) -> Named:
    """Return the cancer that a concept names; words decide only if no code does."""
    if concept is None:
        return Named()
    return (_remembered if is_short(concept) else _cancer)(concept, knowledge)


def _cancer(concept: CodeableConcept, knowledge: Knowledge) -> Named:
    coded = _by_code(concepts_of(concept, knowledge))
    if coded.cancer is Cancer.LUNG:
        return _with_histology(texts_of(concept), knowledge)
    if coded.cancer:
        squamous = coded.squamous or any(_affirmed(text, _SQUAMOUS, knowledge) for text in texts_of(concept))
        return Named(coded.cancer, squamous and coded.cancer is not Cancer.OTHER)
    named = (_by_words(text[:_LONGEST_NAME], knowledge) for text in texts_of(concept))
    return next((each for each in named if each.cancer), Named())


_remembered = lru_cache(maxsize=4096)(_cancer)


def histology_in(concept: CodeableConcept | None, knowledge: Knowledge) -> Named:
    """Return the lung cancer that a histology makes; one of unknown kind if it tells nothing."""
    codes = concepts_of(concept, knowledge)
    coded = _by_code(codes)
    if coded.cancer in (Cancer.SMALL_CELL, Cancer.NSCLC):
        return coded
    if _ADENOCARCINOMA in codes:
        return Named(Cancer.NSCLC)
    return _with_histology(texts_of(concept), knowledge)


def names_disease_now(text: str, knowledge: Knowledge) -> bool:
    """Return False if a text names a disease as suspected, past, feared or in the family."""
    return "not-a-diagnosis" not in knowledge.concepts_in(without_asides(text, knowledge))


def without_asides(text: str, knowledge: Knowledge) -> str:
    """Return a text without what it tells beside a disease: the past, circumstances, metastases that are denied."""
    return _denied_spread(knowledge).sub(" ", _asides(knowledge).sub(" ", text))


@lru_cache(maxsize=4)
def _denied_spread(knowledge: Knowledge) -> re.Pattern[str]:
    spread = "|".join(knowledge.pattern(id_).pattern for id_ in _DENIED_SPREAD)
    between = rf"(?:-|\s+(?:{knowledge.pattern('spread-qualifier').pattern}\s+){{0,2}})"
    return re.compile(rf"{knowledge.pattern('negation').pattern}{between}(?:{spread})")


@lru_cache(maxsize=4)
def _asides(knowledge: Knowledge) -> re.Pattern[str]:
    aside = rf"{knowledge.pattern('told-aside').pattern}\s+\w[^,;.]*"
    return re.compile(rf"[,;.]\s*{aside}|\A\s*{aside}(?=[;.])")


def _by_code(codes: frozenset[str]) -> Named:
    if codes & set(_SMALL_CELL):
        return Named(Cancer.SMALL_CELL)
    if codes & set(_NSCLC):
        return Named(Cancer.NSCLC, _SQUAMOUS in codes)
    if "lung-cancer-unspecified" in codes:
        return Named(Cancer.LUNG)
    if codes & set(_METASTASES):
        return Named(Cancer.METASTASIS)
    return Named(Cancer.OTHER if "other-cancer" in codes and "cancer-site-unspecified" not in codes else None)


def _with_histology(texts: Iterable[str], knowledge: Knowledge) -> Named:
    """Return the lung cancer whose code says nothing of its histology: ICD-10 leaves that to the words beside it."""
    found = [each for text in texts for each in _histologies(text[:_LONGEST_NAME], knowledge)]
    return next((each for each in found if each.cancer is Cancer.SMALL_CELL), next(iter(found), Named(Cancer.LUNG)))


def _histologies(text: str, knowledge: Knowledge) -> Iterator[Named]:
    text = without_asides(text, knowledge)
    named = _by_words(text, knowledge)
    if named.cancer in (None, Cancer.LUNG) and "not-a-diagnosis" not in knowledge.concepts_in(text):
        sentences = (each for each in _SENTENCES.split(text) if not knowledge.pattern("other-cancer").search(each))
        kinds = (_kind_of_lung(_without(each, _METASTASES, knowledge), knowledge) for each in sentences)
        yield from (each for each in kinds if each.cancer is not Cancer.LUNG)
    elif named.cancer in (Cancer.SMALL_CELL, Cancer.NSCLC):
        yield named


def _by_words(text: str, knowledge: Knowledge) -> Named:
    """Read a name; "non-small cell" is no small cell, "secondary neoplasm of lung" no lung cancer."""
    text = without_asides(text, knowledge)
    if "not-a-diagnosis" in knowledge.concepts_in(text):
        return Named()
    without_nsclc = _without(text, _NSCLC, knowledge)
    if small_cell := _small_cell(without_nsclc, _SMALL_CELL, knowledge):
        return small_cell
    if without_nsclc != text:
        return Named(Cancer.NSCLC, _affirmed(text, _SQUAMOUS, knowledge))
    without_metastases = _without(text, _METASTASES, knowledge)
    found = next(filter(None, (_carcinoma_of_lung(each, knowledge) for each in _SENTENCES.split(text))), None)
    if found or knowledge.pattern("lung-cancer-unspecified").search(without_metastases):
        return found or Named(Cancer.LUNG)
    if knowledge.pattern("other-cancer").search(text):
        return Named(Cancer.OTHER)
    return Named(Cancer.METASTASIS if without_metastases != text else None)


def _carcinoma_of_lung(sentence: str, knowledge: Knowledge) -> Named | None:
    """Return the lung cancer of a sentence that names the lung as the site and a malignancy, in any order."""
    if knowledge.pattern("other-cancer").search(sentence):
        return None
    primary = _without(sentence, ("not-lung-primary", *_METASTASES), knowledge)
    if primary != sentence and (elsewhere := knowledge.pattern("spread-elsewhere").search(primary)):
        primary = primary[: elsewhere.start()]
    if not knowledge.pattern("lung-site").search(primary) or not _affirmed(primary, "malignancy", knowledge):
        return None
    return _kind_of_lung(primary, knowledge)


def _kind_of_lung(words: str, knowledge: Knowledge) -> Named:
    """Return the lung cancer that words tell the histology of."""
    if small_cell := _small_cell(words, ("small-cell-histology",), knowledge):
        return small_cell
    kind = Cancer.NSCLC if _tells_non_small_cell(words, knowledge) else Cancer.LUNG
    return Named(kind, kind is Cancer.NSCLC and _affirmed(words, _SQUAMOUS_WORDS, knowledge))


def _tells_non_small_cell(words: str, knowledge: Knowledge) -> bool:
    """Return True if words name a histology of the others and do not deny it; "non-squamous" is one of them."""
    return any(
        _NON.search(words[: hit.start()]) or not _is_denied(words, hit, knowledge)
        for hit in knowledge.pattern("nsclc-histology").finditer(words[:_LONGEST_NAME])
    )


def _small_cell(text: str, concepts: Iterable[str], knowledge: Knowledge) -> Named | None:
    """Return a small cell cancer that words affirm; a lung cancer of open histology if they only consider it."""
    text = text[:_LONGEST_NAME]
    hits = (hit for id_ in concepts for hit in knowledge.pattern(id_).finditer(text))
    told = [hit for hit in hits if not _is_denied(text, hit, knowledge)]
    if not told:
        return None
    return Named(Cancer.LUNG if all(_is_open(text, hit, knowledge) for hit in told) else Cancer.SMALL_CELL)


def _is_denied(text: str, hit: re.Match[str], knowledge: Knowledge) -> bool:
    """Return True for "not SCLC", "non-small cell" and "small cell: negative"."""
    before, after = text[: hit.start()], text[hit.end() :].lstrip(_BESIDE)
    denied = _NON.search(before) or _denials(knowledge).search(before)
    return bool(denied or knowledge.pattern("histology-denied").match(after))


def _is_open(text: str, hit: re.Match[str], knowledge: Knowledge) -> bool:
    """Return True for "SCLC?" and for one of two histologies in a sentence: "small cell vs adenocarcinoma"."""
    if _DOUBTED.match(text, hit.end()) or _DOUBTED_BEFORE.search(text[: hit.start()]):
        return True
    before, after = _SENTENCES.split(text[: hit.start()])[-1], _SENTENCES.split(text[hit.end() :])[0]
    other = any("|" in each or knowledge.pattern("nsclc-histology").search(each) for each in (before, after))
    return other and any(knowledge.pattern("histology-open").search(each) for each in (before, after))


def _without(text: str, concepts: tuple[str, ...], knowledge: Knowledge) -> str:
    for id_ in concepts:
        text = knowledge.pattern(id_).sub("|", text)
    return text


def _affirmed(text: str, concept: str, knowledge: Knowledge) -> bool:
    """Return True if a text names a concept and neither "non-" nor a denial stands before it."""
    before = (text[: each.start()] for each in knowledge.pattern(concept).finditer(text[:_LONGEST_NAME]))
    return any(not _NON.search(each) and not _denials(knowledge).search(each) for each in before)


@lru_cache(maxsize=4)
def _denials(knowledge: Knowledge) -> re.Pattern[str]:
    return re.compile(rf"{knowledge.pattern('negation').pattern}{_BETWEEN}\Z")
