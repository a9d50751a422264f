"""Who is signed in on the pages, so that a session can be ended.

Revision: 2026_12_01_browser_sessions
Follows: 2026_12_01_store_record
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_browser_sessions"
down_revision = "2026_12_01_store_record"
branch_labels = None
depends_on = None

ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "browser_session",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("workspace_id", ROW_NUMBER, nullable=False),
        sa.Column("key_id", ROW_NUMBER, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_browser_session_workspace_id_workspace"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["api_key.id"],
            name=op.f("fk_browser_session_key_id_api_key"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_browser_session_digest")),
    )
    for column in ("workspace_id", "key_id", "ends_at"):
        index = op.f(f"ix_browser_session_{column}")
        op.create_index(index, "browser_session", [column], unique=False)


def downgrade() -> None:
    for column in ("ends_at", "key_id", "workspace_id"):
        op.drop_index(op.f(f"ix_browser_session_{column}"), table_name="browser_session")
    op.drop_table("browser_session")
