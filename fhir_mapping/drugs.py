"""Which of our drugs a medication is: by any of its codes, or by its words if no code is known."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from fhir_mapping.concepts import is_short, texts_of, words_of
from fhir_mapping.datatypes import CodeableConcept, Medicated
from fhir_mapping.facts import Recognition
from fhir_mapping.mixtures import NO_REFERENCE, Medications, Mixture
from knowledge.lookup import DrugMatch, Knowledge

__all__ = [
    "Medications",
    "Ordered",
    "Told",
    "drugs_given",
    "drugs_ordered",
    "ordered_by",
    "told_of",
    "without_known_parts",
]

_LONGEST_NAME = 1000  # characters of a drug's words that are read


class Ordered(Struct, frozen=True, gc=False):
    """What a resource names as its drug; ``unresolved`` are references that lead nowhere and have no words."""

    concepts: tuple[CodeableConcept, ...] = ()
    unresolved: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    in_part: bool = False  # something is unresolved, but not all of it
    names: tuple[CodeableConcept, ...] = ()  # of those concepts the ones that name the whole, not an ingredient

    @property
    def display(self) -> str | None:
        """The drug in the record's words."""
        texts = (text for concept in self.concepts for text in texts_of(concept))
        codes = (coding.code for concept in self.concepts for coding in concept.coding if coding.code)
        return next(chain(texts, codes), None)


class Told(StrEnum):
    """How much is told of a drug that is none of ours."""

    NAMED = "named"  # it has words, or a code of which it is known that it is of no drug that we ask for
    CODED = "coded"  # only a code that no table here holds, of a system that is known
    FOREIGN = "foreign"  # only a code of a system that is not known, or nothing


def ordered_by(request: Medicated, medications: Medications) -> Ordered:
    """Return the drug that a resource names: as a concept, by the Medication that it refers to, by the words beside."""
    named = request.medication_codeable_concept
    own = (named,) if named and words_of(named) else ()
    reference = request.medication_reference
    if reference is None:
        return Ordered(own)
    mixture = Mixture(request, medications)
    found = mixture.follow(reference)
    shown = (CodeableConcept(text=reference.display),) if reference.display else ()
    coded = any(coding.code for concept in own for coding in concept.coding)
    nowhere = () if found or shown or coded else (reference.reference or NO_REFERENCE,)
    return Ordered(
        concepts=(*own, *mixture.concepts, *shown),
        unresolved=nowhere or tuple(mixture.lost),
        problems=tuple(mixture.problems),
        in_part=not nowhere and any(map(words_of, (*own, *mixture.concepts, *shown))),
        names=(*own, *((mixture.name,) if mixture.name else ())),
    )


def without_known_parts(ordered: Ordered, knowledge: Knowledge) -> Ordered:
    """Return a drug without its lost ingredients if it is a product with a name and a published code.

    Of what a hospital mixes, under words or a code of its own, nobody knows what is in it.
    """
    coded = (each.coding for each in ordered.names if texts_of(each)) if ordered.in_part else ()
    if any(coding.code and knowledge.is_published(coding.system) for codings in coded for coding in codings):
        return replace(ordered, unresolved=(), in_part=False)
    return ordered


def drugs_ordered(concepts: Iterable[CodeableConcept], knowledge: Knowledge) -> tuple[Recognition, ...]:
    """Return our drugs among what is ordered, each once: by code and by words, as a drug must not be overlooked."""
    return _drugs(tuple(concepts), knowledge, ordered=True)


def drugs_given(concepts: Iterable[CodeableConcept], knowledge: Knowledge) -> tuple[Recognition, ...]:
    """Return our drugs among what was given, each once: by code, else by words, as none must be invented."""
    return _drugs(tuple(concepts), knowledge, ordered=False)


def told_of(concepts: Iterable[CodeableConcept], knowledge: Knowledge) -> Told:
    """Return how much is told of a drug that is none of ours."""
    told = Told.FOREIGN
    for concept in concepts:
        if texts_of(concept):
            return Told.NAMED
        for coding in concept.coding:
            match knowledge.may_matter(coding.system, coding.code):
                case False:
                    return Told.NAMED
                case True:
                    told = Told.CODED
    return told


def _drugs(concepts: tuple[CodeableConcept, ...], knowledge: Knowledge, *, ordered: bool) -> tuple[Recognition, ...]:
    short = all(map(is_short, concepts))
    return (_remembered if short else _recognised)(concepts, knowledge, ordered=ordered)


def _recognised(
    concepts: tuple[CodeableConcept, ...], knowledge: Knowledge, *, ordered: bool
) -> tuple[Recognition, ...]:
    """Return our drugs; a class only if no drug of it is among them."""
    coded = [
        match
        for concept in concepts
        for each in concept.coding
        for match in knowledge.drugs_by_code(each.system, each.code)
    ]
    certain = [match for match in coded if match.drug != match.drug_class]
    if ordered or not certain:
        texts = (text[:_LONGEST_NAME] for concept in concepts for text in texts_of(concept))
        certain += [match for text in texts for match in knowledge.drugs_in(text, ordered=ordered)]
    classes = {match.drug_class for match in certain}
    return _each_once([*certain, *(match for match in coded if match.drug_class not in classes)])


_remembered = lru_cache(maxsize=4096)(_recognised)


def _each_once(matches: Iterable[DrugMatch]) -> tuple[Recognition, ...]:
    found: dict[str, Recognition] = {}
    for each in matches:
        recognition = Recognition(drug=each.drug, drug_class=each.drug_class, by=each.by, value=each.value)
        found.setdefault(each.drug, recognition)
    return tuple(found.values())
