"""What the result words of one segment say together."""

from __future__ import annotations

from collections.abc import Sequence

from fhir_mapping.facts import Ros1Finding
from fhir_mapping.ros1.tokens import Kind, Token

RESULTS = {Kind.POSITIVE, Kind.NEGATIVE, Kind.OPEN_NEGATIVE, Kind.INDETERMINATE, Kind.PENDING, Kind.NOT_TESTED}
UNDECIDED = {Kind.INDETERMINATE, Kind.PENDING, Kind.NOT_TESTED}
NEGATORS = {Kind.NEGATION, Kind.OPEN_NEGATIVE}
CHANGES = {Kind.OTHER_CHANGE, Kind.SIGNIFICANCE}
NEGATIVES = {Kind.NEGATIVE, Kind.OPEN_NEGATIVE}


def finding_of(tokens: Sequence[Token], text: str) -> Ros1Finding | None:
    """Return what the result words of one segment say together; None if nothing or nothing clear."""
    kinds = {token.kind for token in tokens}
    decided = _decided(tokens, text)
    if kinds & UNDECIDED and (decided or kinds & (NEGATIVES | {Kind.POSITIVE})):
        return Ros1Finding.INDETERMINATE
    if kinds & UNDECIDED:
        return Ros1Finding.PENDING if Kind.PENDING in kinds else Ros1Finding.INDETERMINATE
    return decided


def _decided(tokens: Sequence[Token], text: str) -> Ros1Finding | None:
    positives = [token for token in tokens if token.kind is Kind.POSITIVE]
    negators = [token for token in tokens if token.kind in NEGATORS]
    if positives and negators:
        return Ros1Finding.NEGATIVE if negators[0].start < positives[0].start else None
    if positives:
        return None if any(token.kind in NEGATIVES for token in tokens) else Ros1Finding.POSITIVE
    negatives = [token for token in tokens if token.kind in NEGATIVES]
    if not negatives or any(_doubles(token, each, text) for token in negators for each in negatives):
        return None
    last_open = max((token.end for token in negatives if token.kind is Kind.OPEN_NEGATIVE), default=None)
    only_open = all(token.kind is Kind.OPEN_NEGATIVE for token in negatives)
    tests = [token.start for token in tokens if token.kind is Kind.TEST_NAME]
    if only_open and last_open is not None and any(start >= last_open for start in tests):
        return None  # "no ROS1 rearrangement testing": there was no test
    return Ros1Finding.NEGATIVE


def _doubles(negator: Token, negative: Token, text: str) -> bool:
    """Return True for "not negative"."""
    between = text[negator.end : negative.start]
    return negator.kind is Kind.NEGATION and negator.end <= negative.start and not between.strip()
