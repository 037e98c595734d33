"""How long ago things were, as far as partial dates tell, and on which drug the cancer progressed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from cards.calendar import certainly_after, first_day, last_day, years_between
from cards.courses import Since, is_current, progression_on, since_checkpoint_inhibitor, since_newest_record
from fhir_mapping.facts import ClinicalFacts, Evidence
from tests.rules.situation import facts_of

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-02-03", date(2026, 2, 3), date(2026, 2, 3)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-02-30", None, None),
        ("soon", None, None),
        (None, None, None),
    ],
)
def test_a_partial_date_is_every_day_that_it_can_mean(day: str | None, first: date | None, last: date | None) -> None:
    """And what is no date is none."""
    assert (first_day(day), last_day(day)) == (first, last)


def test_a_date_is_later_only_if_it_is_surely_so() -> None:
    """A year is neither before nor after one of its days."""
    assert certainly_after("2026-02", "2026-01")
    assert not certainly_after("2026", "2026-01-05")
    assert not certainly_after(None, "2026")


def test_a_birthday_counts_on_the_day() -> None:
    """Not the day before."""
    assert years_between(date(2008, 11, 21), TODAY) == 18
    assert years_between(date(2008, 11, 22), TODAY) == 17


@pytest.mark.parametrize(
    ("course", "since"),
    [
        ({"phase": "prior", "last-given": "2026-11-01"}, Since(fewest=20, most=20)),
        ({"phase": "prior", "start": "2026-08-01", "last-given": "2026-11-01"}, Since(fewest=20, most=20)),
        ({"phase": "prior", "last-given": "2026-10"}, Since(fewest=21, most=51)),
        ({"phase": "current", "last-given": "2026-11-01"}, Since(fewest=0, most=20)),
        ({"phase": "prior", "start": "2026-11-01"}, Since(fewest=0, most=20)),
        ({"phase": "prior", "start": "2026-09-01", "end": "2026-11-01"}, Since(fewest=20, most=81)),
        ({"phase": "prior"}, Since(fewest=0, most=None)),
        ({"phase": "prior", "last-given": "2026-11-22"}, Since(fewest=0, most=0)),
    ],
    ids=str,
)
def test_the_last_dose_was_as_long_ago_as_the_record_tells(course: dict[str, Any], since: Since) -> None:
    """Exactly where the day is known, else between two bounds."""
    assert since_checkpoint_inhibitor(facts_of({"therapies": {"nivolumab": course}}), TODAY) == since


def test_of_several_checkpoint_inhibitors_the_last_one_counts() -> None:
    """Whichever it was; without any there is nothing to count."""
    given = {"nivolumab": {"phase": "prior", "last-given": "2026-10-01"}, "pembrolizumab": {"phase": "prior"}}

    assert since_checkpoint_inhibitor(facts_of({"therapies": given}), TODAY) == Since(fewest=0, most=51)
    assert since_checkpoint_inhibitor(facts_of({}), TODAY) is None


@pytest.mark.parametrize(
    ("until", "current"), [(None, True), ("2026-11-21", True), ("2026-11", True), ("2026", True), ("2026-11-20", False)]
)
def test_a_course_runs_until_the_last_day_that_it_may(until: str | None, *, current: bool) -> None:
    """In doubt it runs."""
    (course,) = facts_of({"therapies": {"crizotinib": {"phase": "current", "until": until}}}).therapies

    assert is_current(course, TODAY) is current


@pytest.mark.parametrize(
    ("therapies", "progressions", "said"),
    [
        ({"crizotinib": {"phase": "prior", "start": "2025-01-01", "end": "2025-06-01"}}, ["2025-05-01"], "yes"),
        ({"crizotinib": {"phase": "prior", "start": "2025-01-01", "end": "2025-06-01"}}, ["2025-07-01"], "none"),
        ({"crizotinib": {"phase": "prior", "start": "2025-01-01"}}, ["2025-07-01"], "yes"),
        (
            {
                "crizotinib": {"phase": "prior", "start": "2025-01-01"},
                "carboplatin": {"phase": "prior", "start": "2025-03"},
            },
            ["2025-07-01"],
            "none",
        ),
        ({"crizotinib": {"phase": "current", "start": "2025-01-01"}}, ["2025-07-01 limited"], "limited"),
        ({"crizotinib": {"phase": "current"}}, ["2025-07-01"], "none"),
    ],
    ids=str,
)
def test_a_progression_is_on_the_drug_that_was_given_then(
    therapies: dict[str, Any], progressions: list[str], said: str
) -> None:
    """Certainly after it began and not after it ended; without an end, until another drug began."""
    assert progression_on(facts_of({"therapies": therapies, "progressions": progressions}), "crizotinib") == said


@pytest.mark.parametrize(
    ("course", "days"),
    [
        ({"phase": "prior", "start": "2026-11-01"}, 20),
        ({"phase": "prior", "start": "2023-01-10", "end": "2026-11-01"}, 20),
        ({"phase": "prior", "start": "2025"}, 689),
        ({"phase": "current", "start": "2026-05-01", "ordered-until": "2026-11-01"}, 20),
        ({"phase": "current", "ordered-until": "2026-11-01"}, 20),
        ({"phase": "current", "start": "2026-05-01", "ordered-until": "2027-05-01"}, 204),
        ({"phase": "prior", "start": "2026-05-01", "ordered-until": "2026-11-20"}, 1),
        ({"phase": "prior", "start": "2023-05-01", "ordered-until": "2027-05-01"}, 1300),
        ({"phase": "prior", "last-given": "2027-02-01"}, None),
        ({"phase": "prior"}, None),
    ],
    ids=str,
)
def test_the_newest_record_of_a_treatment_is_as_long_ago_as_it_may_be(course: dict[str, Any], days: int | None) -> None:
    """Of a year the first day counts; what lies ahead, or has no day, tells nothing."""
    facts = facts_of({"therapies": {"pembrolizumab": course}})

    assert since_newest_record(facts, "immune-checkpoint-inhibitor", TODAY) == days


def test_the_day_on_which_somebody_told_of_a_treatment_is_not_the_day_of_the_treatment() -> None:
    """A history taken today, without any date of its own, would make a treatment of years ago a recent one."""
    (course,) = facts_of({"earlier-ici": "prior"}).therapies
    told = replace(course, evidence=(Evidence(resource="MedicationStatement/1", date="2026-11-20"),))

    assert since_newest_record(ClinicalFacts(therapies=(told,)), "immune-checkpoint-inhibitor", TODAY) is None
