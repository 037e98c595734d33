"""Partial dates: kept as reported, compared only as far as they are known."""

from __future__ import annotations

import pytest

from fhir_mapping.dates import is_after, newest_first, partial_date


@pytest.mark.parametrize(
    ("sent", "date"),
    [
        ("2026", "2026"),
        ("2026-09", "2026-09"),
        ("2026-09-10", "2026-09-10"),
        ("2026-09-10T08:00:00+02:00", "2026-09-10"),
        (" 2026-09-10T08:00Z ", "2026-09-10"),
        ("2026-02-30", None),
        ("2026-13", None),
        ("0000", None),
        ("10.09.2026", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("2026-09-10T" + "0" * 100_000, None),
        ("\u0662\u0660\u0662\u0666", None),
    ],
)
def test_the_date_part_is_kept_as_far_as_it_goes(sent: str | None, date: str | None) -> None:
    """Never completed, never invented."""
    assert partial_date(sent) == date


@pytest.mark.parametrize(
    ("day", "other", "after"),
    [
        ("2026-09-11", "2026-09-10", True),
        ("2026-09-10", "2026-09-10", False),
        ("2026-09-10", "2026-09-11", False),
        ("2027", "2026-09-10", True),
        ("2026", "2026-09-10", False),
        ("2026-09-10", "2026", False),
        ("2026-10", "2026-09", True),
        ("2026-10", "2026", False),
        (None, "2026", False),
        ("2026", None, False),
        (None, None, False),
    ],
)
def test_a_date_is_after_another_only_if_it_surely_is(day: str | None, other: str | None, after: bool) -> None:  # noqa: FBT001 - a case's outcome
    """A year may be any of its days, no date any day."""
    assert is_after(day, other) is after


def test_newest_first_does_not_depend_on_the_order() -> None:
    """What has no date comes last; of the same day, the order is fixed."""
    things = [("b", "2026"), ("a", "2026"), ("c", None), ("d", "2027-01"), ("a", "2026")]

    ordered = newest_first(things, lambda thing: thing[1])

    assert ordered == (("d", "2027-01"), ("a", "2026"), ("b", "2026"), ("c", None))
    assert newest_first(reversed(things), lambda thing: thing[1]) == ordered
