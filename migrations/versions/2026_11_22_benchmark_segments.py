"""Benchmarks by segment, with curves, times and drift.

Revision: 2026_11_22_benchmark_segments
Follows: 2026_11_22_analyses
"""

from __future__ import annotations

revision = "2026_11_22_benchmark_segments"
down_revision = "2026_11_22_analyses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
