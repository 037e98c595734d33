"""Terms and where they stand: sources, code systems, codes, value sets and methods, as the YAML files state them."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Confidence(StrEnum):
    """How well a statement is checked; only the first two are used by the service."""

    VERIFIED_2 = "verified-2"
    VERIFIED_1 = "verified-1"
    MEMORY_ONLY = "memory-only"
    NOT_FOUND = "not-found"

    @property
    def usable(self) -> bool:
        """True if at least one published source was read for it."""
        return self in (Confidence.VERIFIED_1, Confidence.VERIFIED_2)


class Status(StrEnum):
    """The publication status of an artifact, as FHIR's PublicationStatus."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class Data(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The shape of every piece of knowledge: immutable, camelCase in YAML, nothing unknown."""


class Citation(Data, frozen=True, kw_only=True):
    """Where a statement stands: a source by id, the place in it, and the source's own word of strength."""

    source: str
    locator: str | None = None
    strength: str | None = None


class Source(Data, frozen=True, kw_only=True):
    """A published document that statements cite."""

    id: str
    title: str
    publisher: str | None = None
    edition: str | None = None
    date: str | None = None  # YYYY, YYYY-MM or YYYY-MM-DD, as published
    doi: str | None = None
    pmid: str | None = None
    url: str | None = None
    licence: str
    accessed: str  # the day it was read, YYYY-MM-DD
    confidence: Confidence
    short: str  # how a card names it, e.g. "TRIDENT-1, NEJM 2024"
    note: str | None = None


class CodeSystem(Data, frozen=True, kw_only=True):
    """A code system: the short name that the files use, its canonical URI, and what else senders call it."""

    name: str
    title: str  # how evidence names it, e.g. "RxNorm"
    uri: str
    aliases: tuple[str, ...] = ()
    ignore: str | None = None  # characters that do not count in its codes, e.g. "." in ICD-10-CM
    optional_prefix: str | None = None  # what senders leave out at the start of its codes, e.g. "HGNC:"
    drug_groups: tuple[str, ...] = ()  # starts of the codes of drugs that may be ours; empty if no code tells its group
    free_source: str | None = None  # the system needs a licence, but for the codes that cite this source
    related_artifact: tuple[Citation, ...]
    note: str | None = None


class Code(Data, frozen=True, kw_only=True):
    """One code of a code system; ``system`` is a canonical URI once loaded (a short name in the file)."""

    system: str
    code: str
    display: str
    kind: str | None = None  # RxNorm term type, "NDC", "HCPCS-II", "answer" ...
    confidence: Confidence
    sources: tuple[str, ...] = ()  # at least two if verified-2, one if verified-1
    note: str | None = None


class CodePrefix(Data, frozen=True, kw_only=True):
    """Every code of a system that starts with ``prefix``."""

    system: str
    prefix: str
    display: str
    confidence: Confidence
    sources: tuple[str, ...] = ()


class RejectedCode(Data, frozen=True, kw_only=True):
    """A code that somebody claims for one of our concepts and that must never be used for it."""

    system: str
    code: str
    claim: str
    why: str
    sources: tuple[str, ...]


class CodeSystemList(Data, frozen=True, kw_only=True):
    """The file of all code systems."""

    code_systems: tuple[CodeSystem, ...]


class RejectedCodeList(Data, frozen=True, kw_only=True):
    """The file of all rejected codes."""

    rejected_codes: tuple[RejectedCode, ...]


class ValueSet(Data, frozen=True, kw_only=True):
    """One concept: its codes, code prefixes, and the words that mean it in free text."""

    id: str
    title: str
    status: Status
    last_review_date: str
    codes: tuple[Code, ...] = ()
    prefixes: tuple[CodePrefix, ...] = ()
    texts: tuple[str, ...] = ()  # matched as whole words, any case
    exact_texts: tuple[str, ...] = ()  # matched as whole words, only as written ("MET", not "met")
    site_texts: bool = False  # a site's overlay may add words of its own
    note: str | None = None


class Method(Data, frozen=True, kw_only=True):
    """A laboratory method by which ROS1 is tested."""

    id: str
    display: str
    rank: int  # a higher rank outweighs a lower one when results disagree
    confirms: bool  # a positive result by it confirms a fusion
    status: Status
    last_review_date: str
    related_artifact: tuple[Citation, ...]
    codes: tuple[Code, ...] = ()
    texts: tuple[str, ...] = ()
    specimen: str | None = None  # "blood" if the method implies it
    positive_from: float | None = None  # per cent of cells: a smaller count makes "positive" indeterminate
    note: str | None = None
