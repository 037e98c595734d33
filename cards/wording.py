"""The shared words of cards, from knowledge/data/wording.yaml, filled."""

from __future__ import annotations

from knowledge.lookup import Knowledge


def say(knowledge: Knowledge, phrase: str, **values: str) -> str:
    """Return a shared phrase with its placeholders filled; the values are our own words or quoted ones."""
    return knowledge.wording[phrase].format(**values)
