"""The table of rules is whole, and its page is current."""

from __future__ import annotations

from pathlib import Path

from knowledge.loader import load_content
from tests.knowledge.rules_page import PAGE, page
from tests.knowledge.small_knowledge import FILES, write

CONTENT = load_content()


def test_the_page_is_current() -> None:
    """docs/rules.md is what `make docs` writes."""
    assert PAGE.read_text(encoding="utf-8") == page(CONTENT)


def test_every_rule_and_every_row_stands_on_the_page_once() -> None:
    """A draft is listed like a rule in use, and a row that no rule carries is said."""
    lines = page(CONTENT).splitlines()

    for rule in CONTENT.rules:
        assert len([line for line in lines if line.startswith(f"| `{rule.id}`")]) == 1, rule.id
    assert [row.row for row in CONTENT.decision_table] == list(range(1, 41))
    for row in CONTENT.decision_table:
        (line,) = (line for line in lines if line.startswith(f"| {row.row} |"))
        assert all(f"`{rule.id}`" in line for rule in CONTENT.rules if row.row in rule.rows), row.row
        assert ("**no rule**" in line) == all(row.row not in rule.rows for rule in CONTENT.rules), row.row


def test_an_option_and_a_row_without_a_rule_are_marked(tmp_path: Path) -> None:
    """A reader sees what is off, and what nobody carries."""
    rule, table = "rules/advice/take-care.yaml", "decision_table.yaml"
    option = FILES[rule].replace("status: active", "status: draft\nsiteOption: true\nrows: [1]")
    rows = FILES[table].replace("}]", "}, {row: 2, situation: Nothing is ordered, indicator: no card, note: Silence.}]")
    text = page(load_content(write(tmp_path, {rule: option, table: rows})))

    assert "| `take-care` (option) | Take care | info | Paper |" in text
    assert "| 1 | A remedy is ordered | info | `take-care` (option) |" in text
    assert "| 2 | Nothing is ordered | no card | **no rule**: Silence. |" in text
    assert text.endswith("Rows that no rule carries: 2.\n")
