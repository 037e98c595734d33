"""Which of our drugs a medication is: by any of its codes, or by its words if no code is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from msgspec import Struct

from fhir_mapping.concepts import is_short, texts_of, words_of
from fhir_mapping.datatypes import ABSENT, CodeableConcept, Medicated, RawResource, Reference
from fhir_mapping.decoding import Content, decode, refuse_duplicate_keys
from fhir_mapping.facts import Recognition
from fhir_mapping.references import target_of
from fhir_mapping.resources.medication import Medication
from knowledge.lookup import DrugMatch, Knowledge

_LONGEST_NAME = 1000  # characters of a drug's words that are read


class Ordered(Struct, frozen=True, gc=False):
    """What a resource names as its drug; ``unresolved`` is a reference that leads nowhere and has no words."""

    concepts: tuple[CodeableConcept, ...] = ()
    unresolved: str | None = None
    problems: tuple[str, ...] = ()

    @property
    def display(self) -> str | None:
        """The drug in the record's words."""
        texts = (text for concept in self.concepts for text in texts_of(concept))
        codes = (coding.code for concept in self.concepts for coding in concept.coding if coding.code)
        return next(chain(texts, codes), None)


@dataclass(slots=True)
class Medications:
    """The Medication resources that a reference can lead to, by id and by full URL; looked for only when needed."""

    sources: Sequence[Callable[[], Mapping[str, RawResource]]] = ()
    _found: dict[str, RawResource] | None = field(default=None, init=False)

    def get(self, key: str) -> RawResource | None:
        """Return the Medication with an id or a full URL; an earlier source wins."""
        if self._found is None:
            self._found = {}
            for source in reversed(self.sources):
                self._found.update(source())
        return self._found.get(key)


def ordered_by(request: Medicated, medications: Medications) -> Ordered:
    """Return the drug that a resource names: as a concept, by the Medication that it refers to, by the words beside."""
    named = request.medication_codeable_concept
    own = (named,) if named and words_of(named) else ()
    reference = request.medication_reference
    if reference is None:
        return Ordered(own)
    found = _resolved(request, reference, medications)
    shown = (CodeableConcept(text=reference.display),) if reference.display else ()
    coded = any(coding.code for concept in own for coding in concept.coding)
    unresolved = None if found.concepts or shown or coded else reference.reference or "an empty reference"
    return Ordered((*own, *found.concepts, *shown), unresolved, found.problems)


def drugs_ordered(concepts: Iterable[CodeableConcept], knowledge: Knowledge) -> tuple[Recognition, ...]:
    """Return our drugs among what is ordered, each once: by code and by words, as a drug must not be overlooked."""
    return _drugs(tuple(concepts), knowledge, ordered=True)


def drugs_given(concepts: Iterable[CodeableConcept], knowledge: Knowledge) -> tuple[Recognition, ...]:
    """Return our drugs among what was given, each once: by code, else by words, as none must be invented."""
    return _drugs(tuple(concepts), knowledge, ordered=False)


def is_readable(concepts: Iterable[CodeableConcept], knowledge: Knowledge) -> bool:
    """Return False for a drug that only codes of systems name which are not known here."""
    return any(
        texts_of(each) or any(coding.code and knowledge.system(coding.system) for coding in each.coding)
        for each in concepts
    )


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


def _resolved(request: Medicated, reference: Reference, medications: Medications) -> Ordered:
    """Return what the Medication says that the reference leads to, contained, bundled, on record or sent along."""
    for content, path in _candidates(request, reference, medications):
        if path:
            refuse_duplicate_keys(content, path)
        medication = decode(content, Medication)
        if medication.value and medication.value.names:
            return Ordered(medication.value.names, problems=medication.problems)
    return Ordered()


def _candidates(
    request: Medicated, reference: Reference, medications: Medications
) -> Iterator[tuple[Content, str | None]]:
    """Yield what the reference may lead to, and its place if it is a resource of its own."""
    text = (reference.reference or "").strip()
    if text.startswith("#"):
        contained = ((each, decode(each, Medication).value) for each in request.contained)
        yield from ((content, None) for content, each in contained if each and each.id == text[1:])
    target = target_of(text)
    for key in (text, target.id if target else None):
        if key and (found := medications.get(key)):
            yield found.content, found.path
    if request.resolved_medication is not ABSENT:
        yield request.resolved_medication, None
