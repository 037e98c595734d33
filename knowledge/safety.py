"""What to know before a ROS1 inhibitor: the checks that its label asks for, and the drugs that it advises to avoid."""

from __future__ import annotations

from knowledge.terms import Citation, Confidence, Data, Status


class Limit(Data, frozen=True, kw_only=True):
    """From where on a result is a warning: ``above`` an amount, or ``times_upper_limit`` the laboratory's own limit.

    A value is compared only if its unit is one of ``units``.
    """

    above: float | None = None
    times_upper_limit: float | None = None
    units: tuple[str, ...]
    text: str  # as a card says it, e.g. "above 500 ms"
    confidence: Confidence
    related_artifact: tuple[Citation, ...]


class Measured(Data, frozen=True, kw_only=True):
    """One result of a check."""

    value_set: str  # id of the ValueSet with its codes and words
    name: str  # as a card names it, e.g. "ALT"
    optional: bool = False  # shown if it is on file, never missing
    limit: Limit | None = None


class BaselineCheck(Data, frozen=True, kw_only=True):
    """A check before the first dose: which results fulfil it, and for how long."""

    id: str
    title: str
    status: Status
    last_review_date: str
    name: str  # as a card names it, e.g. "liver tests"
    clinical: bool = False  # its results are no laboratory results: they are asked for by code
    window_days: int
    results: tuple[Measured, ...] = ()  # none: only ever told in words
    orderable: str | None = None  # id of the Orderable that orders it
    related_artifact: tuple[Citation, ...]
    note: str | None = None


class Baseline(Data, frozen=True, kw_only=True):
    """A check that a drug's label asks for; with ``applies`` only for some patients, which a card says in words."""

    check: str  # id of a BaselineCheck
    text: str | None = None  # in the list of what to check first; None: not in it
    applies: str | None = None
    confidence: Confidence
    related_artifact: tuple[Citation, ...] = ()  # none only if it is from memory


class InteractionMember(Data, frozen=True, kw_only=True):
    """A drug of an interaction class, by name: no code of any is verified."""

    name: str
    names: tuple[str, ...] = ()  # further spellings, brands
    confidence: Confidence
    sources: tuple[str, ...]


class InteractionClass(Data, frozen=True, kw_only=True):
    """Drugs that interact alike."""

    id: str
    title: str
    status: Status
    last_review_date: str
    name: str  # as a card names a member: "strong or moderate CYP3A inhibitor"
    members: tuple[InteractionMember, ...]
    note: str | None = None


class LabelInteraction(Data, frozen=True, kw_only=True):
    """What a drug's label advises about a class of drugs."""

    interactor: str  # id of an InteractionClass
    advice: str
    confidence: Confidence
    related_artifact: tuple[Citation, ...] = ()  # none only if it is from memory
