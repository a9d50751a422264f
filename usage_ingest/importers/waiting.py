"""How much of an import still waits for the worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from pql.state.models import Change, JournalEntry
from pql.state.store import State
from usage_ingest.importers.running import CHANNEL


def events_waiting(state: State, workspace_id: int) -> int:
    """Imported events of the workspace that are not in the event store yet."""
    waiting = select(func.coalesce(func.sum(JournalEntry.events), 0)).where(
        JournalEntry.workspace_id == workspace_id, JournalEntry.channel == CHANNEL
    )
    with state.journal_engine.connect() as connection:
        return int(connection.scalar(waiting) or 0)


def changes_waiting(state: State, workspace_id: int, until: datetime) -> int:
    """Accounts and contacts that were marked as changed by `until` and are not evaluated yet."""
    waiting = select(func.count()).where(
        Change.workspace_id == workspace_id, Change.marked_at <= until
    )
    with state.reading() as session:
        return session.scalar(waiting) or 0
