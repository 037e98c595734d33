"""What a Medication is made of: its code and its ingredients, each of which may be a Medication of its own.

References are followed to what is contained, bundled, on record or sent along. Three steps deep, and so many in all:
a mixture that holds itself comes to an end. A reference that leads nowhere and has no words is told as lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Raw

from fhir_mapping.concepts import words_of
from fhir_mapping.datatypes import ABSENT, CodeableConcept, FoundResource, Medicated, RawResource, Reference
from fhir_mapping.decoding import decode, refuse_duplicate_keys
from fhir_mapping.references import target_of
from fhir_mapping.resources.medication import Ingredient, Medication

NO_REFERENCE = "an empty reference"
_TYPES = {"Medication", "Substance", None}  # of what a drug is made of
_DEEPEST = 3  # a mixture, its ingredients, and what these are made of
_MOST = 50  # references that are followed for one order
_MOST_LOST = 20  # references that are told


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


@dataclass(slots=True)
class Mixture:
    """What a reference to a drug led to; ``lost`` are the references that led nowhere."""

    request: Medicated
    medications: Medications
    name: CodeableConcept | None = None  # of the whole, not of an ingredient
    concepts: list[CodeableConcept] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    lost: dict[str, None] = field(default_factory=dict)
    _followed: int = 0

    def follow(self, reference: Reference) -> bool:
        """Take what a reference leads to; return False if that is nothing."""
        self._follow(reference, (_within(self.request.contained),), 1)
        return bool(self.concepts or self.lost)

    def _follow(self, reference: Reference, scopes: tuple[Medications, ...], depth: int) -> None:
        self._followed += 1
        if depth > _DEEPEST or self._followed > _MOST:
            return
        medication = self._medication(reference, scopes, first=depth == 1)
        if medication is None:
            return
        if medication.code:
            self.name = self.name or (medication.code if depth == 1 else None)
            self.concepts.append(medication.code)
        inner = (_within(medication.contained), *scopes) if medication.contained else scopes
        for ingredient in medication.ingredient:
            self._take(ingredient, inner, depth + 1)

    def _take(self, ingredient: Ingredient, scopes: tuple[Medications, ...], depth: int) -> None:
        """Take one ingredient by its concept, and by its reference, which may have words, too."""
        before, lost = len(self.concepts), len(self.lost)
        if ingredient.item_codeable_concept:
            self.concepts.append(ingredient.item_codeable_concept)
        reference = ingredient.item_reference
        if reference is None:
            return
        self._follow(reference, scopes, depth)
        if reference.display:
            self.concepts.append(CodeableConcept(text=reference.display))
        told = len(self.lost) > lost or any(map(words_of, self.concepts[before:]))
        if not told and lost < _MOST_LOST:
            self.lost[reference.reference or NO_REFERENCE] = None

    def _medication(self, reference: Reference, scopes: tuple[Medications, ...], *, first: bool) -> Medication | None:
        """Return the first resource that the reference may lead to and that says what it is."""
        for found in self._candidates(reference, scopes, first=first):
            if found.path:
                refuse_duplicate_keys(found.content, found.path)
            read = decode(found.content, Medication)
            medication = read.value
            if medication and medication.resource_type in _TYPES and (medication.code or medication.ingredient):
                self.problems += read.problems
                return medication
        return None

    def _candidates(
        self, reference: Reference, scopes: tuple[Medications, ...], *, first: bool
    ) -> Iterator[RawResource]:
        """Yield what the reference may lead to, the nearest first."""
        text = (reference.reference or "").strip()
        target = target_of(text)
        if text.startswith("#"):
            yield from filter(None, (scope.get(text[1:]) for scope in scopes))
        else:
            keys = (text, target.id if target and target.type in _TYPES else None)
            yield from filter(None, (self.medications.get(key) for key in keys if key))
        if first and self.request.resolved_medication is not ABSENT:
            yield FoundResource(self.request.resolved_medication, "")


def _within(contained: Sequence[Raw]) -> Medications:
    """Return what a resource contains, by id; the paths are empty, as it is no resource of its own."""

    def by_id() -> Mapping[str, RawResource]:
        read = ((each, decode(each, Medication).value) for each in reversed(contained))
        return {each.id: FoundResource(content, "") for content, each in read if each and each.id}

    return Medications((by_id,))
