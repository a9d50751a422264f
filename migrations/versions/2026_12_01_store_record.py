"""What the state knows of the event store and the journal that belong to it.

Revision: 2026_12_01_store_record
Follows: 2026_11_22_changed_since
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_store_record"
down_revision = "2026_11_22_changed_since"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "store_record",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("event_store", sa.String(length=32), nullable=True),
        sa.Column("last_batch", number, nullable=False),
        sa.Column("journal", number, nullable=True),
        sa.Column("last_entry", number, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_record")),
    )


def downgrade() -> None:
    op.drop_table("store_record")
