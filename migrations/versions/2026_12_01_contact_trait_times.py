"""When each trait of a person was said, so that one taken away stays away.

Revision: 2026_12_01_contact_trait_times
Follows: 2026_12_01_workspace_settings
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_contact_trait_times"
down_revision = "2026_12_01_workspace_settings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    times = sa.Column("trait_times", document, nullable=False, server_default="{}")
    op.add_column("contact", times)


def downgrade() -> None:
    op.drop_column("contact", "trait_times")
