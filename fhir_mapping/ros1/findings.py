"""What the result words of one segment say together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fhir_mapping.facts import Ros1Finding
from fhir_mapping.ros1.tokens import Kind, Token

RESULTS = {Kind.POSITIVE, Kind.NEGATIVE, Kind.OPEN_NEGATIVE, Kind.INDETERMINATE, Kind.PENDING, Kind.NOT_TESTED}
UNDECIDED = {Kind.INDETERMINATE, Kind.PENDING, Kind.NOT_TESTED}
NEGATORS = {Kind.NEGATION, Kind.OPEN_NEGATIVE}
CHANGES = {Kind.OTHER_CHANGE, Kind.SIGNIFICANCE}
_EXCEPTED = {Kind.ROS1, Kind.FUSION, Kind.STRUCTURE}
_NAMED = {*_EXCEPTED, Kind.GENE, Kind.OTHER_CHANGE}
_OURS = {Kind.ROS1, Kind.FUSION}
NEGATIVES = {Kind.NEGATIVE, Kind.OPEN_NEGATIVE}


_EXCEPTION = re.compile(
    r"\b(?:other\s+than|except|excepting|apart\s+from|aside\s+from|besides|exception)\b", re.IGNORECASE
)
TURN = re.compile(r"\b(?:with|harbou?rs?|harbou?ring|showing|carrying)\b", re.IGNORECASE)
_COLON = re.compile(r"(?<!:):(?!:)")
_COMPLETE = re.compile(r"neg(?:ative)?\b", re.IGNORECASE)  # a result by itself
_WORD = re.compile(r"[A-Za-z]{3,}")


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
    if (negators or any(token.kind is Kind.NEGATIVE for token in tokens)) and _excepts(tokens, text):
        return Ros1Finding.INDETERMINATE
    if positives and negators:
        return _denied(tokens, positives[0], negators[0], text)
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


def _excepts(tokens: Sequence[Token], text: str) -> bool:
    """Return True for "no alterations other than a ROS1 fusion", but not for "... other than KRAS G12C"."""
    found = _EXCEPTION.search(text, tokens[0].start, tokens[-1].end)
    named = (each.kind for each in tokens if found and each.start >= found.end() and each.kind in _NAMED)
    return next(named, None) in _EXCEPTED


def _denied(tokens: Sequence[Token], positive: Token, negator: Token, text: str) -> Ros1Finding | None:
    """Return what the first positive and the first denying word say together; nothing if the "no" comes after."""
    if negator.start > positive.start:
        return None
    return Ros1Finding.NEGATIVE if _governs(tokens, positive, text) else Ros1Finding.INDETERMINATE


def _governs(tokens: Sequence[Token], positive: Token, text: str) -> bool:
    """Return whether the last "no" before a positive word surely denies it.

    Not in "not treated adenocarcinoma with ROS1 fusion detected", "no EGFR mutation: ROS1 fusion found", "negative for
    ALK, ROS1 positive" and "ROS1 fusion without ALK fusion detected".
    """
    negator = max((each for each in tokens if each.kind in NEGATORS and each.end <= positive.start), key=_end)
    colon = _COLON.search(text, negator.end, positive.start)
    if _COMPLETE.match(text, negator.start) or (colon and _WORD.search(text, negator.end, colon.start())):
        return False
    between = [each for each in tokens if negator.end <= each.start < positive.start]
    if any(each.kind is Kind.GENE for each in between) and not any(each.kind in _OURS for each in between):
        return not any(each.kind in _OURS for each in tokens if each.start < negator.start)
    turn = TURN.search(text, negator.end, positive.start)
    if turn is None or any(each.start < turn.start() for each in between):
        return True
    return _WORD.search(text, negator.end, turn.start()) is None


def _end(token: Token) -> int:
    return token.end


def _doubles(negator: Token, negative: Token, text: str) -> bool:
    """Return True for "not negative"."""
    between = text[negator.end : negative.start]
    return negator.kind is Kind.NEGATION and negator.end <= negative.start and not between.strip()
