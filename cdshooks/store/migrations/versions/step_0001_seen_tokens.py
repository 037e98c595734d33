"""Tokens that were used once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "seen_token",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("expires", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_seen_token_expires", "seen_token", ["expires"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("seen_token")
