"""The deciding half of a load, in one transaction: from translated messages to a staged batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.orm import Session

from pql.events.store import EventStore
from pql.state.bulk import table_of
from pql.state.models import StagedBatch, Workspace
from usage_ingest.loading import batches
from usage_ingest.loading.counting import add_counts, count_gone
from usage_ingest.loading.judging import QUARANTINED, STORED
from usage_ingest.loading.quarantining import quarantine_row
from usage_ingest.loading.recent_events import correct_refused
from usage_ingest.loading.workspace_loading import WorkspaceLoad
from usage_ingest.translating.taken import Taken
from usage_ingest.translating.translation import NO_SOURCE, UNSTORABLE


class DecidedMeanwhile(Exception):
    """Somebody decided who is who since the load began, and the event store does not know yet."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A batch on its way into the event store; `fates` counts what became of its messages."""

    number: int
    journal_ids: Sequence[int]
    content: batches.Content
    fates: Counter[str]
    reconsider: Mapping[str, Any] = field(default_factory=dict)
    """See `StagedBatch`."""
    attempts: int = 0


def stage(
    session: Session,
    store: EventStore,
    taken: Taken,
    *,
    deduplication: timedelta,
    now: datetime,
) -> Staged:
    """Decide everything about these messages and write it, their events as a staged batch.

    Raises:
        DecidedMeanwhile: another batch is staged. Finish it and begin again.
    """
    contents, fates, concerned = [], Counter[str](), []
    workspaces = {message.entry.workspace_id for message in taken.messages}
    alive = lock_workspaces(session, workspaces)
    if session.scalar(select(exists(select(StagedBatch.id)))):
        raise DecidedMeanwhile
    for workspace_id in sorted(workspaces):
        own = taken.of(workspace_id) if len(workspaces) > 1 else taken
        if workspace_id in alive:
            load = WorkspaceLoad(session, store, workspace_id, own, deduplication, now)
            content, counts, again = load.run()
            contents.append(content)
            concerned += [again] if again else []
        else:
            counts = count_gone(own.spelled_out().messages)
        add_counts(session, workspace_id, counts, now)
        for (_, fate, _), events in counts.items():
            fates[fate] += events
    content = batches.together(contents)
    journal_ids = [entry.id for entry in taken.entries]
    reconsider = {"workspaces": concerned} if concerned else {}
    number = write_batch(session, content, journal_ids, now, reconsider)
    return Staged(number, journal_ids, content, fates, reconsider)


def stage_decision(
    session: Session, content: batches.Content, reconsider: Mapping[str, Any], now: datetime
) -> None:
    """Stage what a decision about identity does to stored events. Lock the workspace before."""
    write_batch(session, content, [], now, reconsider)


def lock_workspaces(session: Session, workspace_ids: Iterable[int]) -> set[int]:
    """Keep loads and decisions of these workspaces apart until the commit; those that are there.

    Batches of a workspace so get numbers in the order in which they were decided.
    """
    rows = select(Workspace.id).where(Workspace.id.in_(workspace_ids)).order_by(Workspace.id)
    return set(session.scalars(rows.with_for_update(key_share=True)))


def read_staged(session: Session) -> list[Staged]:
    """The batches that a crash may have left between the state and the event store, in order."""
    rows = session.scalars(select(StagedBatch).order_by(StagedBatch.id))
    return [
        Staged(
            row.id,
            row.journal_ids,
            batches.read(row.content),
            Counter(),
            row.reconsider,
            row.attempts,
        )
        for row in rows
    ]


def quarantine_rows(
    session: Session, staged: Staged, refused: Mapping[int, str], reason: str = UNSTORABLE
) -> Staged:
    """Take the rows that the event store refused, and why, out of a staged batch.

    They were counted as stored; what the state learnt from them stays. `reason`: where it did not
    refuse them, but died with them.
    """
    counted_at = session.get_one(StagedBatch, staged.number).created_at
    events = staged.content.events
    for number, words in refused.items():
        row = events[number : number + 1].to_pylist()[0]
        workspace_id, source = row["workspace_id"], row["source_id"] or NO_SOURCE
        quarantine_row(session, row, reason, words, counted_at)
        if not row["is_copy"]:
            counts = Counter({(source, STORED, ""): -1, (source, QUARANTINED, reason): 1})
            add_counts(session, workspace_id, counts, counted_at)
            refusal = reason, words
            correct_refused(session, workspace_id, row["message_id"], refusal, counted_at)
    good = [number for number in range(events.num_rows) if number not in refused]
    content = replace(staged.content, events=events.take(pa.array(good, pa.int64())))
    kept = update(StagedBatch).where(StagedBatch.id == staged.number)
    session.execute(kept.values(content=batches.written(content)))
    return replace(staged, content=content)


def split(session: Session, staged: Staged, rows: int, now: datetime) -> None:
    """Stage a batch that is not in the event store as several, of so many events at most.

    What else the batch does is done by the last of them.
    """
    events = staged.content.events
    for first in range(0, events.num_rows, rows):
        some = batches.Content(events[first : first + rows], batches.no_attributions())
        write_batch(session, some, [], now, attempts=staged.attempts)
    rest = replace(staged.content, events=batches.no_events())
    write_batch(session, rest, staged.journal_ids, now, staged.reconsider)
    session.execute(delete(StagedBatch).where(StagedBatch.id == staged.number))


def write_batch(
    session: Session,
    content: batches.Content,
    journal_ids: Sequence[int],
    now: datetime,
    reconsider: Mapping[str, Any] = MappingProxyType({}),
    *,
    attempts: int = 0,
) -> int:
    """Write a staged batch; its number."""
    statement = insert(table_of(StagedBatch)).returning(StagedBatch.id)
    row = {
        "created_at": now,
        "journal_ids": list(journal_ids),
        "content": batches.written(content),
        "reconsider": dict(reconsider),
        "attempts": attempts,
    }
    return int(session.execute(statement, row).scalar_one())
