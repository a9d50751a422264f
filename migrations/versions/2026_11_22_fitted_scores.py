"""Fitted scores and why they are used or not.

Revision: 2026_11_22_fitted_scores
Follows: 2026_11_22_benchmark_segments
"""

from __future__ import annotations

revision = "2026_11_22_fitted_scores"
down_revision = "2026_11_22_benchmark_segments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
