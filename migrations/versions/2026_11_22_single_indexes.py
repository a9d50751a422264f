"""Indexes that another one begins with are gone: it answers the same questions.

Revision: 2026_11_22_single_indexes
Follows: 2026_11_22_packed_bodies
"""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_single_indexes"
down_revision = "2026_11_22_packed_bodies"
branch_labels = None
depends_on = None

SUPERFLUOUS = {
    "account": "workspace_id",
    "account_fact": "account_id",
    "analysis": "workspace_id",
    "contact": "workspace_id",
    "contact_merge": "workspace_id",
    "definition_version": "workspace_id",
    "evaluation": "account_id",
    "fitted_model": "workspace_id",
    "identity_review": "workspace_id",
    "lead": "workspace_id",
    "plan_version": "workspace_id",
    "quarantined_event": "workspace_id",
    "standing": "workspace_id",
}
"""Tables, and the column that was indexed once more by itself."""


def upgrade() -> None:
    for table, column in SUPERFLUOUS.items():
        op.drop_index(f"ix_{table}_{column}", table)


def downgrade() -> None:
    for table, column in SUPERFLUOUS.items():
        op.create_index(f"ix_{table}_{column}", table, [column])
