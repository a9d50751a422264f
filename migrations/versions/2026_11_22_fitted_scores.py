"""Fitted scores and why they are used or not.

Revision: 2026_11_22_fitted_scores
Follows: 2026_11_22_benchmark_segments
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_fitted_scores"
down_revision = "2026_11_22_benchmark_segments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fitted_model",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "workspace_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("definition", sa.String(length=100), nullable=False),
        sa.Column(
            "definition_version_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column("fitted_at", sa.DateTime(), nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("confirmed_until", sa.DateTime(), nullable=True),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("model", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column(
            "evaluation", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column("check", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_fitted_model_workspace_id_workspace"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["definition_version_id"],
            ["definition_version.id"],
            name=op.f("fk_fitted_model_definition_version_id_definition_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fitted_model")),
    )
    op.create_index(op.f("ix_fitted_model_workspace_id"), "fitted_model", ["workspace_id"])
    op.create_index(
        op.f("ix_fitted_model_definition_version_id"), "fitted_model", ["definition_version_id"]
    )
    op.create_index(
        "ix_fitted_model_latest",
        "fitted_model",
        ["workspace_id", "definition_version_id", "definition"],
    )
    op.create_table(
        "fitted_score",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("definition", sa.String(length=100), nullable=False),
        sa.Column(
            "workspace_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("model_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scored_at", sa.DateTime(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column(
            "explanation", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_fitted_score_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_fitted_score_workspace_id_workspace"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["fitted_model.id"],
            name=op.f("fk_fitted_score_model_id_fitted_model"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "definition", name=op.f("pk_fitted_score")),
    )
    op.create_index(op.f("ix_fitted_score_workspace_id"), "fitted_score", ["workspace_id"])
    op.create_index("ix_fitted_score_rank", "fitted_score", ["model_id", "probability"])


def downgrade() -> None:
    op.drop_table("fitted_score")
    op.drop_table("fitted_model")
