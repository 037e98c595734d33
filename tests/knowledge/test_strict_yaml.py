"""YAML is read without PyYAML's surprises."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.strict_yaml import read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0123", "0123"),  # PyYAML: 83
        ("no", "no"),  # PyYAML: False
        ("Yes", "Yes"),  # PyYAML: True
        ("on", "on"),  # PyYAML: True
        ("True", "True"),
        ("2026-11-20", "2026-11-20"),  # PyYAML: a date
        ("12:30", "12:30"),  # PyYAML: 750
        ("1_000", "1_000"),  # PyYAML: 1000
        ("0x1F", "0x1F"),  # PyYAML: 31
        ("1e5", "1e5"),
        (".5", ".5"),
        ("+1", "+1"),
        ("<<", "<<"),
        ("1547545", 1547545),
        ("-4", -4),
        ("0", 0),
        ("83.5", 83.5),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"1547545"', "1547545"),
    ],
)
def test_only_null_plain_numbers_and_true_or_false_are_resolved(text: str, value: object) -> None:
    """Everything else stays the text that it is."""
    read, problems = read_yaml(f"key: {text}")

    assert (read, problems) == ({"key": value}, [])


def test_a_key_that_stands_twice_is_named_with_its_line() -> None:
    """Every second key is found, however deep, in one reading."""
    _, problems = read_yaml("a: 1\nb:\n  - {c: 1, c: 2}\na: 2\n")

    assert [(problem.line, problem.got) for problem in problems] == [
        (3, "the key 'c' a second time"),
        (4, "the key 'a' a second time"),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1,\n  2", 2),
        ("a: 1\n--- \nb: 2", 2),
        ("a: !!timestamp 2026-11-20", 1),
        ("a: !!python/object/apply:os.getcwd []", 1),
        ("- &x [*x]", 1),
        ("a: 'x\x07'", 1),
        ("1: a", 1),
    ],
)
def test_what_is_no_plain_yaml_is_a_problem_with_a_line(text: str, line: int) -> None:
    """A broken text, a second document, a tag, a loop, a control character or a key that is no text is refused."""
    _, problems = read_yaml(text)

    assert [abs(problem.line - line) <= 1 for problem in problems] == [True]


def test_a_flow_mapping_and_a_folded_text_are_read_as_they_look() -> None:
    """The two forms that our files use give what a reader expects."""
    read: tuple[Any, Any] = read_yaml('codes:\n  - {system: loinc, code: "69548-6"}\nnote: >-\n  one\n  two\n')

    assert read == ({"codes": [{"system": "loinc", "code": "69548-6"}], "note": "one two"}, [])
