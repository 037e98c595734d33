"""What knowledge is made of: codes, value sets, methods, drugs, sources and rules, as the YAML files state them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

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


class _Data(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The shape of every piece of knowledge: immutable, camelCase in YAML, nothing unknown (kw_only is not inherited)."""


class Citation(_Data, kw_only=True):
    """Where a statement stands: a source by id, the place in it, and the source's own word of strength."""

    source: str
    locator: str | None = None
    strength: str | None = None


class Source(_Data, kw_only=True):
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


class CodeSystem(_Data, kw_only=True):
    """A code system: the short name that the files use, its canonical URI, and what else senders call it."""

    name: str
    title: str  # how evidence names it, e.g. "RxNorm"
    uri: str
    aliases: tuple[str, ...] = ()
    ignore: str | None = None  # characters that do not count in its codes, e.g. "." in ICD-10-CM
    optional_prefix: str | None = None  # what senders leave out at the start of its codes, e.g. "HGNC:"
    related_artifact: tuple[Citation, ...]
    note: str | None = None


class Code(_Data, kw_only=True):
    """One code of a code system; ``system`` is a canonical URI once loaded (a short name in the file)."""

    system: str
    code: str
    display: str
    kind: str | None = None  # RxNorm term type, "NDC", "HCPCS-II", "answer" ...
    confidence: Confidence
    sources: tuple[str, ...] = ()  # at least two if verified-2, one if verified-1
    note: str | None = None


class CodePrefix(_Data, kw_only=True):
    """Every code of a system that starts with ``prefix``."""

    system: str
    prefix: str
    display: str
    confidence: Confidence
    sources: tuple[str, ...] = ()


class RejectedCode(_Data, kw_only=True):
    """A code that somebody claims for one of our concepts and that must never be used for it."""

    system: str
    code: str
    claim: str
    why: str
    sources: tuple[str, ...]


class CodeSystemList(_Data, kw_only=True):
    """The file of all code systems."""

    code_systems: tuple[CodeSystem, ...]


class RejectedCodeList(_Data, kw_only=True):
    """The file of all rejected codes."""

    rejected_codes: tuple[RejectedCode, ...]


class ValueSet(_Data, kw_only=True):
    """One concept: its codes, code prefixes, and the words that mean it in free text."""

    id: str
    title: str
    status: Status
    last_review_date: str
    codes: tuple[Code, ...] = ()
    prefixes: tuple[CodePrefix, ...] = ()
    texts: tuple[str, ...] = ()  # matched as whole words, any case
    exact_texts: tuple[str, ...] = ()  # matched as whole words, only as written ("MET", not "met")
    note: str | None = None


class Method(_Data, kw_only=True):
    """A laboratory method by which ROS1 is tested."""

    id: str
    display: str
    rank: int  # a higher rank outweighs a lower one when results disagree
    confirms: bool  # a positive result by it confirms a fusion
    last_review_date: str
    related_artifact: tuple[Citation, ...]
    codes: tuple[Code, ...] = ()
    texts: tuple[str, ...] = ()
    specimen: str | None = None  # "blood" if the method implies it
    note: str | None = None


class DoseStep(_Data, kw_only=True):
    """One line of a starting dose; units are UCUM."""

    text: str
    value: float
    unit: str
    frequency: int
    period: int
    period_unit: str
    duration_days: int | None = None  # None: until changed


class Dose(_Data, kw_only=True):
    """The label's starting dose."""

    text: str  # as the suggestion's label says it, e.g. "600 mg once daily"
    steps: tuple[DoseStep, ...]
    administration: str | None = None
    confidence: Confidence
    related_artifact: tuple[Citation, ...]


class Approval(_Data, kw_only=True):
    """A regulator's approval of a drug for ROS1-positive NSCLC."""

    region: str
    scope: str  # "metastatic" | "locally-advanced-or-metastatic"
    requires_prior_ros1_inhibitor: bool = False
    date: str | None = None
    confidence: Confidence
    related_artifact: tuple[Citation, ...]


class Outcome(_Data, kw_only=True):
    """A measured result of a trial: the text as a card prints it, with its n and source."""

    setting: str  # "ros1-inhibitor-naive" | "after-ros1-inhibitor" | ...
    text: str  # e.g. "ORR 79 % (95 % CI 68-88), n = 71, TRIDENT-1"
    confidence: Confidence
    related_artifact: tuple[Citation, ...]


class Ros1Use(_Data, kw_only=True):
    """What is known of a drug as a ROS1 inhibitor, and whether a card may offer it."""

    approvals: tuple[Approval, ...] = ()
    cns_active: bool | None = None
    cns_note: str | None = None
    offer: str  # "swap": a suggestion; "mention": named in the detail; "never"
    offer_note: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    dose: Dose | None = None
    product: Code | None = None  # the product that a draft orders
    baseline: str | None = None
    baseline_artifact: tuple[Citation, ...] = ()


class DrugClass(_Data, kw_only=True):
    """A class of drugs; its own codes and prefixes are a net for members that we have never seen."""

    id: str
    title: str
    status: Status
    last_review_date: str
    codes: tuple[Code, ...] = ()
    prefixes: tuple[CodePrefix, ...] = ()
    note: str | None = None


class Drug(_Data, kw_only=True):
    """One ingredient (or fixed combination) with every code and name it is ordered by."""

    id: str
    name: str
    drug_class: str  # id of a DrugClass
    components: tuple[str, ...] = ()  # ids of the drugs that a fixed combination holds
    status: Status
    last_review_date: str
    brands: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # further spellings in free text
    codes: tuple[Code, ...] = ()
    ros1: Ros1Use | None = None
    note: str | None = None


class OverrideReason(_Data, kw_only=True):
    """A reason that a clinician can give for not following a card."""

    id: str
    code: str
    system: str
    display: str


class RuleCard(_Data, kw_only=True):
    """The words of a rule; ``{...}`` are the placeholders that cards/render.py documents.

    A rule that adds to another's card needs only ``detail``; a ``summary`` of its own then takes the other's place.
    """

    detail: str
    indicator: str | None = None  # "info" | "warning" | "critical"
    summary: str | None = None
    suggestions: tuple[str, ...] = ()  # of "replace", "remove"
    override_reasons: tuple[str, ...] = ()


class Rule(_Data, kw_only=True):
    """One recommendation: when it applies and what it says (or that it keeps the others of its topic silent)."""

    id: str
    title: str
    status: Status
    topic: str
    about: tuple[str, ...] = ()  # the drug classes, or order states, of the selected orders that the card is about
    priority: int  # within a topic the highest rule that applies speaks
    effective_period: dict[str, str]
    last_review_date: str
    review_by: str
    related_artifact: tuple[Citation, ...]
    confidence: Confidence
    rows: tuple[int, ...] = ()  # rows of the decision table it carries
    when: dict[str, Any]
    silence: bool = False  # it applies: the topic says nothing
    adds_to: tuple[str, ...] = ()  # the rules whose card it only adds to
    needs_data: bool = True  # False: data that were not sent do not make the request fail on its account
    card: RuleCard | None = None
    note: str | None = None


class Topic(_Data, kw_only=True):
    """A reason for a card: one card per topic and ordering session; becomes ``source.topic``."""

    id: str
    display: str


class Release(_Data, kw_only=True):
    """Which knowledge this is."""

    format_version: str
    version: str  # CalVer of the content
    title: str
    date: str
    service: dict[str, str]  # title, description, usageRequirements of the CDS service
    source_label: str
    topics: tuple[Topic, ...]
    override_reasons: tuple[OverrideReason, ...]
