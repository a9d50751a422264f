"""The second half of a load: a staged batch reaches the event store and leaves the journal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from pql.events.store import EventsRefused, EventStore
from pql.state.models import StagedBatch
from pql.state.store import State
from pql.state.store_record import note_loaded
from usage_ingest import journal
from usage_ingest.loading.deciding import Fence
from usage_ingest.loading.recent_events import correct_accounts
from usage_ingest.loading.reconsidering import reconsider
from usage_ingest.loading.refusals import refused_rows
from usage_ingest.loading.staging import Staged, quarantine_rows, read_staged


def finish_staged(state: State, store: EventStore, now: datetime, fence: Fence) -> None:
    """Bring every staged batch to its end, wherever it was left."""
    with state.reading() as session:
        left = read_staged(session)
    for staged in left:
        publish(state, store, staged, now, fence)


def publish(state: State, store: EventStore, staged: Staged, now: datetime, fence: Fence) -> None:
    """Append the batch, then delete its journal entries, then the batch; see `loader.py`."""
    appended = None if staged.content.is_empty else staged.number
    if appended:
        try:
            store.append(staged.content.batch(staged.number))
        except EventsRefused:
            staged = _without_refused(state, store, staged, fence)
            store.append(staged.content.batch(staged.number))
    journal.delete_entries(state, staged.journal_ids)
    with state.writing() as session:
        fence(session)
        for concerned in staged.reconsider.get("workspaces", [staged.reconsider]):
            if concerned:
                reconsider(session, store, concerned, now)
        for workspace_id in sorted(staged.content.workspaces_of_stored()):
            correct_accounts(session, store, workspace_id)
        note_loaded(session, appended, staged.journal_ids)
        session.execute(delete(StagedBatch).where(StagedBatch.id == staged.number))


def _without_refused(state: State, store: EventStore, staged: Staged, fence: Fence) -> Staged:
    refused = dict(refused_rows(store, staged.content.events))
    with state.writing() as session:
        fence(session)
        return quarantine_rows(session, staged, refused)
