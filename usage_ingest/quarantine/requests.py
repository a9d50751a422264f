"""Requests that were set aside as a whole, put back into the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.state.models import QuarantinedEvent, StagedBatch
from pql.state.store import State
from usage_ingest import journal
from usage_ingest.journal import StoredEntry
from usage_ingest.loading.resolving import uncount
from usage_ingest.loading.staging import lock_workspaces

REPLAYED = "replayed"
"""What became of a request that was put back: its events have fates of their own from then on."""


@dataclass(frozen=True, slots=True)
class Returning:
    """Puts requests of a workspace back, under the ids that they had in the journal.

    So events without ids of their own are the same as before, and a request that is put back twice
    after a crash brings nothing twice: what was stored is a duplicate then.
    """

    state: State
    workspace_id: int

    def put_back(self, row_ids: Sequence[int], by: str, now: datetime) -> None:
        """Put these back. One that is still on its way out of the journal stays in quarantine.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the store failed; those that are in quarantine still
                can be put back again.
        """
        for row_id in row_ids:
            with self.state.writing() as session:
                self._put_back(session, row_id, by, now)

    def _put_back(self, session: Session, row_id: int, by: str, now: datetime) -> None:
        lock_workspaces(session, [self.workspace_id])
        open_row = QuarantinedEvent.resolution.is_(None)
        row = session.scalar(
            select(QuarantinedEvent).where(QuarantinedEvent.id == row_id, open_row)
        )
        if row is None or row.entry_id in _leaving(session):
            return
        journal.put_back(self.state, _entry(row, row.entry_id or 0))
        row.resolution, row.resolved_at, row.resolved_by = REPLAYED, now, by
        uncount(session, row)


def _leaving(session: Session) -> set[int]:
    """Entries that are about to be deleted from the journal."""
    return {
        entry_id
        for entry_ids in session.scalars(select(StagedBatch.journal_ids))
        for entry_id in entry_ids
    }


def _entry(row: QuarantinedEvent, entry_id: int) -> StoredEntry:
    return StoredEntry(
        workspace_id=row.workspace_id,
        source_id=row.source_id,
        channel=row.channel,
        call=row.call,
        received_at=row.received_at,
        events=row.events,
        body=row.content.encode(),
        id=entry_id,
    )
