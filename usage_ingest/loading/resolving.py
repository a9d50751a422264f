"""What becomes of a quarantined event that is sent through again, in the load that decides it.

A replay is one journal entry and nothing else, so it is lost or doubled no more than any other. The
load that stores it takes it out of quarantine in the same transaction; an entry whose event is out
already says nothing new, and is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pql.state.bulk import chunks
from pql.state.models import IntakeCount, QuarantinedEvent
from usage_ingest.dialects.replayed import Origin, read
from usage_ingest.loading.judging import DUPLICATE, QUARANTINED, STORED, Judged
from usage_ingest.translating.translation import NO_SOURCE, Translated


def without_resolved(
    session: Session, workspace_id: int, messages: Sequence[Translated]
) -> list[Translated]:
    """The messages but for replays of what is not in quarantine any more, or comes here twice."""
    asked = [_origin(message).quarantined_id for message in messages if message.entry.is_replay]
    if not asked:
        return list(messages)
    still_open = set(_open_rows(session, workspace_id, asked))
    kept = []
    for message in messages:
        if message.entry.is_replay:
            quarantined_id = _origin(message).quarantined_id
            if quarantined_id not in still_open:
                continue
            still_open.remove(quarantined_id)
        kept.append(message)
    return kept


def resolve_replayed(session: Session, workspace_id: int, judged: Judged, now: datetime) -> None:
    """Take replayed events out of quarantine, and out of the counts of what is in it."""
    resolved = {origin.quarantined_id: (origin, fate) for origin, fate in _fates(judged)}
    rows = _open_rows(session, workspace_id, resolved)
    for row_id, row in rows.items():
        origin, fate = resolved[row_id]
        row.resolution, row.resolved_at, row.resolved_by = fate, now, origin.replayed_by
        uncount(session, row)
    session.flush()


def _fates(judged: Judged) -> Iterator[tuple[Origin, str]]:
    bad = [message for message, _ in judged.quarantined]
    for fate, messages in (
        (STORED, judged.stored),
        (DUPLICATE, judged.duplicates),
        (QUARANTINED, bad),
    ):
        for message in messages:
            if message.entry.is_replay:
                yield _origin(message), fate


def _open_rows(
    session: Session, workspace_id: int, ids: Iterable[int]
) -> dict[int, QuarantinedEvent]:
    rows = select(QuarantinedEvent).where(
        QuarantinedEvent.workspace_id == workspace_id, QuarantinedEvent.resolution.is_(None)
    )
    return {
        row.id: row
        for some in chunks(list(ids))
        for row in session.scalars(rows.where(QuarantinedEvent.id.in_(some)))
    }


def uncount(session: Session, row: QuarantinedEvent) -> None:
    """Take what left the quarantine out of the counts.

    It counts as what it has become from now on; the day it came stays the day it came."""
    session.execute(
        update(IntakeCount)
        .where(
            IntakeCount.workspace_id == row.workspace_id,
            IntakeCount.source_id == (row.source_id or NO_SOURCE),
            IntakeCount.fate == QUARANTINED,
            IntakeCount.reason == row.reason,
            IntakeCount.day == row.quarantined_at.date(),
        )
        .values(events=IntakeCount.events - row.events)
    )


def _origin(message: Translated) -> Origin:
    return read(message.entry.body)[0]
