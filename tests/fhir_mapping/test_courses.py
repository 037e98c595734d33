"""Courses of treatment: many records of a drug are one course, with its dates and why it was stopped."""

from __future__ import annotations

import itertools
import time
from datetime import date
from typing import Any

import pytest

from fhir_mapping.facts import Phase, StopReason, TherapyCourse
from tests.fhir_mapping.fhir import RXNORM, SNOMED, concept, facts, request, resource

CRIZOTINIB = concept(RXNORM, "1148495", "crizotinib")
NO_RESPONSE = concept(SNOMED, "266721009", "No response to treatment (situation)")
NOT_TOLERATED = concept(SNOMED, "407563006", "Treatment not tolerated (situation)")


def _of(type_: str, drug: str | dict[str, Any] = CRIZOTINIB, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR elements of any shape
    named = {"text": drug} if isinstance(drug, str) else drug
    return resource(type_, {"id": type_.lower(), "medicationCodeableConcept": named} | elements)


def statement(**elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return a MedicationStatement about crizotinib."""
    return _of("MedicationStatement", **({"status": "active"} | elements))


def dose(day: str | None, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return a completed MedicationAdministration of crizotinib."""
    return _of("MedicationAdministration", **({"status": "completed", "effectiveDateTime": day} | elements))


def supply(day: str | None, **elements: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return a completed MedicationDispense of crizotinib."""
    return _of("MedicationDispense", **({"status": "completed", "whenHandedOver": day} | elements))


def _course(*resources: dict[str, Any]) -> TherapyCourse:
    """Return the one course that resources tell of, in whatever order they come."""
    (course,) = facts(*resources).therapies
    for shuffled in itertools.islice(itertools.permutations(resources), 24):
        assert facts(*shuffled).therapies == (course,)
    return course


def test_what_an_order_a_statement_and_doses_tell_of_one_course_is_one_course() -> None:
    """It begins where it was proven, and lasts until the record says that it ended."""
    period = {"start": "2025-01-10", "end": "2025-11-30"}
    course = _course(
        request(CRIZOTINIB, id="r", authoredOn="2025-01-02"),
        statement(status="stopped", effectivePeriod=period, statusReason=[NO_RESPONSE]),
        supply("2025-01-10T09:00:00Z"),
    )

    assert (course.phase, course.start, course.end) == (Phase.PRIOR, "2025-01-10", "2025-11-30")
    assert (course.last_given, course.stop_reason) == ("2025-11-30", StopReason.PROGRESSION)
    assert {each.resource.partition("/")[0] for each in course.evidence} == {
        "MedicationRequest",
        "MedicationStatement",
        "MedicationDispense",
    }


def test_monthly_prescriptions_are_one_course() -> None:
    """No pause between records ends a course."""
    months = [request(CRIZOTINIB, id=f"r{n}", status="completed", authoredOn=f"2025-{n:02}-01") for n in (1, 2, 3, 9)]
    course = _course(*months, request(CRIZOTINIB, id="now", authoredOn="2025-10-01"))

    assert (course.phase, course.start, course.until, course.stop_reason) == (Phase.CURRENT, "2025-01-01", None, None)


def test_what_begins_after_a_stated_end_is_another_course() -> None:
    """The newer one comes first."""
    first = statement(id="a", status="stopped", effectivePeriod={"start": "2023-01", "end": "2024-02"})
    again = statement(id="b", effectivePeriod={"start": "2026-03-01"})

    newer, older = facts(first, again).therapies

    assert (newer.phase, newer.start, newer.stop_reason) == (Phase.CURRENT, "2026-03-01", None)
    assert (older.phase, older.end, older.stop_reason) == (Phase.PRIOR, "2024-02", StopReason.UNKNOWN)


def test_an_end_that_is_not_fully_known_ends_no_course_early() -> None:
    """Some day of 2026 may be later than the first of March."""
    first = statement(id="a", status="stopped", effectivePeriod={"start": "2023-01", "end": "2026"})

    assert len(facts(first, statement(id="b", effectivePeriod={"start": "2026-03-01"})).therapies) == 1


def test_a_stale_active_order_does_not_outlive_the_end() -> None:
    """An order says active for years; the statement says when it was over."""
    course = _course(
        request(CRIZOTINIB, id="r", authoredOn="2024-01-02"),
        statement(status="completed", effectivePeriod={"start": "2024-01-10", "end": "2025-03-01"}),
    )

    assert (course.phase, course.end, course.stop_reason) == (Phase.PRIOR, "2025-03-01", None)


def test_a_changed_dose_is_no_stop() -> None:
    """The old order was stopped, the new one runs."""
    course = _course(
        request(CRIZOTINIB, id="old", status="stopped", authoredOn="2025-01-02"),
        request(CRIZOTINIB, id="new", authoredOn="2025-06-02"),
    )

    assert (course.phase, course.start, course.stop_reason) == (Phase.CURRENT, "2025-01-02", None)


@pytest.mark.parametrize(
    ("elements", "until"),
    [
        ({"dispenseRequest": {"validityPeriod": {"start": "2026-01-01", "end": "2026-06-30"}}}, "2026-06-30"),
        ({"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"end": "2026-02"}}}}]}, "2026-02"),
        ({}, None),
    ],
)
def test_an_active_order_runs_until_the_day_that_it_states(elements: dict[str, Any], until: str | None) -> None:
    """Whether that day is over is for the decision to say."""
    course = _course(request(CRIZOTINIB, authoredOn="2026-01-01", **elements))

    assert (course.phase, course.until) == (Phase.CURRENT, until)


_BOUNDS = {"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"end": "2026-11-01"}}}}]}
_VALID = {"dispenseRequest": {"validityPeriod": {"start": "2025-12-01", "end": "2026-11-14"}}}


@pytest.mark.parametrize(
    ("records", "until"),
    [
        ([request(CRIZOTINIB, authoredOn="2026-05-01", **_BOUNDS)], "2026-11-01"),
        ([request(CRIZOTINIB, authoredOn="2025-12-01", **_VALID)], "2026-11-14"),
        ([request(CRIZOTINIB, authoredOn="2026-05-01", status="completed", **_BOUNDS)], "2026-11-01"),
        ([request(CRIZOTINIB, authoredOn="2026-05-01", status="stopped", **_BOUNDS)], None),
        ([request(CRIZOTINIB, authoredOn="2026-05-01")], None),
        ([supply("2026-01-10", daysSupply={"value": 30, "unit": "d"})], None),
        (
            [
                request(CRIZOTINIB, id="r", authoredOn="2024-01-02", status="completed", **_BOUNDS),
                statement(status="completed", effectivePeriod={"start": "2024-01-10", "end": "2025-03-01"}),
            ],
            None,
        ),
    ],
    ids=["bounds", "validity", "completed", "stopped", "not stated", "a supply", "ended earlier"],
)
def test_the_last_day_of_an_order_is_kept_unless_it_was_stopped(records: list[Any], until: str | None) -> None:
    """A renewal of it goes on with the same treatment; what ended before its order did, ended then."""
    assert _course(*records).ordered_until == until


def test_a_supply_may_last_twice_as_long_as_it_says() -> None:
    """Thirty days, and thirty for a refill that is late; without a number it proves that day only."""
    days = {"value": 30, "unit": "d"}

    assert _course(supply("2026-01-10T09:00:00Z", daysSupply=days)).until == "2026-03-11"
    assert _course(supply("9999-12-01", daysSupply=days)).until == "9999-12-31"
    assert _course(supply("2026-01-10")).phase is Phase.PRIOR
    assert _course(supply("2026-01", daysSupply=days)).phase is Phase.PRIOR
    assert _course(supply("2026-01-10", daysSupply={"value": 1e300})).phase is Phase.PRIOR
    assert _course(supply("2024-01-01", daysSupply={"value": 5000})).phase is Phase.PRIOR


def test_a_supply_of_a_drug_that_was_stopped_lasts_as_long_as_it_says() -> None:
    """No refill is to be expected."""
    stopped = request(CRIZOTINIB, id="r", status="stopped", authoredOn="2026-01-02")

    assert _course(stopped, supply("2026-01-10", daysSupply={"value": 30, "unit": "d"})).until == "2026-02-09"


@pytest.mark.parametrize(
    "record",
    [
        dose("2026-11-24T08:00:00Z"),
        dose("2027"),
        dose(None, effectivePeriod={"end": "2026-11-24"}),
        statement(effectiveDateTime="2026-11-24"),
        statement(status="completed", effectivePeriod={"end": "2026-11-24"}),
        supply("2026-11-24", daysSupply={"value": 30, "unit": "d"}),
    ],
    ids=str,
)
def test_what_is_still_to_come_was_not_given(record: dict[str, Any]) -> None:
    """It is said, and it is nothing that is unclear."""
    found = facts(record, as_of=date(2026, 11, 21))

    assert (found.therapies, found.unclear_therapies) == ((), ())
    assert ["still to come" in each.problem for each in found.unread] == [True]


@pytest.mark.parametrize(
    ("record", "given"),
    [
        (dose("2026-11-21T23:00:00-08:00"), "2026-11-21"),
        (dose("2026-11-22T08:00:00+11:00"), "2026-11-22"),
        (dose(None, effectivePeriod={"start": "2026-11-20", "end": "2026-11-24"}), "2026-11-20"),
        (statement(status="completed", effectivePeriod={"start": "2026-11-01", "end": "2026-11-24"}), None),
    ],
    ids=str,
)
def test_what_has_begun_was_given(record: dict[str, Any], given: str | None) -> None:
    """A day later it may be the same day elsewhere; an end that is still to come is no dose."""
    (course,) = facts(record, as_of=date(2026, 11, 21)).therapies

    assert course.last_given == given


@pytest.mark.parametrize(
    "record",
    [
        request(CRIZOTINIB, status="unknown"),
        request(CRIZOTINIB, status=None),
        statement(status="unknown"),
        statement(status=None),
        dose("2026-01-01", status="unknown"),
        supply(None, status="unknown"),
    ],
    ids=str,
)
def test_a_drug_whose_use_is_not_known_is_named(record: dict[str, Any]) -> None:
    """A status that does not tell whether it was given is not the same as that it was not."""
    found = facts(record)

    assert found.therapies == ()
    assert [(each.drug, each.drug_class) for each in found.unclear_therapies] == [("crizotinib", "ros1-inhibitor")]


@pytest.mark.parametrize(
    "record", [request("aspirin", status="unknown"), statement(status="entered-in-error"), request(CRIZOTINIB)], ids=str
)
def test_nothing_is_unclear_of_other_drugs_and_known_states(record: dict[str, Any]) -> None:
    """Only our drugs matter."""
    assert facts(record).unclear_therapies == ()


def test_the_last_dose_is_the_newest_that_was_given() -> None:
    """Doses that were not given are none."""
    course = _course(
        dose("2026-01-10", id="a"),
        dose(None, id="b", effectivePeriod={"start": "2026-02-01T09:00:00Z", "end": "2026-02-01T10:00:00Z"}),
        dose("2026-03-01", id="c", status="not-done"),
    )

    assert (course.start, course.last_given, course.phase) == ("2026-01-10", "2026-02-01", Phase.PRIOR)


def test_an_order_is_no_dose() -> None:
    """When the last dose was is not known then."""
    assert _course(request(CRIZOTINIB, status="completed", authoredOn="2026-01-01")).last_given is None


@pytest.mark.parametrize(
    "resources",
    [
        [statement(status="intended")],
        [statement(status="entered-in-error")],
        [statement(status="not-taken")],
        [dose("2026-01-01", status="not-done")],
        [dose("2026-01-01", status="entered-in-error")],
        [supply("2026-01-01", status="entered-in-error")],
        [supply(None, status="preparation")],
        [supply(None, status="cancelled")],
        [supply(None, status="declined")],
        [supply(None, status="on-hold")],
        [request(CRIZOTINIB, authoredOn="2026-01-01"), statement(status="not-taken", dateAsserted="2026-01-15")],
        [request(CRIZOTINIB), statement(status="not-taken")],
        [statement(subject={"reference": "Patient/2"})],
        [dose("2026-01-01", subject={"reference": "Patient/2"})],
        [supply("2026-01-01", subject={"reference": "Patient/2"})],
    ],
    ids=str,
)
def test_what_was_not_given_to_this_patient_is_no_course(resources: list[dict[str, Any]]) -> None:
    """Intended, in error, not taken, not handed over, or somebody else's."""
    assert facts(*resources).therapies == ()


@pytest.mark.parametrize(
    "resources",
    [
        [supply("2026-01-01"), statement(status="not-taken", dateAsserted="2026-01-15")],
        [request(CRIZOTINIB, status="completed"), statement(status="not-taken", dateAsserted="2026-01-15")],
        [request(CRIZOTINIB, authoredOn="2026-03-01"), statement(status="not-taken", dateAsserted="2026-01-15")],
    ],
    ids=str,
)
def test_a_drug_that_is_not_taken_now_may_have_been_given(resources: list[dict[str, Any]]) -> None:
    """What was handed over or completed stays; so does an order that is newer."""
    assert len(facts(*resources).therapies) == 1


@pytest.mark.parametrize(
    "unclear",
    [
        statement(status="unknown"),
        statement(status=None),
        dose("2026-01-01", status="unknown"),
        supply(None, status=None),
    ],
)
def test_a_status_that_does_not_tell_is_said(unclear: dict[str, Any]) -> None:
    """It makes no course, and no silence."""
    found = facts(unclear)

    assert found.therapies == ()
    assert [each.resource for each in found.unread] == [f"{unclear['resourceType']}/{unclear['id']}"]


@pytest.mark.parametrize(
    ("stopped", "reason"),
    [
        ({"statusReason": [NO_RESPONSE]}, StopReason.PROGRESSION),
        ({"statusReason": [NOT_TOLERATED]}, StopReason.INTOLERANCE),
        ({"statusReason": NOT_TOLERATED}, StopReason.INTOLERANCE),
        ({"statusReason": [{"text": "Progressive disease (RECIST 1.1)"}]}, StopReason.PROGRESSION),
        ({"statusReason": [{"text": "Grade 3 hepatotoxicity"}]}, StopReason.INTOLERANCE),
        ({"statusReason": [{"text": "progression and toxicity"}]}, StopReason.PROGRESSION),
        ({"note": [{"text": "Stopped for progression in the liver."}]}, StopReason.PROGRESSION),
        ({"note": [{"text": "No progression. Did not tolerate it."}]}, StopReason.INTOLERANCE),
        ({"note": [{"text": "Progression-free for two years; patient's wish"}]}, StopReason.UNKNOWN),
        ({"statusReason": [{"text": "Patient's wish"}], "note": [{"text": "progression"}]}, StopReason.UNKNOWN),
        ({"statusReason": [{"text": "not for progression"}]}, StopReason.UNKNOWN),
        ({"statusReason": [{"text": "possible progression"}]}, StopReason.UNKNOWN),
        ({}, StopReason.UNKNOWN),
    ],
    ids=str,
)
def test_why_a_treatment_was_stopped_is_read_and_never_guessed(stopped: dict[str, Any], reason: StopReason) -> None:
    """By code, by words, in a note if no reason is stated; a denial or a doubt is no reason."""
    assert _course(statement(status="stopped", **stopped)).stop_reason is reason
    assert _course(request(CRIZOTINIB, status="stopped", **stopped)).stop_reason is reason


def test_of_two_reasons_for_one_stop_progression_counts() -> None:
    """It tells what may help next; that the drug was not tolerated either changes nothing about that."""
    records = [
        request(CRIZOTINIB, id=f"r{n}", status="stopped", authoredOn="2025-01-01", statusReason=reason)
        for n, reason in enumerate((NO_RESPONSE, NOT_TOLERATED))
    ]

    assert _course(*records).stop_reason is StopReason.PROGRESSION


def test_a_drug_that_runs_again_remembers_that_it_failed() -> None:
    """An order was stopped for progression, another one runs."""
    course = _course(
        request(CRIZOTINIB, id="a", status="stopped", authoredOn="2024-01-01", statusReason=NO_RESPONSE),
        request(CRIZOTINIB, id="b", authoredOn="2026-01-01"),
    )

    assert (course.phase, course.stop_reason) == (Phase.CURRENT, StopReason.PROGRESSION)


def test_a_reference_to_a_medication_is_followed() -> None:
    """In every kind of record."""
    medication = {"resourceType": "Medication", "id": "m1", "code": CRIZOTINIB}
    referring = dose("2026-01-01") | {"medicationReference": {"reference": "Medication/m1"}}
    del referring["medicationCodeableConcept"]

    assert [each.drug for each in facts(medication, referring).therapies] == ["crizotinib"]


def test_thousands_of_doses_are_read_in_moments_and_named_in_part() -> None:
    """A hostile record buys no minutes and fills no card."""
    doses = [dose(f"20{10 + n % 15}-01-{1 + n % 28:02}", id=f"d{n}", note=[{"text": "x " * 50}]) for n in range(12_000)]
    start = time.thread_time()
    found = facts(*doses)

    assert time.thread_time() - start < 20
    assert len(found.therapies) == 1
    assert len(found.therapies[0].evidence) == 20
    assert any("more than can be read" in each.problem for each in found.unread)
