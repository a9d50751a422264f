"""Loads share the line fairly, and know what they died with.

Revision: 2026_12_01_fair_line
Follows: 2026_12_01_browser_sessions
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_fair_line"
down_revision = "2026_12_01_browser_sessions"
branch_labels = None
depends_on = None

ONE_LINE, OF_EACH_SOURCE = "ix_journal_entry_workspace_id", "ix_journal_entry_line"


def upgrade() -> None:
    line = ["workspace_id", "source_id", "id"]
    op.create_index(OF_EACH_SOURCE, "journal_entry", line, schema="journal")
    op.drop_index(ONE_LINE, "journal_entry", schema="journal")
    op.create_table(
        "load_attempt",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("under_way", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_load_attempt")),
    )
    op.add_column(
        "staged_batch", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "quarantined_event", sa.Column("events", sa.Integer(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("quarantined_event", "events")
    op.drop_column("staged_batch", "attempts")
    op.drop_table("load_attempt")
    op.create_index(ONE_LINE, "journal_entry", ["workspace_id"], schema="journal")
    op.drop_index(OF_EACH_SOURCE, "journal_entry", schema="journal")
