"""What one value says of ROS1: from codes, words, true or false, and the interpretation beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fhir_mapping.concepts import concepts_of, texts_of, words_of
from fhir_mapping.datatypes import CodeableConcept, Coding
from fhir_mapping.facts import Ros1Finding
from fhir_mapping.lexicon import Lexicon
from fhir_mapping.resources.observation import Valued, reported_value, value_words
from fhir_mapping.ros1.clauses import Naming
from fhir_mapping.ros1.text import Reading, read


class Note(StrEnum):
    """Why a result is not what it seems; the words for it stand in the wording, as ``note.<value>``."""

    CONTRADICTION = "contradiction"
    NOT_UNDERSTOOD = "not-understood"
    NO_VALUE = "no-value"
    NOT_TESTED = "not-tested"
    OTHER_CHANGE = "other-change"
    TYPE_NOT_STATED = "type-not-stated"
    SEVERAL_GENES = "several-genes"
    GERMLINE = "germline"
    SIGNIFICANCE_OPEN = "significance-open"
    HEARSAY = "hearsay"
    BLOOD_NEGATIVE = "blood-negative"
    NAMED_IN_DIAGNOSIS = "named-in-diagnosis"
    STATUS_NOT_STATED = "status-not-stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one value says; ``words`` are those that decided, ``code`` names the test if a component has its own."""

    finding: Ros1Finding | None
    reported: str | None = None
    note: str | None = None
    partner: str | None = None
    other_change: bool = False
    words: tuple[str, ...] = ()
    method: str | None = None  # where one text gives a result for each of several
    code: CodeableConcept | None = None


_FINDINGS = {
    "result-positive": Ros1Finding.POSITIVE,
    "result-negative": Ros1Finding.NEGATIVE,
    "result-pending": Ros1Finding.PENDING,
    "result-indeterminate": Ros1Finding.INDETERMINATE,
    "result-not-tested": Ros1Finding.INDETERMINATE,
}
_DECIDED = {Ros1Finding.POSITIVE, Ros1Finding.NEGATIVE}


def statement_of(holder: Valued, lexicon: Lexicon, *, naming: Naming) -> Statement:
    """Return what the value of a ROS1 test says; sources that disagree make it indeterminate."""
    readings = [read(text, lexicon, implied=True, naming=naming) for text in value_words(holder)]
    meant = [settled(each) for each in readings]
    codes = concepts_of(holder.value_codeable_concept, lexicon.knowledge)
    sources = [
        *(finding for id_, finding in _FINDINGS.items() if id_ in codes),
        *(each.finding for each in meant if each.finding),
        *_local(holder.value_codeable_concept, lexicon),
        *_boolean(holder),
        *_interpreted(holder.interpretation, lexicon),
    ]
    other_change = any(each.other_change for each in meant)
    contradicted = len(set(sources)) > 1 or any(each.note is Note.CONTRADICTION for each in meant)
    finding = Ros1Finding.INDETERMINATE if contradicted else next(iter(sources), None)
    return Statement(
        finding=finding,
        reported=reported_value(holder) or reported_interpretation(holder),
        note=Note.CONTRADICTION if contradicted else Note.NOT_TESTED if "result-not-tested" in codes else None,
        partner=next((each.partner for each in meant if each.partner), None),
        other_change=other_change,
        words=tuple(word for each in meant for word in each.words),
    )


def settled(readings: Sequence[Reading]) -> Statement:
    """Return what the clauses of one text say together: what is decided outweighs what is not."""
    findings = {each.finding for each in readings if each.finding}
    decided = findings & _DECIDED
    partner = next((each.partner for each in readings if each.partner), None)
    other_change = any(each.other_change for each in readings)
    if len(decided) > 1:
        words = tuple(each.words for each in readings)
        return Statement(finding=Ros1Finding.INDETERMINATE, note=Note.CONTRADICTION, partner=partner, words=words)
    finding = next(iter(decided), None) or _undecided(findings)
    words = tuple(each.words for each in readings if each.finding is finding)
    return Statement(finding=finding, partner=partner, other_change=other_change and finding is None, words=words)


def reported_interpretation(holder: Valued) -> str | None:
    """Return the interpretation as the record words it."""
    words = [text for each in holder.interpretation for text in texts_of(each)]
    codes = [coding.code for each in holder.interpretation for coding in each.coding if coding.code]
    return "; ".join(dict.fromkeys(words or codes)) or None


def labelled(holder: Valued, value: str | None) -> str | None:
    """Return a value under the words of its code."""
    label = words_of(CodeableConcept(text=(holder.code or CodeableConcept()).text, coding=_displayed(holder.code)))
    return ": ".join(part for part in (label, value) if part) or None


def _displayed(code: CodeableConcept | None) -> tuple[Coding, ...]:
    return tuple(each for each in (code.coding if code else ()) if each.display)


def _undecided(findings: Iterable[Ros1Finding]) -> Ros1Finding | None:
    order = (Ros1Finding.PENDING, Ros1Finding.INDETERMINATE)
    return next((each for each in order if each in set(findings)), None)


def _local(concept: CodeableConcept | None, lexicon: Lexicon) -> tuple[Ros1Finding, ...]:
    """Return what the codes of systems unknown to us say, if they are words of a result and come without any words."""
    if concept is None or texts_of(concept):
        return ()
    codes = (each.code for each in concept.coding if each.code and not lexicon.knowledge.system(each.system))
    words = (code.replace("_", " ") for code in codes)
    said = (settled(read(each, lexicon, implied=True, naming=Naming.NOTHING)).finding for each in words)
    return tuple(finding for finding in said if finding)


def _boolean(holder: Valued) -> tuple[Ros1Finding, ...]:
    if holder.value_boolean is None:
        return ()
    return (Ros1Finding.POSITIVE if holder.value_boolean else Ros1Finding.NEGATIVE,)


def _interpreted(concepts: Iterable[CodeableConcept], lexicon: Lexicon) -> tuple[Ros1Finding, ...]:
    """Return what interpretations say; "abnormal" and "normal" say nothing of presence."""
    found: list[Ros1Finding] = []
    for concept in concepts:
        codes = concepts_of(concept, lexicon.knowledge)
        found += [finding for id_, finding in _FINDINGS.items() if id_ in codes]
        found += _local(concept, lexicon)
        for text in texts_of(concept):
            finding = settled(read(text, lexicon, implied=True, naming=Naming.NOTHING)).finding
            found += [finding] if finding else []
    return tuple(found)
