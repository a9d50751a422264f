"""A workspace has settings of its own.

Revision: 2026_12_01_workspace_settings
Follows: 2026_12_01_fair_line
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_workspace_settings"
down_revision = "2026_12_01_fair_line"
branch_labels = None
depends_on = None


def upgrade() -> None:
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    settings = sa.Column("settings", document, nullable=False, server_default="{}")
    op.add_column("workspace", settings)


def downgrade() -> None:
    op.drop_column("workspace", "settings")
