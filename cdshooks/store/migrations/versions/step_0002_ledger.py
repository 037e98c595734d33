"""Answers, their cards, and what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "answer",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("service", sa.String(200), nullable=False),
        sa.Column("hook", sa.String(200), nullable=False),
        sa.Column("hook_instance", sa.String(36)),
        sa.Column("request", sa.String(36)),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(100)),
        sa.Column("milliseconds", sa.Float(), nullable=False),
        sa.Column("client", sa.String(2000)),
        sa.Column("tenant", sa.String(2000)),
        sa.Column("patient_hash", sa.String(64)),
        sa.Column("user_hash", sa.String(64)),
        sa.Column("encounter_hash", sa.String(64)),
        sa.Column("release", sa.String(200)),
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("undetermined", sa.JSON(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
    )
    op.create_index("ix_answer_answered_at", "answer", ["answered_at"])
    op.create_index("ix_answer_request", "answer", ["request"])
    op.create_table(
        "card",
        sa.Column("answer", sa.String(32), sa.ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(100)),
        sa.Column("rule", sa.String(200)),
        sa.Column("topic", sa.String(200)),
        sa.Column("indicator", sa.String(20), nullable=False),
        sa.Column("suggestions", sa.JSON(), nullable=False),
    )
    op.create_index("ix_card_uuid", "card", ["uuid"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("service", sa.String(200), nullable=False),
        sa.Column("client", sa.String(2000)),
        sa.Column("tenant", sa.String(2000)),
        sa.Column("card", sa.String(100), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("outcome_at", sa.Float(53), nullable=False),
        sa.Column("accepted_suggestions", sa.JSON(), nullable=False),
        sa.Column("reason_code", sa.String(200)),
        sa.Column("reason_system", sa.String(2000)),
        sa.Column("comment", sa.Text()),
    )
    op.create_index("ix_feedback_card", "feedback", ["card"])
    op.create_index("ix_feedback_received_at", "feedback", ["received_at"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("feedback")
    op.drop_table("card")
    op.drop_table("answer")
