"""What was in quarantine so long that nobody will mend it: its content goes, a trace of it stays.

The row keeps the message's id, its reason and when it went, for receipts. Counted, the event stays
quarantined; that it has gone is counted besides, by source and reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, case, or_, select, update
from sqlalchemy.orm import Session

from pql.state.models import QuarantinedEvent, Workspace
from pql.state.models.intake import EXPIRED
from pql.state.store import State
from usage_ingest.loading.counting import Counts, add_counts
from usage_ingest.loading.deciding import Fence
from usage_ingest.loading.quarantining import EVENT_STORE
from usage_ingest.loading.staging import lock_workspaces
from usage_ingest.translating.translation import NO_SOURCE

AT_ONCE = 500
"""Events in one transaction: others write in between."""


def expire_quarantine(state: State, before: datetime, now: datetime, fence: Fence) -> int:
    """Let go of the content of what came into quarantine before that time.

    Returns how many were in quarantine until now. What was sent through again keeps what became of
    it and loses its content too.
    """
    with state.reading() as session:
        workspaces = session.scalars(select(Workspace.id).order_by(Workspace.id)).all()
    return sum(_expire_all(state, each, before, now, fence) for each in workspaces)


def _expire_all(
    state: State, workspace_id: int, before: datetime, now: datetime, fence: Fence
) -> int:
    expired = 0
    while True:
        with state.reading() as session:
            if not _old_rows(session, workspace_id, before, most=1):
                return expired
        with state.writing() as session:
            fence(session)
            lock_workspaces(session, [workspace_id])
            rows = _old_rows(session, workspace_id, before, most=AT_ONCE)
            expired += _expire(session, workspace_id, rows, now)


def _old_rows(
    session: Session, workspace_id: int, before: datetime, most: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    event = QuarantinedEvent
    refused = case((event.channel == EVENT_STORE, event.content), else_=None).label("refused")
    has_content = and_(event.resolution != EXPIRED, event.content != "")
    query = (
        select(event.id, event.source_id, event.reason, event.resolution, event.events, refused)
        .where(event.workspace_id == workspace_id, event.quarantined_at < before)
        .where(or_(event.resolution.is_(None), has_content))
        .order_by(event.id)
        .limit(most)
    )
    return session.execute(query).all()


def _expire(
    session: Session, workspace_id: int, rows: Sequence[Row[*tuple[Any, ...]]], now: datetime
) -> int:
    ids = [row.id for row in rows]
    own = update(QuarantinedEvent).where(QuarantinedEvent.workspace_id == workspace_id)
    open_ids = [row.id for row in rows if row.resolution is None]
    session.execute(own.where(QuarantinedEvent.id.in_(ids)).values(content=""))
    session.execute(
        own.where(QuarantinedEvent.id.in_(open_ids)).values(resolution=EXPIRED, resolved_at=now)
    )
    counts: Counts = Counter()
    for row in rows:
        if row.resolution is None and not _is_copy(row.refused):
            counts[row.source_id or NO_SOURCE, EXPIRED, row.reason] += row.events
    add_counts(session, workspace_id, counts, now)
    return len(open_ids)


def _is_copy(refused: str | None) -> bool:
    """Whether it is a row of the event store for one more account; such are in no count."""
    return refused is not None and bool(msgspec.json.decode(refused)["is_copy"])
