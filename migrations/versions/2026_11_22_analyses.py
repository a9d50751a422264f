"""Long work that is asked for, with its progress and its result.

Revision: 2026_11_22_analyses
Follows: 2026_11_22_identity_reviews
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_analyses"
down_revision = "2026_11_22_identity_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analysis",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "workspace_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "parameters", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("progress_text", sa.String(length=200), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("requested_by", sa.String(length=100), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("heard_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column(
            "result", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_analysis_workspace_id_workspace"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis")),
    )
    op.create_index("ix_analysis_queue", "analysis", ["state", "id"], unique=False)
    op.create_index(op.f("ix_analysis_workspace_id"), "analysis", ["workspace_id"], unique=False)
    op.create_index(
        "ix_analysis_workspace_requested",
        "analysis",
        ["workspace_id", "requested_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_analysis_workspace_requested", table_name="analysis")
    op.drop_index(op.f("ix_analysis_workspace_id"), table_name="analysis")
    op.drop_index("ix_analysis_queue", table_name="analysis")
    op.drop_table("analysis")
