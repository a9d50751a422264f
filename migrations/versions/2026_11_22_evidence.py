"""What results rest on is kept instead of their explanations.

Revision: 2026_11_22_evidence
Follows: 2026_11_22_fitted_scores

Results that are there keep the explanation they have.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_evidence"
down_revision = "2026_11_22_fitted_scores"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
VERSIONS = ("definition_version", "benchmark_version")


def upgrade() -> None:
    with op.batch_alter_table("standing") as table:
        for version in VERSIONS:
            table.add_column(sa.Column(f"{version}_id", NUMBER, nullable=True))
            table.create_foreign_key(
                op.f(f"fk_standing_{version}_id_{version}"),
                version,
                [f"{version}_id"],
                ["id"],
                ondelete="CASCADE",
            )
        table.add_column(sa.Column("evidence", sa.Text(), nullable=True))
        table.alter_column("explanation", existing_type=DOCUMENT, nullable=True)
    with op.batch_alter_table("evaluation") as table:
        table.add_column(sa.Column("evidence", sa.Text(), nullable=True))
        table.alter_column("explanation", existing_type=DOCUMENT, nullable=True)
    # All of them are worked out again, and then rest on evidence.
    op.execute("UPDATE standing SET rests_on = ''")
    # Nothing is looked up by it, and keeping it up took a third of what the queue costs.
    op.drop_index("ix_change_queue", table_name="change")


def downgrade() -> None:
    op.create_index("ix_change_queue", "change", ["workspace_id", "subject", "marked_at"])
    for table_name in ("standing", "evaluation"):
        results = sa.table(table_name, sa.column("explanation", DOCUMENT))
        op.execute(sa.delete(results).where(results.c.explanation.is_(sa.null())))
    with op.batch_alter_table("evaluation") as table:
        table.drop_column("evidence")
        table.alter_column("explanation", existing_type=DOCUMENT, nullable=False)
    with op.batch_alter_table("standing") as table:
        for version in VERSIONS:
            table.drop_constraint(op.f(f"fk_standing_{version}_id_{version}"), type_="foreignkey")
            table.drop_column(f"{version}_id")
        table.drop_column("evidence")
        table.alter_column("explanation", existing_type=DOCUMENT, nullable=False)
