"""What was left out of answers, and by what a card is known again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Make the table, the column and its index."""
    op.add_column("card", sa.Column("fingerprint", sa.String(64)))
    op.create_index("ix_card_fingerprint", "card", ["fingerprint"])
    op.create_table(
        "withheld",
        sa.Column("answer", sa.String(32), sa.ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("topic", sa.String(200), nullable=False),
        sa.Column("indicator", sa.String(20)),
        sa.Column("why", sa.String(20), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("withheld")
    op.drop_index("ix_card_fingerprint", "card")
    op.drop_column("card", "fingerprint")
