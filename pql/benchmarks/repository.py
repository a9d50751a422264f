"""Benchmarks kept by version: a score names the one it was worked out from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from hashlib import sha256

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pql.benchmarks.comparing import Benchmarks, Key, is_smaller_better
from pql.benchmarks.percentiles import Percentiles
from pql.definitions.model import DefinitionFile
from pql.state.bulk import rows_as_stored, table_of
from pql.state.models import BenchmarkRow, BenchmarkVersion

KEY_COLUMNS = ("metric", "population", "day")
COLUMNS = tuple(field.name for field in fields(Percentiles))


@dataclass(frozen=True, slots=True)
class Saved:
    """The version that holds the values, and whether they differ from what was there."""

    version: BenchmarkVersion
    is_new: bool


def save(
    session: Session,
    workspace_id: int,
    definition_version_id: int,
    rows: Mapping[Key, Percentiles],
    *,
    customers: int,
    as_of: datetime,
) -> Saved:
    """Keep the rows as a new version, if they say anything new.

    Where they do not, the latest version now holds as of the later moment.
    """
    digest = _digest(rows)
    latest = latest_version(session, workspace_id, definition_version_id)
    if latest is not None and latest.digest == digest:
        latest.as_of, latest.customers = as_of, customers
        return Saved(latest, is_new=False)
    version = BenchmarkVersion(
        workspace_id=workspace_id,
        definition_version_id=definition_version_id,
        as_of=as_of,
        customers=customers,
        digest=digest,
    )
    session.add(version)
    session.flush()
    if rows:
        session.execute(insert(BenchmarkRow), [_row(version.id, *item) for item in rows.items()])
    return Saved(version, is_new=True)


def latest_version(
    session: Session, workspace_id: int, definition_version_id: int
) -> BenchmarkVersion | None:
    """The newest version that was made for a version of the definitions."""
    return session.scalar(
        select(BenchmarkVersion)
        .where(
            BenchmarkVersion.workspace_id == workspace_id,
            BenchmarkVersion.definition_version_id == definition_version_id,
        )
        .order_by(BenchmarkVersion.id.desc())
        .limit(1)
    )


def load_current(
    session: Session, workspace_id: int, definition_version_id: int, file: DefinitionFile
) -> Benchmarks:
    """The benchmarks in force for a version of the definitions; empty before the first refresh.

    Those of an earlier version of the definitions are not: a metric of the same name may have
    meant something else.
    """
    version = latest_version(session, workspace_id, definition_version_id)
    if version is None:
        return Benchmarks({})
    return Benchmarks(load_rows(session, version.id), version.id, turned_round(file))


def load_version(
    session: Session, workspace_id: int, version_id: int, file: DefinitionFile
) -> Benchmarks | None:
    """One version of the workspace's benchmarks; `None` where the workspace has no such version."""
    owned = BenchmarkVersion.workspace_id == workspace_id
    found = session.scalar(
        select(BenchmarkVersion.id).where(BenchmarkVersion.id == version_id, owned)
    )
    if found is None:
        return None
    return Benchmarks(load_rows(session, found), found, turned_round(file))


def load_rows(session: Session, version_id: int) -> dict[Key, Percentiles]:
    """The rows of a version."""
    columns = table_of(BenchmarkRow).c
    asked = (columns[name] for name in (*KEY_COLUMNS, *COLUMNS))
    found = rows_as_stored(session, select(*asked).where(columns.version_id == version_id))
    return {(row[0], row[1], row[2]): Percentiles(*row[3:]) for row in found}


def _row(version_id: int, key: Key, values: Percentiles) -> dict[str, object]:
    metric, population, day = key
    named = dict(zip(COLUMNS, astuple(values), strict=True))
    return {
        "version_id": version_id,
        "metric": metric,
        "population": population,
        "day": day,
        **named,
    }


def _digest(rows: Mapping[Key, Percentiles]) -> str:
    content = sorted((key, astuple(values)) for key, values in rows.items())
    return sha256(repr(content).encode()).hexdigest()


def turned_round(file: DefinitionFile) -> frozenset[str]:
    """The metrics of which less means more usage."""
    return frozenset(name for name, metric in file.metrics.items() if is_smaller_better(metric))
