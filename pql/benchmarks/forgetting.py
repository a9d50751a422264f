"""Forgetting versions of benchmarks that nothing names any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from pql.state.models import BenchmarkVersion, Evaluation, Standing

KEPT = 2
"""Of each workspace: the current version and the one before it, whoever names them."""


def forget_unused(session: Session, before: datetime) -> int:
    """Delete versions as of before the moment that no result rests on, now or ever; how many.

    Their rows and documents go with them. Every entry of the history names its version, so whatever
    was said can be explained as long as it is kept.
    """
    place = func.row_number().over(
        partition_by=BenchmarkVersion.workspace_id, order_by=BenchmarkVersion.id.desc()
    )
    ranked = select(BenchmarkVersion.id, place.label("place")).subquery()
    latest = select(ranked.c.id).where(ranked.c.place <= KEPT)
    named = [
        select(rows.benchmark_version_id).where(rows.benchmark_version_id.is_not(None))
        for rows in (Standing, Evaluation)
    ]
    unused = delete(BenchmarkVersion).where(
        BenchmarkVersion.as_of < before,
        *(BenchmarkVersion.id.not_in(some) for some in (latest, *named)),
    )
    return cast("CursorResult[Any]", session.execute(unused)).rowcount
