"""A change knows since when: what an account did before needs not be measured again.

Revision: 2026_11_22_changed_since
Follows: 2026_11_22_single_indexes
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_changed_since"
down_revision = "2026_11_22_single_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of what is queued already it is not known.
    op.add_column("change", sa.Column("since", sa.DateTime))


def downgrade() -> None:
    op.drop_column("change", "since")
