"""The vocabulary: clinical facts and orders, free of FHIR, each with the evidence it rests on.

Every ``str`` that comes from a record is as the record wrote it: untrusted text, to be escaped by whoever shows it.
Dates are FHIR partial dates as text (``2026``, ``2026-09``, ``2026-09-10``): never completed, never invented.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class _Fact(Struct, frozen=True, kw_only=True, gc=False):
    """The base of all: immutable, and made in one step."""


class Availability(StrEnum):
    """Whether a part of the record was there to be read."""

    COMPLETE = "complete"  # all of it, perhaps nothing
    INCOMPLETE = "incomplete"  # some of it: more pages, a partial search, an entry that could not be read
    FAILED = "failed"  # the client asked and got an error
    ABSENT = "absent"  # the client did not send it


class Part(StrEnum):
    """The parts of a record that decisions rest on."""

    RESULTS = "laboratory results"
    DIAGNOSES = "diagnoses"
    STAGES = "stages"
    MEDICATIONS = "medications"
    REPORTS = "reports"
    MEASUREMENTS = "measurements"


class Evidence(_Fact, frozen=True):
    """The resource that a fact rests on."""

    resource: str  # "Observation/123"; "Observation" if it has no id
    date: str | None = None
    reported: str | None = None  # what the record says, in its own words


class Supply(_Fact, frozen=True):
    """How a part of the record arrived; ``problem`` says in words what was wrong."""

    part: Part
    availability: Availability
    problem: str | None = None


class Ros1Finding(StrEnum):
    """What one result says of a ROS1 fusion."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    PENDING = "pending"
    INDETERMINATE = "indeterminate"


class Specimen(StrEnum):
    """What was tested, as far as it matters."""

    TISSUE = "tissue"
    BLOOD = "blood"


class Ros1Result(_Fact, frozen=True):
    """One ROS1 result."""

    finding: Ros1Finding
    evidence: Evidence
    method: str | None = None  # id of a knowledge Method
    specimen: Specimen | None = None
    specimen_text: str | None = None
    partner: str | None = None
    laboratory: str | None = None
    notes: tuple[str, ...] = ()  # why it is not what it seems: ids, their words are in the knowledge's wording


class Ros1Status(StrEnum):
    """What all results together say."""

    CONFIRMED = "confirmed"
    IHC_ONLY = "ihc-only"
    NEGATIVE = "negative"
    PENDING = "pending"
    INDETERMINATE = "indeterminate"
    CONFLICTING = "conflicting"
    NOT_FOUND = "not-found"


class Ros1(_Fact, frozen=True):
    """The ROS1 status; ``deciding`` are the results it rests on, weightiest first; ``results`` all, newest first."""

    status: Ros1Status = Ros1Status.NOT_FOUND
    deciding: tuple[Ros1Result, ...] = ()
    results: tuple[Ros1Result, ...] = ()
    pending: tuple[Ros1Result, ...] = ()  # tests under way that no later result by their method has answered


class ResistanceChange(_Fact, frozen=True):
    """A change of the ROS1 protein that one result reports as present; whether it makes resistant is knowledge."""

    change: str  # in one-letter form: "G2032R"
    evidence: Evidence
    method: str | None = None  # id of a knowledge Method
    specimen: Specimen | None = None
    specimen_text: str | None = None


class PdL1Result(_Fact, frozen=True):
    """One PD-L1 result, shown as reported; ``percent`` only where the record states a percentage of tumour cells."""

    reported: str
    evidence: Evidence
    score: str | None = None  # "TPS", "CPS", "TC", "IC" ... as reported
    percent: float | None = None


class LungCancer(StrEnum):
    """Which lung cancer the record's current diagnoses name."""

    NSCLC = "nsclc"
    UNSPECIFIED = "lung-cancer"  # lung cancer without histology
    SMALL_CELL = "small-cell"
    NONE = "none"  # no current lung cancer among the diagnoses that were read


class NotCurrent(_Fact, frozen=True):
    """A lung cancer on file that is over or only considered, with the status that says so."""

    evidence: Evidence
    status: str | None = None  # as the record words it: "resolved", "provisional"
    ended: str | None = None  # when it ended, if that alone says that it is over


class Diagnosis(_Fact, frozen=True):
    """The lung cancer, and other current cancers by the record's own names."""

    lung_cancer: LungCancer = LungCancer.NONE
    evidence: tuple[Evidence, ...] = ()
    squamous: bool = False
    other_cancers: tuple[Evidence, ...] = ()
    not_current: tuple[NotCurrent, ...] = ()  # lung cancers on file, not small cell; newest first


class Extent(StrEnum):
    """How far the cancer has spread, as it matters for treatment intent."""

    METASTATIC = "metastatic"
    LOCALLY_ADVANCED_INCURABLE = "locally-advanced-incurable"
    CURATIVE_INTENT = "curative-intent"
    NOT_STATED = "not-stated"


class Spread(_Fact, frozen=True):
    """The extent with its evidence, and metastases in the central nervous system."""

    extent: Extent = Extent.NOT_STATED
    evidence: tuple[Evidence, ...] = ()
    cns_metastases: tuple[Evidence, ...] = ()


class Smoking(StrEnum):
    """What the record calls the patient's smoking."""

    NEVER = "never"
    LIGHT = "light"
    HEAVY = "heavy"
    NOT_STATED = "not-stated"  # not found, or in other words


class Phase(StrEnum):
    """Whether a treatment is running or over."""

    CURRENT = "current"
    PRIOR = "prior"


class StopReason(StrEnum):
    """Why a treatment was stopped."""

    PROGRESSION = "progression"
    INTOLERANCE = "intolerance"
    UNKNOWN = "unknown"  # stopped, and the record does not say why


class TherapyCourse(_Fact, frozen=True):
    """One course of a drug, from all the records of it; every date is one that a record states."""

    drug: str  # id of a knowledge Drug
    drug_class: str
    phase: Phase
    evidence: tuple[Evidence, ...]  # newest first
    start: str | None = None
    end: str | None = None  # when it ended, if it did and the record says when
    until: str | None = None  # a current one: the last day on which it may run, if the record tells
    ordered_until: str | None = None  # the last day for which it was ordered, as an order on file states
    last_given: str | None = None  # the last dose on record; an order is no dose
    stop_reason: StopReason | None = None  # why it was stopped; of a current one, why it was stopped before


class Progression(_Fact, frozen=True):
    """The cancer got worse; ``limited`` only if the record says so in words."""

    evidence: Evidence
    limited: bool = False


class Person(_Fact, frozen=True):
    """What matters of the patient beside the disease."""

    birth_date: str | None = None
    deceased: bool = False
    hospice: tuple[Evidence, ...] = ()  # the encounter in context is one of hospice care


class Unread(_Fact, frozen=True):
    """A resource, or an element of one, that mattered and could not be read."""

    resource: str
    problem: str


class BaselineState(StrEnum):
    """How a check before a ROS1 inhibitor stands."""

    NORMAL = "normal"  # on file within its window, and nothing stands out
    ABNORMAL = "abnormal"  # on file, flagged by the laboratory or outside its range
    NOT_COMPARED = "not-compared"  # on file, but whether it is beyond a limit of the knowledge cannot be told
    SEVERE = "severe"  # on file, beyond a limit of the knowledge
    MISSING = "missing"  # all was sent, and a result is not on file within the window
    NOT_SEEN = "not-seen"  # not on file in what was sent, and not all was sent


class BaselineResult(_Fact, frozen=True):
    """The newest result of one measurement, shown as reported."""

    name: str  # as the knowledge names the measurement: "ALT"
    evidence: Evidence
    flag: str | None = None  # the laboratory's interpretation as reported, unless it is normal
    out_of_range: bool = False  # outside the range that the laboratory states, in the same unit
    beyond: str | None = None  # the limit of the knowledge that it is beyond, in the knowledge's words
    not_compared: str | None = None  # why it could not be compared with its limit: a word of the knowledge


class BaselineCheck(_Fact, frozen=True):
    """One check that the label of an ordered ROS1 inhibitor asks for."""

    check: str  # id of a knowledge BaselineCheck
    state: BaselineState
    results: tuple[BaselineResult, ...] = ()  # on file within the window
    missing: tuple[str, ...] = ()  # measurements that are not, by the knowledge's names
    older: tuple[BaselineResult, ...] = ()  # on file, but older than the window


class Interaction(_Fact, frozen=True):
    """A drug that is being taken and that the label of an ordered ROS1 inhibitor advises to avoid."""

    drug: str  # id of the ROS1 inhibitor
    interactor: str  # id of a knowledge InteractionClass
    member: str  # the drug, by the knowledge's name
    evidence: Evidence


class ClinicalFacts(_Fact, frozen=True):
    """All that is known of one patient for one request."""

    ros1: Ros1 = Ros1()
    open_panels: tuple[Evidence, ...] = ()  # broad molecular panels under way whose names do not tell of ROS1
    resistance_changes: tuple[ResistanceChange, ...] = ()  # newest first
    pd_l1: tuple[PdL1Result, ...] = ()  # newest first
    diagnosis: Diagnosis = Diagnosis()
    spread: Spread = Spread()
    smoking: Smoking = Smoking.NOT_STATED
    therapies: tuple[TherapyCourse, ...] = ()  # newest first
    unclear_therapies: tuple[Recognition, ...] = ()  # drugs on file of which no record tells whether they were given
    progressions: tuple[Progression, ...] = ()  # newest first
    person: Person = Person()
    supplies: tuple[Supply, ...] = ()
    unread: tuple[Unread, ...] = ()
    other_patient: tuple[str, ...] = ()  # resources ignored because their subject is another patient
    baseline: tuple[BaselineCheck, ...] = ()  # only if a ROS1 inhibitor is ordered
    interactions: tuple[Interaction, ...] = ()  # likewise
    unresolved: tuple[str, ...] = ()  # references to a drug given that lead to nothing in the record


class OrderState(StrEnum):
    """How far a draft order could be understood."""

    RECOGNISED = "recognised"  # one or more of our drugs
    OTHER = "other"  # something else: another drug, a test, a diet
    UNFINISHED = "unfinished"  # no drug chosen yet
    UNRESOLVED = "unresolved"  # a Medication that is nowhere in the request, or a code of an unknown system
    NOT_KNOWN = "not-known"  # a code that no table here holds, without words; an ingredient that is nowhere
    NOT_UNDERSTOOD = "not-understood"  # not a FHIR R4 order, or not readable at all
    OTHER_PATIENT = "other-patient"  # its subject is not the patient of the hook


class Reason(StrEnum):
    """What an order says it is for."""

    LUNG_CANCER = "lung-cancer"
    SMALL_CELL = "small-cell"
    OTHER_CANCER = "other-cancer"
    NOT_STATED = "not-stated"


class Recognition(_Fact, frozen=True):
    """How a drug was recognised: ``by`` is a code system's name or "text", ``value`` the code or the words."""

    drug: str  # id of a knowledge Drug, or of a drug class when only the class is certain
    drug_class: str
    by: str
    value: str


class Order(_Fact, frozen=True):
    """One draft order of the session."""

    reference: str  # "MedicationRequest/123"; "MedicationRequest" if it has no id
    state: OrderState
    selected: bool
    display: str | None = None  # the drug as ordered
    recognitions: tuple[Recognition, ...] = ()
    reason: Reason = Reason.NOT_STATED
    reason_text: str | None = None
    intent: Extent | None = None  # CURATIVE_INTENT or METASTATIC (palliative) if the order states its intent
    problem: str | None = None
    unresolved: tuple[str, ...] = ()  # references to its drug, or to parts of it, that lead to nothing
    removable: bool = True  # False: what it stands in holds more than a drug, and is no draft to take away


class ProposedOrder(_Fact, frozen=True):
    """A drug order that a card proposes; fhir_mapping.proposals makes the resource."""

    drug: str  # id of a knowledge Drug
    reason: Evidence | None = None  # the diagnosis it is for


class ProposedTest(_Fact, frozen=True):
    """An order for a test that a card proposes; fhir_mapping.proposals makes the resource."""

    orderable: str  # id of a knowledge Orderable
    reason: Evidence | None = None  # the diagnosis it is for
