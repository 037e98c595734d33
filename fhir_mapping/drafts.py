"""The drafts of the session: the resources in them, whatever holds these, each with its envelope."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Raw, Struct

from fhir_mapping.datatypes import ABSENT, Element, Reference
from fhir_mapping.decoding import Content, decode
from fhir_mapping.references import target_of

PATH = "context.draftOrders"


class Draft(Element, frozen=True):
    """What every draft has, whatever its type."""

    resource_type: str | None = None
    id: str | None = None
    status: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None


class Entry(Element, frozen=True):
    """One entry of the Bundle of drafts."""

    full_url: str | None = None
    resource: Raw = ABSENT


class Drafts(Element, frozen=True):
    """The Bundle of drafts."""

    resource_type: str | None = None
    entry: tuple[Entry, ...] = ()


class DraftRead(Struct, frozen=True, gc=False):
    """One draft with its envelope."""

    draft: Draft | None
    content: Content
    full_url: str | None
    path: str

    @property
    def id(self) -> str | None:
        """Its id, or the one that its full URL ends in."""
        if self.draft and self.draft.id:
            return self.draft.id
        target = target_of(self.full_url)
        return target.id if target else self.full_url

    @property
    def type(self) -> str | None:
        """Its resource type."""
        return self.draft.resource_type if self.draft else None


def drafts_in(content: Content) -> list[DraftRead]:
    """Return the drafts that came, each with what every resource has."""
    return [DraftRead(decode(each, Draft).value, each, url, path) for each, url, path in _entries(content)]


def _entries(content: Content) -> Iterator[tuple[Content, str | None, str]]:
    """Yield the drafts: the entries of a Bundle, the items of a list, or the one resource that stands there."""
    bundle, problems = decode(content, Drafts)
    if bundle is None or bundle.resource_type not in ("Bundle", None):
        items: tuple[Content, ...] | None = decode(content, tuple[Raw, ...]).value
        if items is None and bytes(content).strip() != b"null":
            items = (content,)
        yield from ((each, None, f"{PATH}[{n}]") for n, each in enumerate(items or ()))
        return
    yield from _entries_of(bundle, PATH)
    yield from ((b"", None, PATH) for problem in problems if problem.startswith("Drafts.entry"))


def _entries_of(bundle: Drafts, path: str, *, nested: bool = False) -> Iterator[tuple[Content, str | None, str]]:
    """Yield the entries of a Bundle, and those of a Bundle that is an entry."""
    for number, entry in enumerate(bundle.entry):
        place = f"{path}.entry[{number}].resource"
        inner = None if nested or b'"Bundle"' not in bytes(entry.resource) else decode(entry.resource, Drafts).value
        if inner and inner.resource_type == "Bundle":
            yield from _entries_of(inner, place, nested=True)
        else:
            yield entry.resource, entry.full_url, place
