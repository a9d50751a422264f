"""Identity reviews, recorded merges, and accounts from e-mail domains.

Revision: 2026_11_22_identity_reviews
Follows: 2026_11_22_tracking_plans
"""

from __future__ import annotations

revision = "2026_11_22_identity_reviews"
down_revision = "2026_11_22_tracking_plans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
