"""The tables. A change here needs a step in ``migrations/versions``; a test holds both together.

Times are seconds since 1970. What is stored and what never is: docs/ledger.md.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Float, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_COUNTED = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only a plain INTEGER."""


class Base(DeclarativeBase):
    """All tables of the store."""

    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - as SQLAlchemy wants it


class SeenToken(Base):
    """A token that was used once and must not be again, until it expires."""

    __tablename__ = "seen_token"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """SHA-256 of issuer and ``jti``: of one length, whatever was sent, and nothing of the token."""

    expires: Mapped[int] = mapped_column(BigInteger, index=True)
    """Seconds since 1970."""


class IssuedAnswer(Base):
    """One answer to a hook: with cards, with none, or an error after the request was read."""

    __tablename__ = "answer"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    answered_at: Mapped[int] = mapped_column(BigInteger, index=True)
    service: Mapped[str] = mapped_column(String(200))
    hook: Mapped[str] = mapped_column(String(200))
    hook_instance: Mapped[str | None] = mapped_column(String(36))
    """A UUID; NULL if the client sent something else, which could be any text."""

    request: Mapped[str | None] = mapped_column(String(36), index=True)
    """The id of the request in the log; NULL if a client or proxy gave one that is no UUID."""

    status: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(String(100))
    milliseconds: Mapped[float] = mapped_column(Float)
    client: Mapped[str | None] = mapped_column(String(2000))
    tenant: Mapped[str | None] = mapped_column(String(2000))
    patient_hash: Mapped[str | None] = mapped_column(String(64))
    user_hash: Mapped[str | None] = mapped_column(String(64))
    encounter_hash: Mapped[str | None] = mapped_column(String(64))
    release: Mapped[str | None] = mapped_column(String(200))
    """Of the knowledge, with the site's overlay."""

    code: Mapped[str] = mapped_column(String(100))
    """The version of this software."""

    rules: Mapped[list[Any]] = mapped_column()
    """The ids of the rules that applied."""

    undetermined: Mapped[list[Any]] = mapped_column()
    """The ids of the rules that could not tell."""

    data: Mapped[dict[str, Any]] = mapped_column()
    """Of each prefetch key: sent, fetched, failed or absent."""


class IssuedCard(Base):
    """One card of an answer."""

    __tablename__ = "card"

    answer: Mapped[str] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str | None] = mapped_column(String(100), index=True)
    rule: Mapped[str | None] = mapped_column(String(200))
    topic: Mapped[str | None] = mapped_column(String(200))
    indicator: Mapped[str] = mapped_column(String(20))
    suggestions: Mapped[list[Any]] = mapped_column()
    """The uuids of its suggestions."""

    fingerprint: Mapped[str | None] = mapped_column(String(64), index=True)
    """A keyed hash of client, user, patient, encounter, orders, rule and facts, if the client wants it known again."""


class WithheldCard(Base):
    """A rule that applied to an answer and was not shown."""

    __tablename__ = "withheld"

    answer: Mapped[str] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    rule: Mapped[str] = mapped_column(String(200))
    topic: Mapped[str] = mapped_column(String(200))
    indicator: Mapped[str | None] = mapped_column(String(20))
    """Of the card that it would have given; NULL if none of its own."""

    why: Mapped[str] = mapped_column(String(20))
    """silent, max-cards, repeated or overridden."""


class ReleaseComparison(Base):
    """What the current release said to a request, and what a candidate would have."""

    __tablename__ = "comparison"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    compared_at: Mapped[int] = mapped_column(BigInteger, index=True)
    service: Mapped[str] = mapped_column(String(200))
    hook: Mapped[str] = mapped_column(String(200))
    request: Mapped[str | None] = mapped_column(String(36))
    """As in ``answer``."""

    client: Mapped[str | None] = mapped_column(String(2000))
    tenant: Mapped[str | None] = mapped_column(String(2000))
    release: Mapped[str] = mapped_column(String(200))
    candidate: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(20))
    """same, differs, or failed."""

    only_current: Mapped[list[Any]] = mapped_column()
    """The ids of rules that applied in the current release only."""

    only_candidate: Mapped[list[Any]] = mapped_column()
    current_cards: Mapped[list[Any]] = mapped_column()
    """Rule and indicator of each card, also where both say the same."""

    candidate_cards: Mapped[list[Any]] = mapped_column()
    current_refused: Mapped[bool] = mapped_column()
    candidate_refused: Mapped[bool] = mapped_column()


class Feedback(Base):
    """What a client said became of a card; every word of it is kept, the last one counts."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    received_at: Mapped[int] = mapped_column(BigInteger, index=True)
    service: Mapped[str] = mapped_column(String(200))
    client: Mapped[str | None] = mapped_column(String(2000))
    tenant: Mapped[str | None] = mapped_column(String(2000))
    card: Mapped[str] = mapped_column(String(100), index=True)
    """The uuid as sent: a card that is not (yet) in the table is kept, too."""

    outcome: Mapped[str] = mapped_column(String(20))
    outcome_at: Mapped[float] = mapped_column(Float(53))
    accepted_suggestions: Mapped[list[Any]] = mapped_column()
    reason_code: Mapped[str | None] = mapped_column(String(200))
    reason_system: Mapped[str | None] = mapped_column(String(2000))
    comment: Mapped[str | None] = mapped_column(Text)
    """Free text of a clinician, kept only where a setting says so."""
