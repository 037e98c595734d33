"""Specimen: what was tested."""

from __future__ import annotations

from fhir_mapping.concepts import distinct, texts_of
from fhir_mapping.datatypes import CodeableConcept, Element


class Collection(Element, frozen=True):
    """How the specimen was taken."""

    body_site: CodeableConcept | None = None
    method: CodeableConcept | None = None


class Specimen(Element, frozen=True):
    """The elements of a Specimen that are read."""

    id: str | None = None
    type: CodeableConcept | None = None
    collection: Collection | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What the record calls it."""
        collection = self.collection or Collection()
        return distinct((*texts_of(self.type), *texts_of(collection.method), *texts_of(collection.body_site)))
