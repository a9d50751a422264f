"""What is left in the end: is every acknowledged event known, and once?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import duckdb
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.hostile.outcome import Count
from benchmarks.hostile.target import Workspace
from benchmarks.service import Service, ServiceFailed, eventually
from pql.events.store import EventStoreBusy
from pql.state.models import QuarantinedEvent
from pql.state.models import Workspace as WorkspaceRow
from pql.state.store import State
from tests.fixtures.counted import counts_of

TWICE = """
SELECT coalesce(sum(times - 1), 0) FROM (
    SELECT count(*) AS times FROM events WHERE NOT is_copy GROUP BY workspace_id, message_digest
)
"""


def settle(service: Service, workspaces: Iterable[Workspace], within: float) -> bool:
    """Wait until nothing waits to be loaded or evaluated; False where that took too long."""
    names = [each.name for each in workspaces]

    def nothing_waits() -> bool:
        with contextlib.suppress(SQLAlchemyError, EventStoreBusy):
            counts = [counts_of(service, name) for name in names]
            return all(stats["pending"] == 0 and stats["waiting"] == 0 for stats in counts)
        return False

    with contextlib.suppress(ServiceFailed):
        return bool(eventually("nothing waits", nothing_waits, within))
    return False


def count(service: Service, workspace: Workspace, acknowledged: int) -> Count:
    """By the counts of `pql stats`, for who has counted what it sent.

    A client that had no answer does not know: more may have been kept than was acknowledged.
    """
    stats = counts_of(service, workspace.name)
    known = sum(stats[fate] for fate in ("pending", "stored", "duplicates", "quarantined"))
    return Count(acknowledged, max(0, acknowledged - known), stats)


def count_each(service: Service, workspace: Workspace, acknowledged: list[str]) -> Count:
    """Message by message. The service is stopped: the event store is read by its own engine."""
    with opened_state(service) as state, state.reading() as session:
        own = select(WorkspaceRow.id).where(WorkspaceRow.name == workspace.name)
        workspace_id = session.scalars(own).one()
        quarantined = session.scalars(
            select(QuarantinedEvent.message_id).where(QuarantinedEvent.workspace_id == workspace_id)
        ).all()
    stored = _rows(service, "SELECT message_id FROM events WHERE workspace_id = ?", [workspace_id])
    missing = set(acknowledged) - {row[0] for row in stored} - set(quarantined)
    stats = counts_of(service, workspace.name)
    lost = 0 if stats["pending"] else len(missing)
    return Count(len(acknowledged), lost, stats)


def stored_twice(service: Service) -> int:
    """Events of any workspace that are stored once more than they should be."""
    return int(_rows(service, TWICE, [])[0][0])


@contextlib.contextmanager
def opened_state(service: Service) -> Iterator[State]:
    """The state store of a service, whether it runs or not."""
    state = State(service.environment["DATABASE_URL"])
    try:
        yield state
    finally:
        state.close()


def _rows(service: Service, statement: str, values: list[object]) -> list[tuple[Any, ...]]:
    file = service.environment["EVENTS_URL"].removeprefix("duckdb:///")
    with duckdb.connect(file, read_only=True, config={"memory_limit": "1GB"}) as connection:
        return connection.execute(statement, values).fetchall()
