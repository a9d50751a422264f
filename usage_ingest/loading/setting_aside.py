"""Requests that cannot be loaded at all go into quarantine as a whole, and the line goes on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from pql.state.bulk import table_of
from pql.state.models import QuarantinedEvent
from pql.state.store import State
from usage_ingest.dialects.flaws import shown
from usage_ingest.journal import JOURNAL, StoredEntry
from usage_ingest.loading import batches
from usage_ingest.loading.attempts import end_attempts
from usage_ingest.loading.counting import WORKSPACE_GONE, add_counts
from usage_ingest.loading.judging import QUARANTINED
from usage_ingest.loading.staging import lock_workspaces, write_batch
from usage_ingest.translating.translation import NO_SOURCE

LOAD_DIED = "load_died"
"""Loads died with it, or failed, again and again."""
TOO_LARGE = "too_large_to_load"
"""It has more events than one load takes, and cannot be cut into parts."""

LARGEST_KEPT = 64 * 1024 * 1024
"""Bytes of a request that are kept. Of a larger one only the beginning is."""
SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class SetAside:
    """A request that went into quarantine as a whole. `size` is in bytes."""

    entry_id: int
    workspace_id: int
    source_id: int | None
    events: int
    size: int
    reason: str
    detail: str


def read_head(state: State, entry_id: int) -> tuple[StoredEntry, int] | None:
    """An entry, of whose body only as much is read as is kept, and the size of it all."""
    body, size = JOURNAL.c.body, func.length(JOURNAL.c.body)
    others = [each for each in JOURNAL.c if each.name != "body"]
    with state.journal_engine.connect() as connection:
        row = connection.execute(
            select(*others, size.label("size")).where(JOURNAL.c.id == entry_id)
        ).first()
        if row is None:
            return None
        kept = body if row.size <= LARGEST_KEPT else func.substr(body, 1, SHOWN)
        content = connection.scalar(select(kept).where(JOURNAL.c.id == entry_id)) or b""
    *values, entry_size = row
    known = dict(zip((each.name for each in others), values, strict=True))
    return StoredEntry(**known, body=bytes(content)), int(entry_size)


def set_aside(
    session: Session, entry: StoredEntry, size: int, why: tuple[str, str], now: datetime
) -> SetAside:
    """Stage that the entry leaves the journal; what it brought counts as quarantined.

    `why`: the reason and the detail. A replay goes without a trace: what it brought again is in
    quarantine still.
    """
    reason, detail = why
    is_there = bool(lock_workspaces(session, [entry.workspace_id]))
    if is_there and not entry.is_replay:
        row = _row(entry, size, why, now)
        session.execute(insert(table_of(QuarantinedEvent)), [row])
    if not entry.is_replay:
        counted = entry.source_id or NO_SOURCE, QUARANTINED, reason if is_there else WORKSPACE_GONE
        add_counts(session, entry.workspace_id, Counter({counted: entry.events}), now)
    write_batch(session, batches.together([]), [entry.id], now)
    end_attempts(session, [entry.id])
    sender = entry.workspace_id, entry.source_id
    return SetAside(entry.id, *sender, entry.events, size, reason, detail)


def _row(entry: StoredEntry, size: int, why: tuple[str, str], now: datetime) -> dict[str, object]:
    text = _text(entry.body) if len(entry.body) == size else None
    reason, detail = why
    return {
        "workspace_id": entry.workspace_id,
        "source_id": entry.source_id,
        "channel": entry.channel,
        "call": entry.call,
        "entry_id": entry.id,
        "position": 0 if text is None else None,
        "received_at": entry.received_at,
        "quarantined_at": now,
        "reason": reason,
        "detail": detail,
        "content": shown(entry.body[:SHOWN]) if text is None else text,
        "is_event": False,
        "events": entry.events,
    }


def _text(body: bytes) -> str | None:
    """The body as text, where that says the same."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
