"""Whether a text of a record says a thing, with no denial and no doubt in the same clause."""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.lookup import Knowledge

_CLAUSES = re.compile(r"[.,;:\n\r]")
_LONGEST_TEXT = 500  # characters that are read
_DENIALS = {"negation", "hedge", "not-a-diagnosis", "result-pending", "result-not-tested"}


def says(texts: Iterable[str], concept: str, knowledge: Knowledge, *, but_not: str | None = None) -> bool:
    """Return True if a clause names the concept and neither denies nor doubts it; ``but_not``: other things so named.

    What denies within the concept's own words ("not tolerated") denies nothing.
    """
    pattern, others = knowledge.pattern(concept), knowledge.pattern(but_not) if but_not else None
    for text in texts:
        for clause in _CLAUSES.split(text[:_LONGEST_TEXT]):
            named = others.sub("|", clause) if others else clause
            if pattern.search(named) and not knowledge.concepts_in(pattern.sub("|", named)) & _DENIALS:
                return True
    return False
