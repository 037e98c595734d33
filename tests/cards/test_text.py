"""How words of a record stand on a card."""

from __future__ import annotations

import pytest

from cards.text import QUOTE_LENGTH, day, listing, quote, symbol


@pytest.mark.requirement("C3")
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("ROS1 fusion detected", "`ROS1 fusion detected`"),
        ("<img src=x onerror=alert(1)>", "`<img src=x onerror=alert(1)>`"),
        ("[click](http://evil.example)", "`[click](http://evil.example)`"),
        ("a `tick` inside", "``a `tick` inside``"),
        ("`ticks` at the edges``", "``` `ticks` at the edges`` ```"),
        ("two\n\n# lines\n- and a list", "`two # lines - and a list`"),
        ("zero\u200bwidth \u202eand bidi", "`zerowidth and bidi`"),
    ],
)
def test_a_record_s_words_are_quoted_so_that_they_can_do_nothing(written: str, shown: str) -> None:
    """HTML, links, Markdown, new lines and invisible characters lose their power in a code span."""
    assert quote(written) == shown


def test_a_long_quotation_is_cut() -> None:
    """A novel in a result does not fill the card."""
    assert len(quote("x" * 5000)) == QUOTE_LENGTH + 2


@pytest.mark.parametrize(
    ("date", "shown"),
    [
        ("2026-09-10", "10 Sep 2026"),
        ("2026-09-10T08:30:00+02:00", "10 Sep 2026"),
        ("2026-09", "Sep 2026"),
        ("2026", "2026"),
        ("2026-13-01", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_a_partial_date_is_shown_as_far_as_it_is_known(date: str | None, shown: str | None) -> None:
    """A date is never completed and never invented."""
    assert day(date) == shown


@pytest.mark.parametrize(("words", "shown"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_a_list_reads_as_a_person_writes_it(words: list[str], shown: str) -> None:
    """Commas, and an "and" before the last."""
    assert listing(words) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [("CD74", "CD74"), ("SLC34A2", "SLC34A2"), ("<b>", None), ("a b", None), (None, None)]
)
def test_only_a_gene_symbol_is_taken_unquoted(text: str | None, shown: str | None) -> None:
    """A partner enters the summary only if it cannot be anything but a symbol."""
    assert symbol(text) == shown
