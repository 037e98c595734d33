"""The numbers of a rule that a site may set: where they stand in ``when``, and in the rule's words as ``{fact}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from knowledge.model import Rule


def number_of(rule: Rule, fact: str) -> float | None:
    """Return the number to which a rule compares a fact; None if there is none, or more than one."""
    found = set(_numbers(rule.when, fact))
    return found.pop() if len(found) == 1 else None


def with_number(rule: Rule, fact: str, number: float) -> Rule:
    """Return the rule with another number for a fact."""
    return replace(rule, when=_replaced(rule.when, fact, number))


def worded(rule: Rule) -> Rule:
    """Return the rule with its configurable numbers in its words."""
    if not rule.card or not rule.configurable:
        return rule
    summary, detail = rule.card.summary, rule.card.detail
    for each in rule.configurable:
        shown = f"{number_of(rule, each.fact):g}"
        summary = summary and summary.replace(f"{{{each.fact}}}", shown)
        detail = detail.replace(f"{{{each.fact}}}", shown)
    return replace(rule, card=replace(rule.card, summary=summary, detail=detail))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _inner(when: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*when.get("all", ()), *when.get("any", ()), *([when["not"]] if "not" in when else ())]


def _numbers(when: Mapping[str, Any], fact: str) -> Iterator[float]:
    if when.get("fact") == fact:
        yield from (value for value in when.values() if _is_number(value))
    for inner in _inner(when):
        yield from _numbers(inner, fact)


def _replaced(when: Mapping[str, Any], fact: str, number: float) -> dict[str, Any]:
    if when.get("fact") == fact:
        return {key: number if _is_number(value) else value for key, value in when.items()}
    return {
        key: [_replaced(each, fact, number) for each in value]
        if isinstance(value, list) and key in ("all", "any")
        else _replaced(value, fact, number)
        if key == "not"
        else value
        for key, value in when.items()
    }
