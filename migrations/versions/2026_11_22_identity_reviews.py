"""Merges that can be undone, and links that wait for a decision.

Revision: 2026_11_22_identity_reviews
Follows: 2026_11_22_tracking_plans
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_identity_reviews"
down_revision = "2026_11_22_tracking_plans"
branch_labels = None
depends_on = None

ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column(
        "contact_account",
        sa.Column("inherited", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "staged_batch",
        sa.Column("reconsider", JSON_DOCUMENT, nullable=False, server_default="{}"),
    )
    op.create_table(
        "contact_merge",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("workspace_id", ROW_NUMBER, nullable=False),
        sa.Column("origin_id", ROW_NUMBER, nullable=False),
        sa.Column("target_id", ROW_NUMBER, nullable=False),
        sa.Column("merged_at", sa.DateTime(), nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("merged_by", sa.String(length=100), nullable=False),
        sa.Column("moved", JSON_DOCUMENT, nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=100), nullable=True),
        _refers("contact_merge", "workspace_id", "workspace"),
        _refers("contact_merge", "origin_id", "contact"),
        _refers("contact_merge", "target_id", "contact"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merge")),
    )
    for name in ("workspace_id", "origin_id", "target_id"):
        op.create_index(op.f(f"ix_contact_merge_{name}"), "contact_merge", [name])
    op.create_index("ix_contact_merge_workspace", "contact_merge", ["workspace_id", "id"])
    op.create_table(
        "identity_review",
        sa.Column("id", ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("workspace_id", ROW_NUMBER, nullable=False),
        sa.Column("lower_id", ROW_NUMBER, nullable=False),
        sa.Column("higher_id", ROW_NUMBER, nullable=False),
        sa.Column("target_id", ROW_NUMBER, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("source_id", ROW_NUMBER, nullable=True),
        sa.Column("first_asked_at", sa.DateTime(), nullable=False),
        sa.Column("last_asked_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.String(length=100), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        _refers("identity_review", "workspace_id", "workspace"),
        _refers("identity_review", "lower_id", "contact"),
        _refers("identity_review", "higher_id", "contact"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_review")),
        sa.UniqueConstraint(
            "workspace_id",
            "lower_id",
            "higher_id",
            name=op.f("uq_identity_review_workspace_id_lower_id_higher_id"),
        ),
    )
    for name in ("workspace_id", "lower_id", "higher_id"):
        op.create_index(op.f(f"ix_identity_review_{name}"), "identity_review", [name])
    op.create_index(
        "ix_identity_review_workspace_state", "identity_review", ["workspace_id", "state", "id"]
    )


def downgrade() -> None:
    op.drop_table("identity_review")
    op.drop_table("contact_merge")
    op.drop_column("staged_batch", "reconsider")
    op.drop_column("contact_account", "inherited")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete="CASCADE"
    )
