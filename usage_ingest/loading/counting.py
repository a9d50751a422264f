"""Counts of what became of messages, kept in the transaction that decided it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from pql.state.bulk import insert_into
from pql.state.models import IntakeCount
from usage_ingest.identity.placed import Placed
from usage_ingest.loading.judging import DUPLICATE, QUARANTINED, STORED, Judged
from usage_ingest.translating.taken import Taken
from usage_ingest.translating.translation import NO_SOURCE, Translated

WORKSPACE_GONE = "workspace_gone"

Counts = Counter[tuple[int, str, str]]
"""Events by source, fate and reason.

What was stored has one where it does not count (see `filters.py`), or where a link was refused.
"""


def count_fates(judged: Judged, stored: Taken, placed: Sequence[Placed]) -> Counts:
    """Count what came. `placed` are the stored messages, in order."""
    counts: Counts = Counter()
    alike = np.bincount(stored.places_of_firsts, minlength=len(placed)).tolist()
    for message, each, others in zip(stored.messages, placed, alike, strict=True):
        note = each.event.filter_reason or each.note
        counts[message.entry.source_id or NO_SOURCE, STORED, note] += 1 + others
    counts.update(
        (message.entry.source_id or NO_SOURCE, DUPLICATE, "") for message in judged.duplicates
    )
    counts.update(
        (message.entry.source_id or NO_SOURCE, QUARANTINED, rejected.reason)
        for message, rejected in judged.quarantined
    )
    return counts


def count_gone(messages: Iterable[Translated]) -> Counts:
    """Count messages of a workspace that was deleted after they were acknowledged."""
    return Counter(
        (message.entry.source_id or NO_SOURCE, QUARANTINED, WORKSPACE_GONE) for message in messages
    )


def add_counts(session: Session, workspace_id: int, counts: Counts, now: datetime) -> None:
    """Add to the workspace's counts."""
    rows = [
        {
            "workspace_id": workspace_id,
            "source_id": source_id,
            "fate": fate,
            "reason": reason,
            "day": now.date(),
            "events": events,
            "last_at": now,
        }
        for (source_id, fate, reason), events in sorted(counts.items())
    ]
    statement = insert_into(session, IntakeCount)
    added = statement.on_conflict_do_update(
        index_elements=["workspace_id", "source_id", "fate", "reason", "day"],
        set_={
            "events": IntakeCount.events + statement.excluded.events,
            "last_at": statement.excluded.last_at,
        },
    )
    session.connection().execute(added, rows)
