"""What knowledge is made of, as the YAML files state it; its terms (codes, sources ...) are those of terms.py."""

from __future__ import annotations

from typing import Any

from knowledge.safety import Baseline, BaselineCheck, InteractionClass, LabelInteraction
from knowledge.terms import (
    Citation,
    Code,
    CodePrefix,
    CodeSystem,
    CodeSystemList,
    Confidence,
    Data,
    Method,
    RejectedCode,
    RejectedCodeList,
    Source,
    Status,
    ValueSet,
)

__all__ = [
    "Approval",
    "Baseline",
    "BaselineCheck",
    "Citation",
    "Code",
    "CodePrefix",
    "CodeSystem",
    "CodeSystemList",
    "Confidence",
    "Configurable",
    "DecisionRow",
    "DecisionTable",
    "Dose",
    "DoseStep",
    "Drug",
    "DrugClass",
    "InteractionClass",
    "LabelInteraction",
    "Method",
    "OrderTests",
    "Orderable",
    "Outcome",
    "OverrideReason",
    "RejectedCode",
    "RejectedCodeList",
    "Release",
    "Resistance",
    "ResistanceCell",
    "Ros1Use",
    "Rule",
    "RuleCard",
    "Source",
    "Statement",
    "Status",
    "Topic",
    "ValueSet",
    "Wording",
]


class DoseStep(Data, frozen=True, kw_only=True):
    """One line of a starting dose; units are UCUM."""

    text: str
    value: float
    unit: str
    frequency: int
    period: int
    period_unit: str
    duration_days: int | None = None  # None: until changed


class Dose(Data, frozen=True, kw_only=True):
    """The label's starting dose."""

    text: str  # as the suggestion's label says it, e.g. "600 mg once daily"
    steps: tuple[DoseStep, ...]
    administration: str | None = None
    confidence: Confidence
    related_artifact: tuple[Citation, ...]


class Approval(Data, frozen=True, kw_only=True):
    """A regulator's approval of a drug for ROS1-positive NSCLC."""

    region: str
    scope: str  # "metastatic" | "locally-advanced-or-metastatic"
    requires_prior_ros1_inhibitor: bool = False
    date: str | None = None
    confidence: Confidence
    related_artifact: tuple[Citation, ...]


class Outcome(Data, frozen=True, kw_only=True):
    """A measured result of a trial: the text as a card prints it, with its n and source."""

    setting: str  # "ros1-inhibitor-naive" | "after-ros1-inhibitor"
    text: str  # e.g. "ORR 79 % (95 % CI 68-88), n = 71, TRIDENT-1"
    confidence: Confidence
    related_artifact: tuple[Citation, ...]


class Ros1Use(Data, frozen=True, kw_only=True):
    """What is known of a drug as a ROS1 inhibitor, and whether a card may offer it."""

    approvals: tuple[Approval, ...] = ()
    cns_active: bool | None = None
    cns_note: str | None = None
    offer: str  # "swap": a suggestion; "mention": named in the detail; "never"
    offer_note: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    dose: Dose | None = None
    product: Code | None = None  # the product that a draft orders
    order_text: str | None = None  # what a draft orders in words where no code exists
    baseline: tuple[Baseline, ...] = ()  # the checks before the first dose
    baseline_note: str | None = None  # what else to do before it
    interactions: tuple[LabelInteraction, ...] = ()  # the drugs that the label advises to avoid


class DrugClass(Data, frozen=True, kw_only=True):
    """A class of drugs; its own codes and prefixes are a net for members that we have never seen."""

    id: str
    title: str
    status: Status
    last_review_date: str
    codes: tuple[Code, ...] = ()
    prefixes: tuple[CodePrefix, ...] = ()
    note: str | None = None


class Drug(Data, frozen=True, kw_only=True):
    """One ingredient (or fixed combination) with every code and name it is ordered by."""

    id: str
    name: str
    drug_class: str  # id of a DrugClass
    subclass: str | None = None  # a group within the class that rules tell apart, such as "platinum"
    components: tuple[str, ...] = ()  # ids of the drugs that a fixed combination holds
    status: Status
    last_review_date: str
    review_by: str
    confidence: Confidence  # that it is this drug of this class; each code and figure has its own
    brands: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # further spellings in free text
    codes: tuple[Code, ...] = ()
    ros1: Ros1Use | None = None
    note: str | None = None


class ResistanceCell(Data, frozen=True, kw_only=True):
    """What one drug does against one change of the ROS1 protein; used only if its confidence allows."""

    drug: str  # id of a Drug
    effect: str  # "resistant" | "active" | "not-verified"
    text: str | None = None  # as a card prints it, e.g. "ORR 59 % (10 of 17), TRIDENT-1"
    confidence: Confidence
    related_artifact: tuple[Citation, ...] = ()
    note: str | None = None


class Resistance(Data, frozen=True, kw_only=True):
    """One change of the ROS1 protein and what each drug does against it."""

    id: str
    title: str
    status: Status
    last_review_date: str
    review_by: str
    protein_change: str  # in one-letter form, e.g. "G2032R"
    offer_others: bool = True  # False: so many drugs fail that one without a verified cell is not offered either
    drugs: tuple[ResistanceCell, ...]
    related_artifact: tuple[Citation, ...] = ()
    note: str | None = None


class OverrideReason(Data, frozen=True, kw_only=True):
    """A reason that a clinician can give for not following a card."""

    id: str
    code: str
    system: str
    display: str


class Orderable(Data, frozen=True, kw_only=True):
    """A test that a card may offer to order; ``codes`` only as far as public codes mean just this test."""

    id: str
    title: str
    status: Status
    last_review_date: str
    name: str  # as the suggestion says it, e.g. "ROS1 FISH"
    category: str  # as the draft names its category, e.g. "Laboratory"
    text: str  # what the draft orders, in full
    codes: tuple[Code, ...] = ()
    related_artifact: tuple[Citation, ...]
    confidence: Confidence
    note: str | None = None


class OrderTests(Data, frozen=True, kw_only=True):
    """One suggestion of a rule: drafts for tests and, if ``remove``, the removal of the orders the card is about."""

    order: tuple[str, ...]  # ids of Orderables
    remove: bool = False


class RuleCard(Data, frozen=True, kw_only=True):
    """The words of a rule; ``{...}`` are the placeholders that cards/render.py documents.

    A rule that adds to another's card needs only ``detail``; a ``summary`` of its own then takes the other's place.
    """

    detail: str
    addition: str | None = None  # what it says on the card of a graver rule of its topic; None: nothing
    indicator: str | None = None  # "info" | "warning" | "critical"
    summary: str | None = None
    suggestions: tuple[str | OrderTests, ...] = ()  # "replace", "add", "remove", ... or tests to order
    override_reasons: tuple[str, ...] = ()


class Configurable(Data, frozen=True, kw_only=True):
    """A number in a rule's ``when`` that a site may set within bounds; the rule's words print it as ``{fact}``."""

    fact: str
    minimum: float
    maximum: float
    unit: str | None = None


class Change(Data, frozen=True, kw_only=True):
    """What a knowledge release changed in a rule, for those who rely on it."""

    date: str
    release: str
    change: str


class Rule(Data, frozen=True, kw_only=True):
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
    silences: tuple[str, ...] = ()  # further topics that say nothing beside it
    adds_to: tuple[str, ...] = ()  # the rules whose card it only adds to
    needs_data: bool = True  # False: data that were not sent do not make the request fail on its account
    history: tuple[Change, ...] = ()  # what changed since it first took effect, newest first
    site_option: bool = False  # a draft that a site's overlay may enable
    silent_mode: bool = False  # by a site's overlay only: evaluated and recorded, it neither speaks nor keeps silent
    configurable: tuple[Configurable, ...] = ()
    card: RuleCard | None = None
    note: str | None = None


class Statement(Data, frozen=True, kw_only=True):
    """A paragraph that several cards share, with its own evidence; a card names it as ``{its-id}``."""

    id: str
    title: str
    status: Status
    last_review_date: str
    review_by: str
    related_artifact: tuple[Citation, ...]
    confidence: Confidence
    text: str
    note: str | None = None


class Wording(Data, frozen=True, kw_only=True):
    """The fixed words that cards share, by name."""

    id: str
    title: str
    last_review_date: str
    phrases: dict[str, str]


class DecisionRow(Data, frozen=True, kw_only=True):
    """One row of the decision table: a situation and what is to be said, whether or not a rule carries it yet."""

    row: int
    situation: str
    indicator: str  # "critical" | "warning" | "info" | "no card"
    note: str | None = None  # where a row without a rule is dealt with


class DecisionTable(Data, frozen=True, kw_only=True):
    """The file of the decision table that the rules are made from."""

    rows: tuple[DecisionRow, ...]


class Topic(Data, frozen=True, kw_only=True):
    """A reason for a card: one card per topic and ordering session; becomes ``source.topic``."""

    id: str
    display: str


class Release(Data, frozen=True, kw_only=True):
    """Which knowledge this is."""

    format_version: str
    version: str  # CalVer of the content
    title: str
    date: str
    service: dict[str, str]  # title, description, usageRequirements of the CDS service
    source_label: str
    source_url: str | None = None  # where a reader finds more about this knowledge
    topic_system: str  # the URI of the code system of our topics
    topics: tuple[Topic, ...]
    override_reasons: tuple[OverrideReason, ...]
