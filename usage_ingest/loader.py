"""The loader: from the journal into the event store, exactly once, wherever it is stopped.

The state, the journal and the event store cannot commit together. So a load first commits its
decisions with the events themselves as a staged batch (receipts, people, counts: all or nothing),
then appends the batch to the event store, which refuses a number it knows, then deletes the journal
entries, then the staged batch. A load that follows a crash begins by finishing what is staged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pql.access import account_group_types
from pql.events.store import EventStore
from pql.settings import Settings
from pql.state.models import StagedBatch
from pql.state.store import State
from usage_ingest import journal
from usage_ingest.receipts import DUPLICATE, QUARANTINED, STORED, forget_expired
from usage_ingest.staging import Staged, read_staged, stage
from usage_ingest.translation import translate_entries

__all__ = ["LoadResult", "finish_staged", "forget_expired", "load"]

# What one load takes: about a second's work, and a bounded memory.
MOST_ENTRIES = 10_000
MOST_EVENTS = 20_000
MOST_BYTES = 32 * 1024 * 1024

Fence = Callable[[Session], None]
"""Raises where this process may not write any more; called first in every writing transaction."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did, in events. `more`: the journal holds more than one load takes."""

    events: int = 0
    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    more: bool = False


def unfenced(_session: Session) -> None:
    """The fence of whoever is alone, such as a test."""


def load(
    state: State,
    store: EventStore,
    settings: Settings,
    now: datetime,
    fence: Fence = unfenced,
) -> LoadResult:
    """Load the oldest journal entries into the event store.

    No event can keep another from being loaded: what cannot be used is quarantined with a reason.
    """
    finish_staged(state, store, fence)
    entries = journal.read_oldest(state, MOST_ENTRIES, MOST_EVENTS, MOST_BYTES)
    if not entries:
        return LoadResult()
    with state.reading() as session:
        sources = {entry.source_id for entry in entries if entry.source_id is not None}
        group_types = account_group_types(session, sources)
    messages = translate_entries(entries, settings.event_limit, group_types)
    with state.writing() as session:
        fence(session)
        staged = stage(
            session,
            store,
            messages,
            [entry.id for entry in entries],
            deduplication=timedelta(days=settings.deduplication_days),
            now=now,
        )
    _publish(state, store, staged, fence)
    return LoadResult(
        events=staged.fates.total(),
        stored=staged.fates[STORED],
        duplicates=staged.fates[DUPLICATE],
        quarantined=staged.fates[QUARANTINED],
        more=journal.has_entries(state),
    )


def finish_staged(state: State, store: EventStore, fence: Fence) -> None:
    """Bring every staged batch to its end, wherever it was left."""
    with state.reading() as session:
        left = read_staged(session)
    for staged in left:
        _publish(state, store, staged, fence)


def _publish(state: State, store: EventStore, staged: Staged, fence: Fence) -> None:
    if not staged.content.is_empty:
        store.append(staged.content.batch(staged.number))
    journal.delete_entries(state, staged.journal_ids)
    with state.writing() as session:
        fence(session)
        session.execute(delete(StagedBatch).where(StagedBatch.id == staged.number))
