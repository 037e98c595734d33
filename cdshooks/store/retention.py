"""How long answers and feedback are kept: deleted in small portions, so that nobody waits long for a lock."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, delete, select

from cdshooks.store.models import Feedback, IssuedAnswer, ReleaseComparison

_PORTION = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many rows were deleted; the cards go with their answers."""

    answers: int
    feedback: int
    comparisons: int


def purge(engine: Engine, *, before: int) -> Purged:
    """Delete all that is older than a moment, in seconds since 1970."""
    answers = feedback = comparisons = 0
    while count := _answers(engine, before):
        answers += count
    while count := _feedback(engine, before):
        feedback += count
    while count := _comparisons(engine, before):
        comparisons += count
    return Purged(answers=answers, feedback=feedback, comparisons=comparisons)


def purge_some(engine: Engine, *, before: int) -> int:
    """Delete one portion of each kind; return how many rows that were."""
    return _answers(engine, before) + _feedback(engine, before) + _comparisons(engine, before)


def _answers(engine: Engine, before: int) -> int:
    old = select(IssuedAnswer.id).where(IssuedAnswer.answered_at < before).limit(_PORTION)
    with engine.begin() as connection:
        return connection.execute(delete(IssuedAnswer).where(IssuedAnswer.id.in_(old))).rowcount


def _feedback(engine: Engine, before: int) -> int:
    old = select(Feedback.id).where(Feedback.received_at < before).limit(_PORTION)
    with engine.begin() as connection:
        return connection.execute(delete(Feedback).where(Feedback.id.in_(old))).rowcount


def _comparisons(engine: Engine, before: int) -> int:
    old = select(ReleaseComparison.id).where(ReleaseComparison.compared_at < before).limit(_PORTION)
    with engine.begin() as connection:
        return connection.execute(delete(ReleaseComparison).where(ReleaseComparison.id.in_(old))).rowcount
