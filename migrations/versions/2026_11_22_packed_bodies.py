"""PostgreSQL packs what waits in the journal, where it can do so quickly.

Revision: 2026_11_22_packed_bodies
Follows: 2026_11_22_evidence

LZ4 takes less time than writing what it saves. PGLZ, which every server has, takes several times as
much. What is in the journal stays as it is.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "2026_11_22_packed_bodies"
down_revision = "2026_11_22_evidence"
branch_labels = None
depends_on = None

BODY = "ALTER TABLE journal.journal_entry ALTER COLUMN body"
HAS_LZ4 = text(
    "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql" and connection.scalar(HAS_LZ4):
        op.execute(f"{BODY} SET STORAGE EXTENDED")
        op.execute(f"{BODY} SET COMPRESSION lz4")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"{BODY} SET STORAGE EXTERNAL")
