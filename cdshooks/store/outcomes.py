"""What became of our cards, and what was not shown, counted by the database: what the report is made from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Engine, Executable, Integer, Row, Subquery, and_, cast, func, select
from sqlalchemy.exc import SQLAlchemyError

from cdshooks.report.rows import MONDAY, WEEK, Cards, Client, Responses, Rows, Times, Withheld
from cdshooks.store import comparisons
from cdshooks.store.engine import StoreError, reading
from cdshooks.store.models import Feedback, IssuedAnswer, IssuedCard, WithheldCard

_WEEK: ColumnElement[int] = (IssuedAnswer.answered_at - MONDAY) // WEEK
_BY = (_WEEK.label("week"), IssuedAnswer.client, IssuedAnswer.tenant, IssuedCard.rule)
_OF_WHOM = 4


def count(engine: Engine, *, first: int, last: int) -> Rows:
    """Return what these weeks hold for the report; raise StoreError if the store cannot be had."""
    start, end = MONDAY + first * WEEK, MONDAY + (last + 1) * WEEK
    told = _last_words(start)
    try:
        with reading(engine) as connection:
            cards = connection.execute(_cards(told, start, end)).all()
            times = connection.execute(_times(start, end)).all()
            responses = connection.execute(_responses(told, start, end)).all()
            unknown = connection.execute(_unknown(start, end)).scalar_one()
            withheld = connection.execute(_withheld(start, end)).all()
            compared = comparisons.count(connection, start, end)
    except SQLAlchemyError as error:
        message = f"the ledger cannot be read ({type(error).__name__})"
        raise StoreError(message) from None
    return Rows(
        cards=[Cards(*_whose(row), *row[_OF_WHOM:]) for row in cards],
        times=[Times(*_whose(row), *row[_OF_WHOM:]) for row in times],
        responses=[Responses(*row) for row in responses],
        unknown=unknown,
        withheld=[Withheld(*row) for row in withheld],
        comparisons=compared,
    )


def _whose(row: Row[Any]) -> tuple[int, Client, str | None]:
    week, iss, tenant, rule = row[:_OF_WHOM]
    return week, Client(iss, tenant), rule


def _last_words(start: int) -> Subquery:
    """Return of each card the last that its client said; nobody speaks of a card before it was given."""
    nth = func.row_number().over(
        partition_by=(Feedback.card, Feedback.client, Feedback.tenant),
        order_by=(Feedback.outcome_at.desc(), Feedback.id.desc()),
    )
    said = select(
        Feedback.card,
        Feedback.client,
        Feedback.tenant,
        Feedback.outcome,
        Feedback.outcome_at,
        Feedback.reason_system,
        Feedback.reason_code,
        nth.label("nth"),
    ).where(Feedback.received_at >= start)
    every = said.subquery()
    return select(every).where(every.c.nth == 1).subquery()


def _of(told: Subquery) -> ColumnElement[bool]:
    """Return which word is about a card: only its own client's counts."""
    return and_(
        told.c.card == IssuedCard.uuid,
        told.c.client.is_not_distinct_from(IssuedAnswer.client),
        told.c.tenant.is_not_distinct_from(IssuedAnswer.tenant),
    )


def _within(start: int, end: int) -> ColumnElement[bool]:
    return and_(IssuedAnswer.answered_at >= start, IssuedAnswer.answered_at < end)


def _cards(told: Subquery, start: int, end: int) -> Executable:
    ends = (told.c.outcome, told.c.reason_system, told.c.reason_code)
    issued = select(*_BY, *ends, func.count()).join(IssuedAnswer, IssuedAnswer.id == IssuedCard.answer)
    return issued.outerjoin(told, _of(told)).where(_within(start, end)).group_by(*_BY, *ends)


def _times(start: int, end: int) -> Executable:
    took = cast(func.round(IssuedAnswer.milliseconds), Integer)
    issued = select(*_BY, took, func.count()).join(IssuedAnswer, IssuedAnswer.id == IssuedCard.answer)
    return issued.where(_within(start, end)).group_by(*_BY, took)


def _responses(told: Subquery, start: int, end: int) -> Executable:
    # A client's clock may say anything from the year 1 on.
    after = cast(func.round(told.c.outcome_at - IssuedAnswer.answered_at), BigInteger)
    issued = select(IssuedCard.rule, after, func.count()).join(IssuedAnswer, IssuedAnswer.id == IssuedCard.answer)
    return issued.join(told, _of(told)).where(_within(start, end), after >= 0).group_by(IssuedCard.rule, after)


def _unknown(start: int, end: int) -> Executable:
    known = select(IssuedCard.uuid).where(IssuedCard.uuid == Feedback.card).exists()
    return select(func.count()).where(Feedback.received_at >= start, Feedback.received_at < end, ~known)


def _withheld(start: int, end: int) -> Executable:
    by = (WithheldCard.rule, WithheldCard.why, WithheldCard.indicator)
    times = (func.count(), func.min(IssuedAnswer.answered_at), func.max(IssuedAnswer.answered_at))
    found = select(*by, *times).join(IssuedAnswer, IssuedAnswer.id == WithheldCard.answer)
    return found.where(_within(start, end)).group_by(*by)
