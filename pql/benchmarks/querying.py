"""The benchmarks in force, row by row, and asking for new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.benchmarks.repository import latest_version
from pql.definitions import versions
from pql.state.models import BenchmarkRow, Workspace


@dataclass(frozen=True, slots=True)
class BenchmarkTable:
    """Rows by metric, population and day; `as_of` is `None` before the first refresh."""

    as_of: datetime | None
    customers: int | None
    data: Sequence[BenchmarkRow]


def list_benchmarks(session: Session, workspace_id: int) -> BenchmarkTable:
    """Every row of the benchmarks in force for the definitions in force."""
    applied = versions.current(session, workspace_id)
    version = latest_version(session, workspace_id, applied.version_id)
    if version is None:
        return BenchmarkTable(None, None, ())
    rows = session.scalars(
        select(BenchmarkRow)
        .where(BenchmarkRow.version_id == version.id)
        .order_by(BenchmarkRow.metric, BenchmarkRow.population, BenchmarkRow.day)
    )
    return BenchmarkTable(version.as_of, version.customers, rows.all())


def request_refresh(session: Session, workspace_id: int, now: datetime) -> datetime:
    """Have the worker work the benchmarks out again."""
    session.get_one(Workspace, workspace_id).benchmarks_requested_at = now
    return now
