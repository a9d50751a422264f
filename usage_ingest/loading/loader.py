"""The loader: from the journal into the event store, exactly once, wherever it is stopped.

The state, the journal and the event store cannot commit together. So a load first commits its
decisions with the events themselves as a staged batch (people, quarantine, counts: all or nothing),
then appends the batch to the event store, which refuses a number it knows, then deletes the journal
entries, then the staged batch. A load that follows a crash begins by finishing what is staged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from pql.collector import collector_paused
from pql.events.store import EventsRefused, EventStore
from pql.settings import Settings
from pql.state.models import StagedBatch
from pql.state.store import State
from pql.state.store_record import note_loaded
from usage_ingest import journal
from usage_ingest.loading.deciding import Decision, Fence
from usage_ingest.loading.judging import DUPLICATE, QUARANTINED, STORED
from usage_ingest.loading.reconsidering import reconsider
from usage_ingest.loading.refusals import refused_rows
from usage_ingest.loading.staging import DecidedMeanwhile, Staged, quarantine_rows, read_staged
from usage_ingest.translating.reading import Reader


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
    *,
    reader: Reader | None = None,
) -> LoadResult:
    """Load the oldest journal entries into the event store.

    No event can keep another from being loaded: what cannot be used is quarantined with a reason.
    Loads that follow one another may share a `reader`, which reads ahead.
    """
    reader = reader or Reader(state, settings)
    try:
        with collector_paused():
            return _load(Decision(state, store, settings, now, fence, reader))
    except BaseException:
        reader.forget()
        raise


def _load(decision: Decision) -> LoadResult:
    state, store, now, fence = decision.state, decision.store, decision.now, decision.fence
    finish_staged(state, store, now, fence)
    taken = decision.reader.take()
    if not taken.entries:
        return LoadResult()
    try:
        staged = decision.stage(taken)
    except DecidedMeanwhile:
        decision.reader.forget()
        return _load(decision)
    _publish(state, store, staged, now, fence)
    return LoadResult(
        events=staged.fates.total(),
        stored=staged.fates[STORED],
        duplicates=staged.fates[DUPLICATE],
        quarantined=staged.fates[QUARANTINED],
        more=journal.has_entries(state),
    )


def finish_staged(state: State, store: EventStore, now: datetime, fence: Fence) -> None:
    """Bring every staged batch to its end, wherever it was left."""
    with state.reading() as session:
        left = read_staged(session)
    for staged in left:
        _publish(state, store, staged, now, fence)


def _publish(state: State, store: EventStore, staged: Staged, now: datetime, fence: Fence) -> None:
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
        if staged.reconsider:
            reconsider(session, store, staged.reconsider, now)
        note_loaded(session, appended, staged.journal_ids)
        session.execute(delete(StagedBatch).where(StagedBatch.id == staged.number))


def _without_refused(state: State, store: EventStore, staged: Staged, fence: Fence) -> Staged:
    refused = dict(refused_rows(store, staged.content.events))
    with state.writing() as session:
        fence(session)
        return quarantine_rows(session, staged, refused)
