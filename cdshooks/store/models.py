"""The tables. A change here needs a step in ``migrations/versions``; a test holds both together."""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of the store."""


class SeenToken(Base):
    """A token that was used once and must not be again, until it expires."""

    __tablename__ = "seen_token"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """SHA-256 of issuer and ``jti``: of one length, whatever was sent, and nothing of the token."""

    expires: Mapped[int] = mapped_column(BigInteger, index=True)
    """Seconds since 1970."""
