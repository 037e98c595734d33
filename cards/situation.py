"""One request as rules see it: every fact that a rule may ask for, by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from cards import courses
from cards.calendar import last_day
from cards.finding import NAMED_IN_DIAGNOSIS
from cards.options import needs_of, offers_for
from cards.patient import CHECKPOINT_INHIBITOR, CHEMOTHERAPY, PLATINUM, ROS1_INHIBITOR, extent_of, kinds_of
from cards.resistance import Effect, changes_of, effect_on_all, listed_changes
from fhir_mapping.facts import (
    Availability,
    BaselineState,
    ClinicalFacts,
    Extent,
    LungCancer,
    Order,
    OrderState,
    Part,
    Reason,
    Ros1Status,
    Smoking,
)
from knowledge.lookup import Knowledge

UNKNOWN: Final = "unknown"
"""The value of a fact that the record could not tell; a rule may ask for it like for any other value."""

_OTHER_CHANGES: Final = frozenset({"other-change", "germline"})
"""Notes on a ROS1 result that is about something else than a fusion of the tumour."""

Values = frozenset[str]
Asked = tuple[str, float | None]
"""What a rule asks: the values of a fact, or whether it is at least so high."""
Given = Values | bool | None
"""What it is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One request as rules see it: facts by name, worked out when asked for."""

    facts: ClinicalFacts
    orders: tuple[Order, ...]
    as_of: date | None = None  # None: nothing is known of how long ago anything was
    knowledge: Knowledge | None = None

    def answer(self, asked: Asked) -> Given:
        """Work out the values of a fact, or whether it reaches a threshold; None when there is no number."""
        name, threshold = asked
        if threshold is None:
            return FACTS[name].values(self)
        numbers = FACTS[name].number
        number = numbers(self) if numbers else None
        return None if number is None else number >= threshold

    def availability(self, part: Part) -> Availability:
        """Return how a part of the record arrived; a part nobody mentioned is absent."""
        for supply in self.facts.supplies:
            if supply.part is part:
                return supply.availability
        return Availability.ABSENT

    @property
    def selected(self) -> tuple[Order, ...]:
        """The orders that decide."""
        return tuple(order for order in self.orders if order.selected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact that a rule may ask for: how it is worked out, what it may be, and the parts of the record it needs."""

    values: Callable[[Situation], Values]
    domain: Values | None = None  # None: open (drug ids)
    parts: tuple[Part, ...] = ()
    number: Callable[[Situation], float | None] | None = None


def _classes(orders: tuple[Order, ...]) -> Values:
    kinds = (
        kinds_of(order)
        for order in orders
        if order.recognitions or order.state not in (OrderState.RECOGNISED, OrderState.OTHER_PATIENT)
    )
    return frozenset().union(*kinds) or frozenset({"none"})


def _order(situation: Situation) -> Values:
    return _classes(situation.selected)


def _session(situation: Situation) -> Values:
    return _classes(situation.orders)


def _drug(situation: Situation) -> Values:
    recognised = (order for order in situation.selected if order.state is OrderState.RECOGNISED)
    return frozenset(recognition.drug for order in recognised for recognition in order.recognitions)


def _order_reason(situation: Situation) -> Values:
    reasons = {order.reason for order in situation.selected if order.state is OrderState.RECOGNISED}
    if reasons == {Reason.OTHER_CANCER}:
        return frozenset({str(Reason.OTHER_CANCER)})
    stated = next((each for each in (Reason.LUNG_CANCER, Reason.SMALL_CELL) if each in reasons), Reason.NOT_STATED)
    return frozenset({str(stated)})


def _complete(situation: Situation, *parts: Part) -> bool:
    return all(situation.availability(part) is Availability.COMPLETE for part in parts)


def _ros1(situation: Situation) -> Values:
    status = situation.facts.ros1.status
    if status is Ros1Status.NOT_FOUND and not _complete(situation, Part.RESULTS):
        return frozenset({UNKNOWN})
    return frozenset({str(status)})


def _diagnosis(situation: Situation) -> Values:
    """Return the lung cancer on file, or else the one that the orders say they are for."""
    lung_cancer = situation.facts.diagnosis.lung_cancer
    reason = _order_reason(situation)
    if lung_cancer is LungCancer.NONE and not reason.isdisjoint(_LUNG_CANCERS):
        return reason & _LUNG_CANCERS
    if lung_cancer is LungCancer.NONE and not _complete(situation, Part.DIAGNOSES):
        return frozenset({UNKNOWN})
    return frozenset({str(lung_cancer)})


def _lung_cancer_not_current(situation: Situation) -> Values:
    """Whether a lung cancer is on file that is over or only considered."""
    return frozenset({"yes" if situation.facts.diagnosis.not_current else "none"})


def _other_cancer(situation: Situation) -> Values:
    return frozenset({"yes" if situation.facts.diagnosis.other_cancers else "none"})


def _ros1_test_pending(situation: Situation) -> Values:
    return frozenset({"yes" if situation.facts.ros1.pending else "none"})


def _open_panel(situation: Situation) -> Values:
    return frozenset({"yes" if situation.facts.open_panels else "none"})


def _days_since_open_panel(situation: Situation) -> float | None:
    """Return how long ago the newest panel under way was at least; None if one has no date, as it may be of today."""
    days = [last_day(each.date) for each in situation.facts.open_panels]
    known = [day for day in days if day]
    if situation.as_of is None or not days or len(known) < len(days):
        return None
    return max((situation.as_of - max(known)).days, 0)


def _ros1_other_change(situation: Situation) -> Values:
    """Whether all that is known of ROS1 is a change that is no fusion, or a germline one."""
    deciding = situation.facts.ros1.deciding
    other = bool(deciding) and all(_OTHER_CHANGES.intersection(result.notes) for result in deciding)
    return frozenset({"yes" if other else "none"})


def _ros1_in_diagnosis(situation: Situation) -> Values:
    """Whether a diagnosis names a fusion; one that a result confirms, too, or that none does."""
    named = any(NAMED_IN_DIAGNOSIS in result.notes for result in situation.facts.ros1.results)
    return frozenset({"yes" if named else "none"})


def _squamous(situation: Situation) -> Values:
    if _diagnosis(situation) == {UNKNOWN}:
        return frozenset({UNKNOWN})
    return frozenset({"yes" if situation.facts.diagnosis.squamous else "none"})


def _smoking(situation: Situation) -> Values:
    return frozenset({str(situation.facts.smoking)})


def _extent(situation: Situation) -> Values:
    extent = extent_of(situation.facts, situation.orders)
    if extent is Extent.NOT_STATED and not _complete(situation, Part.DIAGNOSES, Part.STAGES):
        return frozenset({UNKNOWN})
    return frozenset({str(extent)})


def _cns(situation: Situation) -> Values:
    if situation.facts.spread.cns_metastases:
        return frozenset({"yes"})
    return frozenset({"none" if _complete(situation, Part.DIAGNOSES) else UNKNOWN})


def _phases(drug_class: str) -> Callable[[Situation], Values]:
    """Whether drugs of a class run or were given before."""

    def values(situation: Situation) -> Values:
        given = courses.of_class(situation.facts, drug_class)
        found = {"current" if courses.is_current(each, situation.as_of) else "prior" for each in given}
        return frozenset(found) if found else _none_given(situation, drug_class)

    return values


def _none_given(situation: Situation, drug_class: str) -> Values:
    """Return that no drug of a class was given, if all medications were sent and each of them tells."""
    unclear = any(each.drug_class == drug_class for each in situation.facts.unclear_therapies)
    return frozenset({"none" if _complete(situation, Part.MEDICATIONS) and not unclear else UNKNOWN})


def _days_since_ici_on_file(situation: Situation) -> float | None:
    """Return how long ago the newest record of a checkpoint inhibitor is; None if none has a date."""
    if situation.as_of is None:
        return None
    return courses.since_newest_record(situation.facts, CHECKPOINT_INHIBITOR, situation.as_of)


def _earlier_ici(situation: Situation) -> Values:
    if any(therapy.drug_class == CHECKPOINT_INHIBITOR for therapy in situation.facts.therapies):
        return frozenset({"yes"} if _days_since_ici_on_file(situation) is not None else {"yes", "undated"})
    return _none_given(situation, CHECKPOINT_INHIBITOR)


def _ordered_ici_on_file(situation: Situation) -> Values:
    """Whether one of the checkpoint inhibitors that are ordered was given before, or runs."""
    ordered = courses.ordered_drugs(situation.selected, CHECKPOINT_INHIBITOR)
    given = {course.drug for course in courses.of_class(situation.facts, CHECKPOINT_INHIBITOR)}
    return frozenset({"yes" if ordered & given else "none"})


def _changes(situation: Situation) -> Values:
    """Return the changes on file that the knowledge lists; words of a record never become values of a fact."""
    if changes_of(situation.facts):
        listed = listed_changes(situation.facts, situation.knowledge) if situation.knowledge else ()
        return frozenset(listed or ("not-listed",))
    return frozenset({"none" if _complete(situation, Part.RESULTS) else UNKNOWN})


def _ordered_drug_resistance(situation: Situation) -> Values:
    """Return the gravest of what is known of the kinase inhibitors ordered against the changes on file."""
    recognised = (order for order in situation.selected if order.state is OrderState.RECOGNISED)
    drugs = {each.drug for order in recognised for each in order.recognitions if each.drug_class in _KINASE_INHIBITORS}
    if not drugs or not changes_of(situation.facts) or situation.knowledge is None:
        return frozenset({"none"}) if not drugs else _changes(situation)
    effects = {effect_on_all(drug, situation.facts, situation.knowledge) for drug in drugs}
    return frozenset({str(next(effect for effect in Effect if effect in effects))})


def _option_against_change(situation: Situation) -> Values:
    """Return whether a drug that may be offered is known to be active against the changes on file."""
    if not changes_of(situation.facts) or situation.knowledge is None:
        return _changes(situation)
    needs = needs_of(situation.facts, situation.orders, situation.knowledge, situation.as_of)
    options = offers_for(needs, situation.knowledge).options
    if any(option.is_active for option in options):
        return frozenset({"active"})
    return frozenset({"not-known" if options else "none"})


def _platinum(situation: Situation) -> Values:
    drugs = situation.knowledge.drugs if situation.knowledge else {}
    given = (drugs[each.drug] for each in situation.facts.therapies if each.drug in drugs)
    if any(drug.subclass == PLATINUM for drug in given):
        return frozenset({"yes"})
    return _none_given(situation, CHEMOTHERAPY)


def _untried(situation: Situation) -> Values:
    if situation.knowledge is None:
        return frozenset({UNKNOWN})
    needs = needs_of(situation.facts, situation.orders, situation.knowledge, situation.as_of)
    if not offers_for(needs, situation.knowledge).options:
        return frozenset({"none"})
    return frozenset({"yes" if _complete(situation, Part.MEDICATIONS) else UNKNOWN})


def _approval_of_ordered(situation: Situation) -> Values:
    """Return whether the ROS1 inhibitors ordered are approved for ROS1-positive lung cancer."""
    drugs = situation.knowledge.drugs if situation.knowledge else {}
    ordered = [drugs[id_] for id_ in courses.ordered_drugs(situation.selected, ROS1_INHIBITOR) if id_ in drugs]
    approved = (any(each.confidence.usable for each in drug.ros1.approvals) for drug in ordered if drug.ros1)
    return frozenset("approved" if each else "not-approved" for each in approved) or frozenset({"none"})


def _progression_on_ordered(situation: Situation) -> Values:
    drugs = courses.ordered_drugs(situation.selected, ROS1_INHIBITOR)
    return frozenset(courses.progression_on(situation.facts, drug) for drug in drugs) or frozenset({"none"})


def _two_ros1_inhibitors(situation: Situation) -> Values:
    """Two drafts of the session, a draft beside a drug that runs, or beside one on which the cancer progressed."""
    if not courses.ordered_drugs(situation.selected, ROS1_INHIBITOR):
        return frozenset({"none"})
    ordered = courses.ordered_drugs(situation.orders, ROS1_INHIBITOR)
    if len(ordered) > 1:
        return frozenset({"ordered"})
    given = courses.of_class(situation.facts, ROS1_INHIBITOR)
    running = {each.drug for each in given if courses.is_current(each, situation.as_of)} - ordered
    if not running:
        return _none_given(situation, ROS1_INHIBITOR)
    failed = all(courses.progression_on(situation.facts, drug) != "none" for drug in running)
    return frozenset({"switch" if failed else "active"})


def _since_ici(situation: Situation) -> courses.Since | None:
    return courses.since_checkpoint_inhibitor(situation.facts, situation.as_of) if situation.as_of else None


def _fewest_days(situation: Situation) -> float | None:
    since = _since_ici(situation)
    return None if since is None else since.fewest


def _most_days(situation: Situation) -> float | None:
    since = _since_ici(situation)
    return None if since is None else math.inf if since.most is None else since.most


def _age(situation: Situation) -> float | None:
    return courses.greatest_age(situation.facts, situation.as_of) if situation.as_of else None


def _age_stated(situation: Situation) -> Values:
    return frozenset({UNKNOWN if _age(situation) is None else "stated"})


def _deceased(situation: Situation) -> Values:
    return frozenset({"yes" if situation.facts.person.deceased else "none"})


def _hospice(situation: Situation) -> Values:
    return frozenset({"yes" if situation.facts.person.hospice else "none"})


def _pd_l1(situation: Situation) -> Values:
    if situation.facts.pd_l1:
        return frozenset({"reported"})
    return frozenset({"none" if _complete(situation, Part.RESULTS) else UNKNOWN})


def _pd_l1_percent(situation: Situation) -> float | None:
    return next((result.percent for result in situation.facts.pd_l1 if result.percent is not None), None)


def _reports(situation: Situation) -> Values:
    """How the reports arrived; a client need not send any."""
    return frozenset({str(situation.availability(Part.REPORTS))})


def _baseline(situation: Situation) -> Values:
    return frozenset(str(check.state) for check in situation.facts.baseline) or frozenset({"none"})


def _interaction(situation: Situation) -> Values:
    if situation.facts.interactions:
        return frozenset({"yes"})
    return frozenset({"none" if _complete(situation, Part.MEDICATIONS) else UNKNOWN})


def _supply(part: Part) -> Fact:
    """How a part of the record arrived; of one that was not sent that is unknown."""

    def values(situation: Situation) -> Values:
        availability = situation.availability(part)
        return frozenset({UNKNOWN if availability is Availability.ABSENT else str(availability)})

    domain = frozenset(map(str, Availability)) - {str(Availability.ABSENT)} | {UNKNOWN}
    return Fact(values=values, domain=domain, parts=(part,))


def _domain(members: type[StrEnum], *more: str) -> Values:
    return frozenset(map(str, members)) | set(more)


_ORDERS: Final = frozenset(
    {CHECKPOINT_INHIBITOR, ROS1_INHIBITOR, "other-kinase-inhibitor", CHEMOTHERAPY, "none"}
) | _domain(OrderState)

_LUNG_CANCERS: Final = frozenset({str(LungCancer.UNSPECIFIED), str(LungCancer.SMALL_CELL)})
_KINASE_INHIBITORS: Final = frozenset({ROS1_INHIBITOR, "other-kinase-inhibitor"})
_PHASES: Final = frozenset({"current", "prior", "none", UNKNOWN})
_YES_OR_NONE: Final = frozenset({"yes", "none", UNKNOWN})

FACTS: Final[Mapping[str, Fact]] = {
    "order": Fact(values=_order, domain=_ORDERS),
    "session": Fact(values=_session, domain=_ORDERS),
    "drug": Fact(values=_drug),
    "order-reason": Fact(values=_order_reason, domain=_domain(Reason)),
    "ros1": Fact(values=_ros1, domain=_domain(Ros1Status, UNKNOWN), parts=(Part.RESULTS,)),
    "diagnosis": Fact(values=_diagnosis, domain=_domain(LungCancer, UNKNOWN), parts=(Part.DIAGNOSES,)),
    "other-cancer": Fact(values=_other_cancer, domain=frozenset({"yes", "none"}), parts=(Part.DIAGNOSES,)),
    "lung-cancer-not-current": Fact(
        values=_lung_cancer_not_current, domain=frozenset({"yes", "none"}), parts=(Part.DIAGNOSES,)
    ),
    "extent": Fact(values=_extent, domain=_domain(Extent, UNKNOWN), parts=(Part.DIAGNOSES, Part.STAGES)),
    "cns-metastases": Fact(values=_cns, domain=frozenset({"yes", "none", UNKNOWN}), parts=(Part.DIAGNOSES,)),
    "ros1-inhibitor": Fact(values=_phases(ROS1_INHIBITOR), domain=_PHASES, parts=(Part.MEDICATIONS,)),
    "checkpoint-inhibitor": Fact(values=_phases(CHECKPOINT_INHIBITOR), domain=_PHASES, parts=(Part.MEDICATIONS,)),
    "chemotherapy": Fact(values=_phases(CHEMOTHERAPY), domain=_PHASES, parts=(Part.MEDICATIONS,)),
    "platinum": Fact(values=_platinum, domain=_YES_OR_NONE, parts=(Part.MEDICATIONS,)),
    "untried-ros1-inhibitor": Fact(values=_untried, domain=_YES_OR_NONE, parts=(Part.MEDICATIONS,)),
    "approval-of-ordered": Fact(values=_approval_of_ordered, domain=frozenset({"approved", "not-approved", "none"})),
    "progression-on-ordered": Fact(values=_progression_on_ordered, domain=frozenset({"yes", "limited", "none"})),
    "two-ros1-inhibitors": Fact(
        values=_two_ros1_inhibitors,
        domain=frozenset({"ordered", "active", "switch", "none", UNKNOWN}),
        parts=(Part.MEDICATIONS,),
    ),
    "ros1-test-pending": Fact(values=_ros1_test_pending, domain=frozenset({"yes", "none"}), parts=(Part.RESULTS,)),
    "open-panel": Fact(values=_open_panel, domain=frozenset({"yes", "none"}), parts=(Part.RESULTS,)),
    "days-since-open-panel": Fact(values=_open_panel, parts=(Part.RESULTS,), number=_days_since_open_panel),
    "ros1-other-change": Fact(values=_ros1_other_change, domain=frozenset({"yes", "none"}), parts=(Part.RESULTS,)),
    "ros1-in-diagnosis": Fact(values=_ros1_in_diagnosis, domain=frozenset({"yes", "none"}), parts=(Part.DIAGNOSES,)),
    "squamous": Fact(values=_squamous, domain=frozenset({"yes", "none", UNKNOWN}), parts=(Part.DIAGNOSES,)),
    "smoking": Fact(values=_smoking, domain=_domain(Smoking)),
    "earlier-ici": Fact(
        values=_earlier_ici, domain=frozenset({"yes", "undated", "none", UNKNOWN}), parts=(Part.MEDICATIONS,)
    ),
    "ordered-checkpoint-inhibitor-on-file": Fact(
        values=_ordered_ici_on_file, domain=frozenset({"yes", "none"}), parts=(Part.MEDICATIONS,)
    ),
    "days-since-checkpoint-inhibitor-on-file": Fact(
        values=_phases(CHECKPOINT_INHIBITOR), parts=(Part.MEDICATIONS,), number=_days_since_ici_on_file
    ),
    "ros1-change": Fact(values=_changes, parts=(Part.RESULTS,)),
    "ordered-drug-resistance": Fact(
        values=_ordered_drug_resistance, domain=_domain(Effect, "none", UNKNOWN), parts=(Part.RESULTS,)
    ),
    "option-against-change": Fact(
        values=_option_against_change,
        domain=frozenset({"active", "not-known", "none", UNKNOWN}),
        parts=(Part.RESULTS,),
    ),
    "fewest-days-since-checkpoint-inhibitor": Fact(
        values=_phases(CHECKPOINT_INHIBITOR), parts=(Part.MEDICATIONS,), number=_fewest_days
    ),
    "most-days-since-checkpoint-inhibitor": Fact(
        values=_phases(CHECKPOINT_INHIBITOR), parts=(Part.MEDICATIONS,), number=_most_days
    ),
    "greatest-age": Fact(values=_age_stated, number=_age),
    "deceased": Fact(values=_deceased, domain=_YES_OR_NONE),
    "hospice": Fact(values=_hospice, domain=_YES_OR_NONE),
    "pd-l1": Fact(values=_pd_l1, domain=frozenset({"reported", "none", UNKNOWN}), parts=(Part.RESULTS,)),
    "pd-l1-percent": Fact(values=_pd_l1, parts=(Part.RESULTS,), number=_pd_l1_percent),
    "baseline": Fact(values=_baseline, domain=_domain(BaselineState, "none"), parts=(Part.RESULTS,)),
    "interaction": Fact(values=_interaction, domain=frozenset({"yes", "none", UNKNOWN}), parts=(Part.MEDICATIONS,)),
    "results": _supply(Part.RESULTS),
    "diagnoses": _supply(Part.DIAGNOSES),
    "medications": _supply(Part.MEDICATIONS),
    "reports": Fact(values=_reports, domain=_domain(Availability)),
}
"""Every fact that a rule may name; a new one is one line here and its function above."""
