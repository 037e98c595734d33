"""By which method and on which specimen a ROS1 result was made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from fhir_mapping.concepts import distinct, texts_of
from fhir_mapping.datatypes import CodeableConcept, Reference
from fhir_mapping.decoding import decode
from fhir_mapping.facts import Ros1Finding, Specimen
from fhir_mapping.lexicon import Lexicon
from fhir_mapping.references import target_of
from fhir_mapping.resources.observation import Observation
from fhir_mapping.resources.specimen import Specimen as SpecimenResource
from fhir_mapping.ros1.statement import Statement
from knowledge.model import Method

Specimens = Mapping[str, tuple[str, ...]]  # words by id

_SCORE = re.compile(r"(?<![0-9A-Za-z])(?:[0-3]\+|H-score)(?![0-9A-Za-z])", re.IGNORECASE)  # how stained slides are read
_PARTS = re.compile(r"[,;()]")
_STAINED = "ihc"
_LONGEST_READ = 1000  # characters of a text in which a method or a specimen is looked for


def method_of(observation: Observation, said: Statement, lexicon: Lexicon) -> Method | None:
    """Return the method of a result, from the most specific place that names one.

    If one place names a screening and a confirming method, the positive may be the screening one: that one counts.
    A site may give its test codes a method: they count like the codes of methods.
    """
    code = texts_of(said.code)
    coded = next((m for c in (observation.method, said.code, observation.code) if (m := _coded(c, lexicon))), None)
    if screened := _screening(said.words, lexicon):
        return screened
    for texts in (code, None, texts_of(observation.method), texts_of(observation.code), said.words):
        found = coded if texts is None else _weakest(texts, lexicon)
        if found:
            return found
    if any(_SCORE.search(text[:_LONGEST_READ]) for text in (*said.words, said.reported or "", *observation.notes)):
        return lexicon.knowledge.methods.get(_STAINED)
    screening = (
        each
        for note in observation.notes
        for each in lexicon.knowledge.methods_in(note[:_LONGEST_READ])
        if not each.confirms
    )
    return next(screening, None)


def specimen_of(
    observation: Observation, said: Statement, method: Method | None, words: tuple[str, ...], lexicon: Lexicon
) -> tuple[Specimen | None, str | None]:
    """Return what was tested and the record's words for it; ``words`` are those of the specimen."""
    for text in words:
        if kind := _kind(text, lexicon, both=Specimen.BLOOD):
            return kind, text
    if method and method.specimen == Specimen.BLOOD.value:
        return Specimen.BLOOD, words[0] if words else None
    for text in (*texts_of(said.code), *texts_of(observation.code), *said.words):
        if kind := _kind(text, lexicon, both=None):
            return kind, words[0] if words else None
    in_blood = any(_kind(text, lexicon, both=Specimen.BLOOD) is Specimen.BLOOD for text in observation.notes)
    blood = in_blood and said.finding is Ros1Finding.NEGATIVE
    return Specimen.BLOOD if blood else None, words[0] if words else None


def _coded(concept: CodeableConcept | None, lexicon: Lexicon) -> Method | None:
    codings = concept.coding if concept else ()
    return next((m for c in codings if (m := lexicon.knowledge.method_by_code(c.system, c.code))), None)


def _weakest(texts: Iterable[str], lexicon: Lexicon) -> Method | None:
    for text in texts:
        if methods := _methods(text, lexicon):
            return next((each for each in reversed(methods) if not each.confirms), methods[0])
    return None


def _screening(texts: Iterable[str], lexicon: Lexicon) -> Method | None:
    """Return the screening method if the deciding words name it and no other: whatever is coded beside them."""
    named = [each for text in texts for each in _methods(text, lexicon)]
    return None if any(each.confirms for each in named) else next(iter(named), None)


def _methods(text: str, lexicon: Lexicon) -> tuple[Method, ...]:
    """Return the methods that a text names, best first, without one that it says was not used."""
    text, knowledge = text[:_LONGEST_READ], lexicon.knowledge
    used = (part for part in _PARTS.split(text) if "result-not-tested" not in knowledge.concepts_in(part))
    return knowledge.methods_in(", ".join(used)) or knowledge.methods_in(text)


def _kind(text: str, lexicon: Lexicon, *, both: Specimen | None) -> Specimen | None:
    """Return what a text says was tested; ``both``: what it means if it names blood and tissue."""
    meant = lexicon.knowledge.concepts_in(text[:_LONGEST_READ]) & {"blood-specimen", "tissue-specimen"}
    if len(meant) > 1:
        return both
    return {"blood-specimen": Specimen.BLOOD, "tissue-specimen": Specimen.TISSUE}.get(next(iter(meant), ""))


def specimen_words(observation: Observation, specimens: Specimens) -> tuple[str, ...]:
    """Return what the record calls the specimen: where the result names it, in the specimen itself, by its site."""
    reference = observation.specimen or Reference()
    resolved = _contained(observation.contained, reference) if observation.contained else ()
    if not resolved and specimens:
        resolved = specimens.get(_id(reference), ())
    return distinct((reference.display, *resolved, *texts_of(observation.body_site)))


def _id(reference: Reference) -> str:
    target = target_of(reference.reference)
    return target.id if target else ""


def _contained(contained: Sequence[bytes], reference: Reference) -> tuple[str, ...]:
    """Return the words of a contained specimen that the reference points to."""
    wanted = (reference.reference or "").removeprefix("#")
    read = (decode(each, SpecimenResource).value for each in contained if wanted)
    return next((each.words for each in read if each and each.id == wanted), ())
