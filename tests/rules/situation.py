"""Builds facts and orders from the few words of a rule's case table.

A case names only what matters to it. Without a word about them the parts of the record are complete and empty, and the
order is a selected draft. Keys of ``facts``: ros1, partner, method, diagnosis, extent, cns-metastases, ros1-inhibitor,
other-cancer, lung-cancer-not-current (a status), pd-l1, squamous, smoking, earlier-ici, open-panel, ros1-test-pending,
ros1-in-diagnosis, note, birth-date, deceased, hospice, changes (of the ROS1 protein), therapies (by drug: a phase, or
phase, start, end, until, last-given, stopped), progressions (dates), baseline (a state for each check), interactions
(the drugs to avoid); and ``absent``, ``failed``,
``incomplete``: the parts of the record that did not arrive (whole).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fhir_mapping.facts import (
    Availability,
    BaselineCheck,
    BaselineResult,
    BaselineState,
    ClinicalFacts,
    Diagnosis,
    Evidence,
    Extent,
    Interaction,
    LungCancer,
    NotCurrent,
    Order,
    OrderState,
    Part,
    PdL1Result,
    Person,
    Phase,
    Progression,
    Reason,
    Recognition,
    ResistanceChange,
    Ros1,
    Ros1Finding,
    Ros1Result,
    Ros1Status,
    Smoking,
    Spread,
    StopReason,
    Supply,
    TherapyCourse,
)
from knowledge.loader import load
from knowledge.lookup import Knowledge

_KNOWLEDGE = load()
_FINDINGS = {
    Ros1Status.CONFIRMED: Ros1Finding.POSITIVE,
    Ros1Status.IHC_ONLY: Ros1Finding.POSITIVE,
    Ros1Status.NEGATIVE: Ros1Finding.NEGATIVE,
    Ros1Status.PENDING: Ros1Finding.PENDING,
}


def facts_of(words: Mapping[str, Any]) -> ClinicalFacts:
    """Return the facts that a case names."""
    return ClinicalFacts(
        ros1=_ros1(words),
        open_panels=(
            (Evidence(resource="Observation/panel", date=_panel_date(words["open-panel"]), reported="Tempus xT"),)
            if words.get("open-panel")
            else ()
        ),
        resistance_changes=tuple(
            ResistanceChange(change=each, evidence=Evidence(resource="Observation/change", date="2026-10-02"))
            for each in words.get("changes", ())
        ),
        pd_l1=_pd_l1(words),
        diagnosis=_diagnosis(words),
        spread=Spread(
            extent=Extent(words.get("extent", "not-stated")),
            cns_metastases=(Evidence(resource="Condition/brain"),) if words.get("cns-metastases") else (),
        ),
        smoking=Smoking(words.get("smoking", "not-stated")),
        therapies=_therapies(words),
        baseline=_baseline(words),
        interactions=_interactions(words),
        progressions=tuple(map(_progression, words.get("progressions", ()))),
        person=Person(
            birth_date=words.get("birth-date"),
            deceased=words.get("deceased", False),
            hospice=(Evidence(resource="Encounter/hospice"),) if words.get("hospice") else (),
        ),
        supplies=tuple(Supply(part=part, availability=_availability(part, words)) for part in Part),
    )


def _panel_date(word: object) -> str | None:
    """Return the date of a panel under way: ``true`` is nine days ago."""
    return {True: "2026-11-12", "undated": None}.get(word, str(word))


def orders_of(words: Mapping[str, Any] | Sequence[Mapping[str, Any]], knowledge: Knowledge) -> tuple[Order, ...]:
    """Return the orders that a case names: one, or a list."""
    entries = [words] if isinstance(words, Mapping) else words
    return tuple(_order(entry, place, knowledge) for place, entry in enumerate(entries, start=1))


def _order(words: Mapping[str, Any], place: int, knowledge: Knowledge) -> Order:
    drug = words.get("drug")
    recognitions = (
        (Recognition(drug=drug, drug_class=knowledge.drugs[drug].drug_class, by="text", value=drug),) if drug else ()
    )
    return Order(
        reference=f"MedicationRequest/{place}",
        state=OrderState(words.get("state", "recognised")),
        selected=words.get("selected", True),
        display=words.get("display", drug),
        recognitions=recognitions,
        reason=Reason(words.get("reason", "not-stated")),
        intent=Extent(words["intent"]) if "intent" in words else None,
    )


def _ros1(words: Mapping[str, Any]) -> Ros1:
    status = Ros1Status(words.get("ros1", "not-found"))
    if status is Ros1Status.NOT_FOUND:
        return Ros1()
    result = Ros1Result(
        finding=_FINDINGS.get(status, Ros1Finding.INDETERMINATE),
        evidence=Evidence(
            resource="Observation/ros1", date="2026-09-10", reported=words.get("reported", "ROS1 fusion")
        ),
        method=words.get("method", "ngs"),
        partner=words.get("partner"),
        notes=(words["note"],) if "note" in words else (),
    )
    named = Ros1Result(
        finding=Ros1Finding.INDETERMINATE,
        evidence=Evidence(resource="Condition/lung", date="2026-08-20", reported="NSCLC, ROS1 positive"),
        notes=("named-in-diagnosis",),
    )
    pending = Ros1Result(finding=Ros1Finding.PENDING, evidence=Evidence(resource="Observation/next"), method="fish")
    under_way = (pending,) if words.get("ros1-test-pending") else ()
    diagnosis = (named,) if words.get("ros1-in-diagnosis") else ()
    return Ros1(status=status, deciding=(result,), results=(result, *under_way, *diagnosis), pending=under_way)


def _pd_l1(words: Mapping[str, Any]) -> tuple[PdL1Result, ...]:
    if "pd-l1" not in words:
        return ()
    percent = float(words["pd-l1"])
    evidence = Evidence(resource="Observation/pd-l1", date="2026-09-10")
    return (PdL1Result(reported=f"TPS {percent:g} %", evidence=evidence, score="TPS", percent=percent),)


def _diagnosis(words: Mapping[str, Any]) -> Diagnosis:
    lung_cancer = LungCancer(words.get("diagnosis", "none"))
    evidence = () if lung_cancer is LungCancer.NONE else (Evidence(resource="Condition/lung"),)
    others = (Evidence(resource="Condition/other", reported=words["other-cancer"]),) if "other-cancer" in words else ()
    squamous = bool(words.get("squamous"))
    status = words.get("lung-cancer-not-current")
    former = Evidence(resource="Condition/former", date="2023-05-02", reported="Adenocarcinoma of lung")
    return Diagnosis(
        lung_cancer=lung_cancer,
        evidence=evidence,
        squamous=squamous,
        other_cancers=others,
        not_current=(NotCurrent(evidence=former, status=status),) if status else (),
    )


def _baseline(words: Mapping[str, Any]) -> tuple[BaselineCheck, ...]:
    return tuple(_check(check, BaselineState(state)) for check, state in words.get("baseline", {}).items())


def _check(check: str, state: BaselineState) -> BaselineCheck:
    if state in (BaselineState.MISSING, BaselineState.NOT_SEEN):
        return BaselineCheck(check=check, state=state, missing=("a result",))
    result = BaselineResult(
        name="a result",
        evidence=Evidence(resource="Observation/measured", date="2026-11-10", reported="510 ms"),
        beyond="above its limit" if state is BaselineState.SEVERE else None,
        flag="H" if state is BaselineState.ABNORMAL else None,
        not_compared="no-unit" if state is BaselineState.NOT_COMPARED else None,
    )
    return BaselineCheck(check=check, state=state, results=(result,))


def _interactions(words: Mapping[str, Any]) -> tuple[Interaction, ...]:
    return tuple(
        Interaction(
            drug=words.get("interacts-with", "entrectinib"),
            interactor="cyp3a-inhibitor",
            member=member,
            evidence=Evidence(resource="MedicationRequest/other", reported=member),
        )
        for member in words.get("interactions", ())
    )


def _therapies(words: Mapping[str, Any]) -> tuple[TherapyCourse, ...]:
    """Return the courses that a case names: ``therapies`` by drug, each as a phase or as its dates."""
    short = (("ros1-inhibitor", "crizotinib"), ("earlier-ici", "nivolumab"))
    given = {drug: words[word] for word, drug in short if word in words} | dict(words.get("therapies", {}))
    courses = (_course(drug, {"phase": each} if isinstance(each, str) else each) for drug, each in given.items())
    return tuple(sorted(courses, key=lambda each: each.end or each.last_given or each.start or "", reverse=True))


def _progression(words: str) -> Progression:
    date, _, limited = words.partition(" ")
    return Progression(evidence=Evidence(resource="Observation/progression", date=date), limited=bool(limited))


def _course(drug: str, words: Mapping[str, Any]) -> TherapyCourse:
    return TherapyCourse(
        drug=drug,
        drug_class=_KNOWLEDGE.drugs[drug].drug_class,
        phase=Phase(words["phase"]),
        evidence=(Evidence(resource=f"MedicationRequest/{drug}", date=words.get("start")),),
        start=words.get("start"),
        end=words.get("end"),
        until=words.get("until"),
        ordered_until=words.get("ordered-until"),
        last_given=words.get("last-given"),
        stop_reason=StopReason(words["stopped"]) if "stopped" in words else None,
    )


def _availability(part: Part, words: Mapping[str, Any]) -> Availability:
    for availability in (Availability.ABSENT, Availability.FAILED, Availability.INCOMPLETE):
        if part in words.get(str(availability), ()):
            return availability
    return Availability.COMPLETE
