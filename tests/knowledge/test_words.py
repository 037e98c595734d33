"""Words are found whole, in any case, with any hyphen, and only what is there."""

from __future__ import annotations

import pytest

from knowledge.words import WordIndex, Words, pattern_of

INDEX = WordIndex(
    {
        "pd-l1": Words(("PD-L1", "programmed death ligand 1")),
        "ros1": Words(("ROS1", "ROS-1")),
        "met": Words((), ("MET",)),
        "short": Words(("NGS",)),
        "long": Words(("RNA NGS",)),
        "drug": Words(("examplidol",), suffix=r"(?:-[A-Za-z]{4})?"),
        "empty": Words(()),
    }
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("PD-L1 90 %", {"pd-l1"}),
        ("pd l1", {"pd-l1"}),
        ("PDL1", {"pd-l1"}),
        ("PD\N{NON-BREAKING HYPHEN}L1", {"pd-l1"}),
        ("Programmed  death\nligand 1", {"pd-l1"}),
        ("CD74-ROS1 fusion", {"ros1"}),
        ("CD74::ROS1", {"ros1"}),
        ("(ROS1)", {"ros1"}),
        ("PROS1", set()),
        ("ROS10", set()),
        ("repressor of silencing 1", set()),
        ("MET amplification", {"met"}),
        ("criteria not met", set()),
        ("", set()),
        ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}\N{LATIN CAPITAL LETTER I WITH DOT ABOVE} ROS1", {"ros1"}),
    ],
)
def test_a_text_holds_the_words_that_a_reader_sees(text: str, ids: set[str]) -> None:
    """Hyphens may be of any kind, blanks or missing; case matters only where the data say so."""
    assert INDEX.ids(text) == ids


def test_a_longer_word_hides_the_shorter_one_inside_it() -> None:
    """Of "RNA NGS" only the whole is a hit; a second "NGS" elsewhere is one of its own."""
    text = "RNA NGS, later NGS"

    assert [(hit.id, text[hit.start : hit.end]) for hit in INDEX.hits(text)] == [("long", "RNA NGS"), ("short", "NGS")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("EXAMPLIDOL-abcd 100 mg", ["EXAMPLIDOL-abcd"]),
        ("examplidol-containing", ["examplidol"]),
        ("examplidolum", []),
        ("examplidol/otheridol", ["examplidol"]),
    ],
)
def test_a_suffix_belongs_to_its_word(text: str, words: list[str]) -> None:
    """The four-letter suffix of a biological is part of the words found; other endings are not."""
    assert [text[hit.start : hit.end] for hit in INDEX.hits(text)] == words


def test_no_words_never_match() -> None:
    """A value set without texts has a pattern that finds nothing, not even in an empty text."""
    assert pattern_of(Words(())).search("") is None
