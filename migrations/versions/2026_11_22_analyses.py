"""Long work that is asked for, with its progress and its result.

Revision: 2026_11_22_analyses
Follows: 2026_11_22_identity_reviews
"""

from __future__ import annotations

revision = "2026_11_22_analyses"
down_revision = "2026_11_22_identity_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
