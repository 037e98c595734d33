"""Each fact in words: every kind once, nothing of the record's text loose, nothing that a record did not say."""

from __future__ import annotations

from datetime import date

import pytest

from cards.decision import Decision, RuleBook, decide
from cards.text import quote
from cards.told import Told, facts_in_words, status_in_words
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
    Part,
    PdL1Result,
    Person,
    Phase,
    Progression,
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

_KNOWLEDGE = load()
_RULES = RuleBook(_KNOWLEDGE)
_HOSTILE = "<script>alert(1)</script> `[x](http://evil)`"


def _seen(resource: str, day: str | None, reported: str | None = None) -> Evidence:
    return Evidence(resource=resource, date=day, reported=reported)


_ALL = ClinicalFacts(
    ros1=Ros1(
        status=Ros1Status.CONFIRMED,
        results=(Ros1Result(finding=Ros1Finding.POSITIVE, evidence=_seen("Observation/1", "2026-09-10", _HOSTILE)),),
    ),
    resistance_changes=(ResistanceChange(change="G2032R", evidence=_seen("Observation/2", "2026-11-03")),),
    pd_l1=(PdL1Result(reported="90 %", evidence=_seen("Observation/3", "2026-09")),),
    diagnosis=Diagnosis(
        lung_cancer=LungCancer.NSCLC,
        evidence=(_seen("Condition/1", None, "Adenocarcinoma of lung"),),
        other_cancers=(_seen("Condition/2", "2019", "Melanoma"),),
    ),
    spread=Spread(extent=Extent.METASTATIC, evidence=(_seen("Condition/3", "2026-08-20"),)),
    smoking=Smoking.NEVER,
    therapies=(
        TherapyCourse(
            drug="crizotinib",
            drug_class="ros1-inhibitor",
            phase=Phase.PRIOR,
            evidence=(_seen("MedicationRequest/2", "2025-02-01"), _seen("MedicationRequest/1", "2024-04-20")),
            start="2024-04-20",
            stop_reason=StopReason.PROGRESSION,
        ),
    ),
    progressions=(Progression(evidence=_seen("Observation/4", "2026-10-30"), limited=True),),
    person=Person(hospice=(_seen("Encounter/1", "2026-11-01", "Hospice"),)),
    baseline=(
        BaselineCheck(
            check="liver-tests",
            state=BaselineState.NORMAL,
            results=(BaselineResult(name="ALT", evidence=_seen("Observation/5", "2026-11-02", "20 U/L")),),
        ),
    ),
    interactions=(
        Interaction(
            drug="entrectinib",
            interactor="cyp3a-inhibitor",
            member="itraconazole",
            evidence=_seen("MedicationRequest/3", "2026-11-04", "itraconazole 100 MG"),
        ),
    ),
)


def _decision(facts: ClinicalFacts) -> Decision:
    return decide(facts, (), _RULES, date(2026, 11, 21))


def _words(told: tuple[Told, ...]) -> dict[str, str]:
    return {each.resources[0] if each.resources else each.kind: each.words for each in told}


def test_every_fact_is_told_newest_first() -> None:
    """In our own words, the record's quoted; with its date as far as the record states it, and every resource."""
    told = facts_in_words(_decision(_ALL), _KNOWLEDGE)

    assert [each.date for each in told] == [
        "2026-11-04", "2026-11-03", "2026-11-02", "2026-11-01", "2026-10-30", "2026-09-10", "2026-09", "2026-08-20",
        "2024-04-20", "2019", "", "",
    ]  # fmt: skip
    assert _words(told) == {
        "MedicationRequest/3": "itraconazole, reported as `itraconazole 100 MG`",
        "Observation/2": "G2032R",
        "Observation/5": "ALT `20 U/L`",
        "Encounter/1": "hospice care, reported as `Hospice`",
        "Observation/4": "limited progression",
        "Observation/1": f"positive, method not stated, reported as {quote(_HOSTILE)}",
        "Observation/3": "reported as `90 %`",
        "Condition/3": "metastatic",
        "MedicationRequest/2": "crizotinib from 20 Apr 2024, stopped: progression, limited progression on 30 Oct 2026",
        "Condition/2": "another cancer, reported as `Melanoma`",
        "Condition/1": "non-small cell lung cancer, reported as `Adenocarcinoma of lung`",
        "person": "never smoked",
    }
    course = next(each for each in told if each.kind == "treatment")
    assert course.resources == ("MedicationRequest/2", "MedicationRequest/1")
    assert (course.label, course.day) == ("Treatment", "20 Apr 2024")


def test_of_nothing_nothing_is_told() -> None:
    """An empty record has no facts, and its status says that no result was found."""
    decision = _decision(ClinicalFacts())

    assert facts_in_words(decision, _KNOWLEDGE) == ()
    assert status_in_words(decision, _KNOWLEDGE) == "No ROS1 result found"


@pytest.mark.parametrize("part", [Part.RESULTS, Part.REPORTS])
@pytest.mark.parametrize("availability", [each for each in Availability if each is not Availability.COMPLETE])
def test_results_that_did_not_arrive_are_not_told_as_none(part: Part, availability: Availability) -> None:
    """Unknown is not negative: nor is it nothing found. Other parts say nothing of it, a result that came counts."""
    missing = Supply(part=part, availability=availability)
    medications = Supply(part=Part.MEDICATIONS, availability=availability)
    told = [
        status_in_words(_decision(facts), _KNOWLEDGE)
        for facts in (
            ClinicalFacts(supplies=(missing,)),
            ClinicalFacts(supplies=(medications,)),
            ClinicalFacts(supplies=(missing,), ros1=Ros1(status=Ros1Status.CONFIRMED)),
        )
    ]
    assert told == [
        "ROS1 not known: results did not arrive whole",
        "No ROS1 result found",
        "ROS1 fusion confirmed",
    ]


def test_every_value_of_a_fact_has_words() -> None:
    """A status, an extent, a cancer or a habit that is added to the facts needs a phrase of its own."""
    phrases = _KNOWLEDGE.wording

    assert all(f"told.status.{each}" in phrases for each in Ros1Status)
    assert all(f"told.extent.{each}" in phrases for each in Extent)
    assert all(f"told.diagnosis.{each}" in phrases for each in LungCancer if each is not LungCancer.NONE)
    assert all(f"told.smoking.{each}" in phrases for each in Smoking if each is not Smoking.NOT_STATED)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Ros1Status.INDETERMINATE, "ROS1 fusion named in a diagnosis, no positive result found"),
        (Ros1Status.NEGATIVE, "ROS1 negative, but a diagnosis names a ROS1 fusion"),
        (Ros1Status.CONFIRMED, "ROS1 fusion confirmed"),
    ],
)
def test_a_fusion_that_a_diagnosis_names_is_in_the_status(status: Ros1Status, words: str) -> None:
    """It said "not informative" of a record that says ROS1 positive, and plainly "negative" beside one."""
    named = Ros1Result(
        finding=Ros1Finding.INDETERMINATE,
        evidence=_seen("Condition/1", "2026-08-20", "NSCLC, ROS1 positive"),
        notes=("named-in-diagnosis",),
    )
    decision = decide(ClinicalFacts(ros1=Ros1(status=status, results=(named,))), (), _RULES, date(2026, 11, 21))

    assert status_in_words(decision, _KNOWLEDGE) == words
    told = [each.words for each in facts_in_words(decision, _KNOWLEDGE) if each.kind == "ros1"]
    assert told == ["no test result, named in a diagnosis, reported as `NSCLC, ROS1 positive`"]
