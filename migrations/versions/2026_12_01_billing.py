"""What the payment provider told, and whose customer is which account.

Revision: 2026_12_01_billing
Follows: 2026_12_01_people_in_time
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_billing"
down_revision = "2026_12_01_people_in_time"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "billing_event",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", number, nullable=False),
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("customer_id", sa.String(length=255), nullable=False),
        sa.Column("occurred_at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("content", document, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_billing_event_workspace_id_workspace"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_event")),
        sa.UniqueConstraint(
            "workspace_id", "event_id", name=op.f("uq_billing_event_workspace_id_event_id")
        ),
    )
    op.create_index("ix_billing_event_customer", "billing_event", ["workspace_id", "customer_id"])
    op.create_table(
        "billing_customer",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("workspace_id", number, nullable=False),
        sa.Column("customer_id", sa.String(length=255), nullable=False),
        sa.Column("account_id", number, nullable=True),
        sa.Column("linked_by", sa.String(length=300), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("candidates", document, nullable=False),
        sa.Column("refused", document, nullable=False),
        sa.Column("hints", document, nullable=False),
        sa.Column("first_seen_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_billing_customer_account_id_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_billing_customer_workspace_id_workspace"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_customer")),
        sa.UniqueConstraint(
            "workspace_id", "customer_id", name=op.f("uq_billing_customer_workspace_id_customer_id")
        ),
    )
    op.create_index("ix_billing_customer_changed", "billing_customer", ["changed_at"])
    op.create_index(op.f("ix_billing_customer_account_id"), "billing_customer", ["account_id"])


def downgrade() -> None:
    op.drop_table("billing_customer")
    op.drop_table("billing_event")
