"""docs/rules.md, made of the knowledge: every rule with its evidence and the rows of the decision table it carries."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from knowledge.loader import load_content
from knowledge.lookup import Content, Knowledge
from knowledge.model import Citation, Rule, Status

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"

_HEAD = """\
# Rules

Every rule of knowledge release {release}, and which row of the decision table it carries.

Made by `make docs` from `knowledge/data`; a test keeps it current. A rule's words and conditions stand in
`knowledge/data/rules/<topic>/<id>.yaml`, the cases that it must hold in `tests/rules/<topic>/<id>.yaml`. What of it is
not verified or past its review date is told by `make knowledge-report`.

Of the rules of a topic that apply, the one of highest priority speaks; a rule that adds only puts its paragraph on the
card of others; a silent rule keeps its topic without a card. "Option" marks a rule that is off until a site's overlay
enables it; a site may also put a rule into silent mode (`docs/site-overlay.md`).
"""
_RULES = """
| Id | Situation | Indicator | Citations | Confidence | Last review | Review by | Rows |
|---|---|---|---|---|---|---|---|
"""
_ROWS = """
## The decision table

| Row | Situation | Indicator | Carried by |
|---|---|---|---|
"""


def page(content: Content) -> str:
    """Return the text of docs/rules.md."""
    citations = Knowledge(content).citations  # with those of the statements that a card uses
    parts = [_HEAD.format(release=content.release.version)]
    for topic in content.release.topics:
        rules = sorted(
            (rule for rule in content.rules if rule.topic == topic.id), key=lambda rule: (-rule.priority, rule.id)
        )
        parts += [
            f"\n## {topic.display} (`{topic.id}`)\n",
            _RULES,
            *(_rule(rule, citations(rule), content) for rule in rules),
        ]
    carried = {row.row: [rule for rule in content.rules if row.row in rule.rows] for row in content.decision_table}
    parts.append(_ROWS)
    parts += (
        f"| {row.row} | {_cell(row.situation)} | {row.indicator} | {_carriers(carried[row.row], row.note)} |\n"
        for row in content.decision_table
    )
    without = [str(row.row) for row in content.decision_table if not carried[row.row]]
    parts.append(f"\nRows that no rule carries: {', '.join(without) or 'none'}.\n")
    return "".join(parts)


def _rule(rule: Rule, citations: Iterable[Citation], content: Content) -> str:
    cells = (
        f"`{rule.id}`{_state(rule)}",
        rule.title,
        _indicator(rule),
        _citations(citations, content),
        rule.confidence,
        rule.last_review_date,
        rule.review_by,
        ", ".join(map(str, sorted(rule.rows))) or "none",
    )
    return f"| {' | '.join(map(_cell, cells))} |\n"


def _state(rule: Rule) -> str:
    if rule.site_option:
        return " (option)"
    return "" if rule.status is Status.ACTIVE else f" ({rule.status})"


def _indicator(rule: Rule) -> str:
    if rule.silence:
        return "silent"
    if rule.adds_to:
        return "adds to " + ", ".join(f"`{id_}`" for id_ in rule.adds_to)
    return (rule.card.indicator if rule.card else None) or ""


def _citations(citations: Iterable[Citation], content: Content) -> str:
    short = {source.id: source.short for source in content.sources}
    return "; ".join(short[each.source] + (f" ({each.locator})" if each.locator else "") for each in citations)


def _carriers(rules: list[Rule], note: str | None) -> str:
    carriers = ", ".join(f"`{rule.id}`{_state(rule)}" for rule in sorted(rules, key=lambda rule: rule.id))
    return carriers or f"**no rule**{f': {note}' if note else ''}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page(load_content()), encoding="utf-8")
