"""People are found by their address, known to be identified, and remembered where they were when.

Who has a user id was taken for identified so far, and stays so; not so a lead that an import made
of nothing but an e-mail address, which may be somebody's who signs up.

Revision: 2026_12_01_people_in_time
Follows: 2026_12_01_contact_trait_times
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_people_in_time"
down_revision = "2026_12_01_contact_trait_times"
branch_labels = None
depends_on = None

BY_EMAIL, BY_ADDRESS = "ix_contact_workspace_email", "ix_contact_workspace_address"
IDENTIFIED = """
    UPDATE contact SET is_identified = true
    WHERE user_id IS NOT NULL AND (email IS NULL OR lower(email) <> lower(user_id))
"""


def upgrade() -> None:
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("contact", _flag("is_identified"))
    op.add_column("contact", sa.Column("address", sa.String(320), nullable=True))
    op.add_column("contact", sa.Column("places", document, nullable=True))
    op.add_column("account", _flag("is_person"))
    op.execute("UPDATE contact SET address = lower(email)")
    op.execute(IDENTIFIED)
    op.drop_index(BY_EMAIL, "contact")
    op.create_index(BY_ADDRESS, "contact", ["workspace_id", "address"])


def downgrade() -> None:
    op.drop_index(BY_ADDRESS, "contact")
    op.create_index(BY_EMAIL, "contact", ["workspace_id", "email"])
    op.drop_column("account", "is_person")
    op.drop_column("contact", "places")
    op.drop_column("contact", "address")
    op.drop_column("contact", "is_identified")


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
