"""The conformance table is whole, and its page is current."""

from __future__ import annotations

from tests.conformance.table import PAGE, holders, page, requirements


def test_every_requirement_has_a_test() -> None:
    """No requirement of the table is without a test that names it."""
    held = holders()
    assert [row["id"] for row in requirements() if row["id"] not in held] == []


def test_no_requirement_stands_twice() -> None:
    """Each id stands once in the table."""
    ids = [row["id"] for row in requirements()]
    assert len(ids) == len(set(ids))


def test_the_page_is_current() -> None:
    """docs/conformance.md is what `make docs` writes."""
    assert PAGE.read_text(encoding="utf-8") == page()
