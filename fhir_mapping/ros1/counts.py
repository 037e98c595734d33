"""Counts of cells beside a positive word: whether they make it doubtful. They never make a result."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fhir_mapping.ros1.segments import Segment
from fhir_mapping.ros1.tokens import GENES, Kind, Token

_COUNTED = re.compile(r"[0-9]\s?%?\s?(?:of|/|out of)\s[^.,;:()]{1,40}\Z", re.IGNORECASE)
_CELLS = re.compile(r"\s+(?:cells|nuclei)\b", re.IGNORECASE)
_NUMBER = r"([0-9]{1,3}(?:[.,][0-9]{1,2})?)\s?%"
_OF_CELLS = r"\s*(?:of\s+)?(?:the\s+)?(?:tumou?r\s+)?(?:cells|nuclei|split|signals?|rearranged|positive)"
_MEASURED = re.compile(
    rf"\A\s*{_NUMBER}|(?:rearranged|positive)\s*[:=]\s*{_NUMBER}|{_NUMBER}{_OF_CELLS}", re.IGNORECASE
)
_BACKGROUND = re.compile(r"\b(?:background|controls?|normal|cut-?off)\b", re.IGNORECASE)
_NEAR = 25  # characters before a count


def only_counts(text: str, part: Segment) -> bool:
    """Return True for "2% of ROS1 cells positive": how many positive cells make a result is not said."""
    first = part.first({Kind.POSITIVE})
    if first is None or _MEASURED.search(text):
        return False
    counted = any(_CELLS.match(text, each.end) for each in part.tokens if each.kind is Kind.POSITIVE)
    return counted or _COUNTED.search(text, part.start, first) is not None


def counts_fewer(text: str, tokens: Sequence[Token], least: float) -> bool:
    """Return True for "detected in 2% of nuclei", if a result needs at least so many per cent.

    One count that is enough will do, and what is counted of another gene or of the background does not count.
    """
    found = [each for each in _MEASURED.finditer(text) if _is_ours(each.start(), text, tokens)]
    counts = [float(next(filter(None, each.groups())).replace(",", ".")) for each in found]
    return bool(counts) and max(counts) < least


def _is_ours(start: int, text: str, tokens: Sequence[Token]) -> bool:
    genes = [each.kind for each in tokens if each.kind in GENES and each.end <= start]
    return genes[-1:] != [Kind.GENE] and not _BACKGROUND.search(text, max(0, start - _NEAR), start)
