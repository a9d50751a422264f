"""Benchmarks by segment, with curves, times and drift.

Revision: 2026_11_22_benchmark_segments
Follows: 2026_11_22_analyses
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_benchmark_segments"
down_revision = "2026_11_22_analyses"
branch_labels = None
depends_on = None


ENDS = tuple(
    f"{percentile}_{end}" for percentile in ("p10", "p25", "p75", "p90") for end in ("low", "high")
)


def upgrade() -> None:
    for name in ENDS:
        op.add_column("benchmark_row", sa.Column(name, sa.Double(), nullable=True))
    op.create_table(
        "benchmark_document",
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["benchmark_version.id"],
            name=op.f("fk_benchmark_document_version_id_benchmark_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", "kind", "name", name=op.f("pk_benchmark_document")),
    )


def downgrade() -> None:
    op.drop_table("benchmark_document")
    for name in reversed(ENDS):
        op.drop_column("benchmark_row", name)
