"""What a candidate release would have said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "comparison",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("compared_at", sa.BigInteger(), nullable=False),
        sa.Column("service", sa.String(200), nullable=False),
        sa.Column("hook", sa.String(200), nullable=False),
        sa.Column("request", sa.String(36)),
        sa.Column("client", sa.String(2000)),
        sa.Column("tenant", sa.String(2000)),
        sa.Column("release", sa.String(200), nullable=False),
        sa.Column("candidate", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("only_current", sa.JSON(), nullable=False),
        sa.Column("only_candidate", sa.JSON(), nullable=False),
        sa.Column("current_cards", sa.JSON(), nullable=False),
        sa.Column("candidate_cards", sa.JSON(), nullable=False),
        sa.Column("current_refused", sa.Boolean(), nullable=False),
        sa.Column("candidate_refused", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_comparison_compared_at", "comparison", ["compared_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("comparison")
