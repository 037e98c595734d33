"""By which method and on which specimen a ROS1 result was made: as it says itself, else as what lists it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fhir_mapping.concepts import concepts_of, distinct, is_short, texts_of, words_of
from fhir_mapping.datatypes import CodeableConcept, Reference
from fhir_mapping.decoding import decode
from fhir_mapping.facts import Ros1Finding, Specimen
from fhir_mapping.headings import tells
from fhir_mapping.lexicon import ROS1_CONCEPTS, Lexicon
from fhir_mapping.references import target_of
from fhir_mapping.reports import Listing
from fhir_mapping.resources.observation import Observation, value_words
from fhir_mapping.resources.specimen import Specimen as SpecimenResource
from fhir_mapping.ros1.kinds import KINDS, kind_in
from fhir_mapping.ros1.statement import Statement
from knowledge.model import Method

Specimens = Mapping[str, tuple[str, ...]]  # words by id


class Listed(NamedTuple):
    """What the reports and panels that list a result say of it: how they are named, and what was tested."""

    names: tuple[CodeableConcept, ...] = ()
    specimens: tuple[tuple[str, ...], ...] = ()  # the words of each


class Tested(NamedTuple):
    """The words of the specimen that a result names itself, and what lists the result."""

    words: tuple[str, ...] = ()
    listed: Listed = Listed()


_SCORE = re.compile(r"(?<![0-9A-Za-z])(?:[0-3]\+|H-score)(?![0-9A-Za-z])", re.IGNORECASE)  # how stained slides are read
_PARTS = re.compile(r"[,;()]")
_STAINED = "ihc"
_LONGEST_READ = 1000  # characters of a text in which a method or a specimen is looked for


def method_of(observation: Observation, said: Statement, tested: Tested, lexicon: Lexicon) -> Method | None:
    """Return the method of a result, from the most specific place that names one.

    If one place names a screening and a confirming method, the positive may be the screening one: that one counts.
    A site may give its test codes a method: they count like the codes of methods.
    """
    if said.method:
        return lexicon.knowledge.methods[said.method]
    code = texts_of(said.code)
    coded = next((m for c in (observation.method, said.code, observation.code) if (m := _coded(c, lexicon))), None)
    if screened := _screening(said.words, lexicon):
        return screened
    own = (texts_of(observation.method), _parts("method-heading", observation, lexicon), texts_of(observation.code))
    for texts in (code, None, *own, said.words):
        found = coded if texts is None else _weakest(texts, lexicon)
        if found:
            return found
    if any(_SCORE.search(text[:_LONGEST_READ]) for text in (*said.words, said.reported or "", *observation.notes)):
        return lexicon.knowledge.methods.get(_STAINED)
    if _is_among_stains(observation, said, lexicon):
        return lexicon.knowledge.methods.get(_STAINED)
    screening = (
        each
        for note in observation.notes
        for each in lexicon.knowledge.methods_in(note[:_LONGEST_READ])
        if not each.confirms
    )
    return next(screening, None) or _method_listed(tested.listed, lexicon)


def _is_among_stains(observation: Observation, said: Statement, lexicon: Lexicon) -> bool:
    """Return True for the ROS1 of "TTF-1 positive; ROS1 positive", but not for a rearrangement beside a stain."""
    knowledge = lexicon.knowledge
    if any("fusion-structure" in knowledge.concepts_in(text[:_LONGEST_READ]) for text in said.words):
        return False
    return any("immunostain-marker" in knowledge.concepts_in(text[:_LONGEST_READ]) for text in value_words(observation))


def specimen_of(
    observation: Observation, said: Statement, method: Method | None, tested: Tested, lexicon: Lexicon
) -> tuple[Specimen | None, str | None]:
    """Return what was tested and the record's words for it."""
    words = distinct((*tested.words, *_parts("specimen-heading", observation, lexicon)))
    if any(kind_in(text, lexicon, both=None) is Specimen.BLOOD for text in said.words):
        fitting = (each for each in words if kind_in(each, lexicon, both=None) is not Specimen.TISSUE)
        return Specimen.BLOOD, next(fitting, None)
    for text in words:
        if kind := kind_in(text, lexicon, both=Specimen.BLOOD):
            return kind, text
    listed = tested.listed.specimens
    shown = words[0] if words else listed[0][0] if len(listed) == 1 else None
    if method and method.specimen == Specimen.BLOOD.value:
        return Specimen.BLOOD, shown
    for text in (*texts_of(said.code), *texts_of(observation.code), *said.words):
        if kind := kind_in(text, lexicon, both=None):
            return kind, shown
    if kind := _kind_listed(tested.listed, lexicon):
        return kind, shown
    in_blood = any(kind_in(text, lexicon, both=Specimen.BLOOD) is Specimen.BLOOD for text in observation.notes)
    blood = in_blood and said.finding is Ros1Finding.NEGATIVE
    return Specimen.BLOOD if blood else None, shown


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


def _parts(heading: str, observation: Observation, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the words of the components that tell the method, or the specimen."""
    told = (each for each in observation.component if tells(heading, each.code, lexicon.knowledge))
    return tuple(text for each in told for text in value_words(each))


def _method_listed(listed: Listed, lexicon: Lexicon) -> Method | None:
    """Return the method that a list names; one that only screens if it is the only one, of a list that names ROS1."""
    for name in listed.names:
        texts = texts_of(name)
        if coded := _coded(name, lexicon):
            return coded
        found = [each for text in texts for each in _methods(text, lexicon)]
        ours = any(map(lexicon.ros1.within, texts)) or bool(concepts_of(name, lexicon.knowledge) & ROS1_CONCEPTS)
        confirms = {each.confirms for each in found}
        if confirms == {True} or (ours and confirms == {False}):
            return found[0]
    return None


def _kind_listed(listed: Listed, lexicon: Lexicon) -> Specimen | None:
    """Return what all that list a result say was tested; None if they name blood and tissue: which it was is open."""
    kinds = {kind for each in listed.specimens if (kind := _kind_of(each, lexicon))}
    if not kinds:
        texts = [text for name in listed.names for text in texts_of(name)]
        kinds = {kind for text in texts if (kind := kind_in(text, lexicon, both=None))}
        methods = (each for text in texts for each in _methods(text, lexicon))
        kinds |= {Specimen.BLOOD for each in methods if each.specimen == Specimen.BLOOD.value}
    return next(iter(kinds)) if len(kinds) == 1 else None


def _kind_of(words: tuple[str, ...], lexicon: Lexicon) -> Specimen | None:
    """Return what the words of one specimen say was tested."""
    return next((kind for text in words if (kind := kind_in(text, lexicon, both=Specimen.BLOOD))), None)


def what_was_tested(
    observation: Observation, specimens: Specimens, lexicon: Lexicon, listed: Listed | None = None
) -> Tested:
    """Return what the record calls the specimen: where the result names it, in the specimen itself, by its site."""
    told = _words_at(observation.specimen, observation.contained, specimens, lexicon) if observation.specimen else ()
    words = distinct((*told, *texts_of(observation.body_site))) if observation.body_site else told
    return Tested(words, listed or Listed())


def words_of_specimen(specimen: SpecimenResource, lexicon: Lexicon) -> tuple[str, ...]:
    """Return what a Specimen is called; for a code that we know and that comes without words our own."""
    codings = specimen.type.coding if specimen.type else ()
    known = (each for id_ in sorted(KINDS) for each in lexicon.knowledge.value_sets[id_].codes)
    named = {(each.system, each.code): each.display for each in known} if codings else {}
    displays = (named.get((lexicon.knowledge.system(each.system) or "", each.code or "")) for each in codings)
    return distinct((*specimen.words, *displays))


def listed_by(listings: Iterable[Listing], specimens: Specimens, lexicon: Lexicon) -> Listed:
    """Return what reports and panels say of a result that they list."""
    told = list(listings)
    return Listed(
        names=tuple(dict.fromkeys(_brief(name) for each in told for name in each.names)),
        specimens=tuple(
            words
            for each in told
            for reference in each.specimens
            if (words := _words_at(reference, each.contained, specimens, lexicon))
        ),
    )


def _brief(name: CodeableConcept) -> CodeableConcept:
    """Return a name of ordinary size as it is, of any other the beginning of its words."""
    return name if is_short(name) else CodeableConcept(text=(words_of(name) or "")[:_LONGEST_READ])


def _words_at(
    reference: Reference, contained: Sequence[bytes], specimens: Specimens, lexicon: Lexicon
) -> tuple[str, ...]:
    """Return the words of a reference and of the specimen that it points to."""
    resolved = _contained(contained, reference, lexicon) if contained else ()
    if not resolved and specimens:
        resolved = specimens.get(_id(reference), ())
    return distinct((reference.display, *resolved))


def _id(reference: Reference) -> str:
    target = target_of(reference.reference)
    return target.id if target else ""


def _contained(contained: Sequence[bytes], reference: Reference, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the words of a contained specimen that the reference points to."""
    wanted = (reference.reference or "").removeprefix("#")
    read = (decode(each, SpecimenResource).value for each in contained if wanted)
    return next((words_of_specimen(each, lexicon) for each in read if each and each.id == wanted), ())
