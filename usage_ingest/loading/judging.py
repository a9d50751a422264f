"""What becomes of each message: stored, a duplicate of one that is there, or quarantined.

Messages are remembered by the stores themselves: stored ones by the event store, the others by the
quarantine. An id counts as known for the deduplication window, by the times at which both messages
were received; imports and replays, which may be repeated any time, look back for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import compress

import numpy as np
import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.events.digests import Digests, message_digests
from pql.events.store import EventStore
from pql.events.stored_messages import stored_messages
from pql.state.bulk import chunks
from pql.state.models import QuarantinedEvent
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.translating.translation import NO_ROW, Translated

STORED = "stored"
DUPLICATE = "duplicate"
QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Judged:
    """The messages of a workspace by their fates, each in the order they came."""

    stored: list[Translated] = field(default_factory=list)
    events: list[CanonicalEvent] = field(default_factory=list)
    """Those of `stored`."""
    duplicates: list[Translated] = field(default_factory=list)
    quarantined: list[tuple[Translated, Rejected]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StoredBefore:
    """Knows which messages the event store holds. `columns` are those of the load (see `Taken`)."""

    store: EventStore
    workspace_id: int
    columns: pa.RecordBatch
    deduplication: timedelta

    def ids(self, messages: Sequence[Translated]) -> set[str | None]:
        """The ids of those of the messages that were stored."""
        named = [message for message in messages if message.result.message_id]
        entries = {message.entry.id: message.entry for message in named}
        back = {number for number, entry in entries.items() if entry.is_import or entry.is_replay}
        if not back:
            return self._recent(named)
        ever = [each.result.message_id or "" for each in named if each.entry.id in back]
        live = [each for each in named if each.entry.id not in back]
        return self._recent(live) | stored_messages(self.store, self.workspace_id, ever).keys()

    def _recent(self, messages: Sequence[Translated]) -> set[str | None]:
        """Those stored within the window before the first of the same id came now."""
        if not messages:
            return set()
        ids = [message.result.message_id or "" for message in messages]
        since = min(message.entry.received_at for message in messages) - self.deduplication
        digests = self._digests(messages, ids)
        found = self.store.recent_messages(
            self.workspace_id, ids, digests, since.replace(tzinfo=None)
        )
        came: dict[str, datetime] = {}
        for message, message_id in zip(messages, ids, strict=True) if found else ():
            came.setdefault(message_id, message.entry.received_at)
        return {
            message_id
            for message_id, at in found.items()
            if at.replace(tzinfo=UTC) > came[message_id] - self.deduplication
        }

    def _digests(self, messages: Sequence[Translated], ids: Sequence[str]) -> Digests:
        rows = np.fromiter((message.row for message in messages), np.int64, len(messages))
        is_event = rows != NO_ROW
        digests = np.empty(len(rows), np.int64)
        digests[is_event] = self.columns["message_digest"].to_numpy()[rows[is_event]]
        digests[~is_event] = message_digests(list(compress(ids, ~is_event)))
        return digests


def judge(
    session: Session,
    workspace_id: int,
    messages: Sequence[Translated],
    stored: StoredBefore,
    deduplication: timedelta,
) -> Judged:
    """Decide the fate of a workspace's messages, in order.

    The first message of an id counts. One that was quarantined may come again: mended, it is
    stored; as bad as before, it is a duplicate, but a replay stays in quarantine. Exact only if
    every earlier batch is in the event store: whoever loads finishes first what is staged.
    """
    stored_ids = stored.ids(messages)
    bad_ids = _quarantined_before(session, workspace_id, messages, deduplication)
    judged = Judged()
    for message in messages:
        result = message.result
        message_id = result.message_id
        if message_id in stored_ids:
            judged.duplicates.append(message)
        elif isinstance(result, CanonicalEvent):
            judged.stored.append(message)
            judged.events.append(result)
            stored_ids.add(result.message_id)
        elif message_id in bad_ids and not message.entry.is_replay:
            judged.duplicates.append(message)
        else:
            judged.quarantined.append((message, result))
            bad_ids.update(filter(None, [message_id]))
    return judged


def _quarantined_before(
    session: Session, workspace_id: int, messages: Iterable[Translated], deduplication: timedelta
) -> set[str]:
    """Ids of bad messages whose like is in quarantine."""
    bad = {
        message.result.message_id: message.entry.received_at
        for message in messages
        if message.result.message_id and isinstance(message.result, Rejected)
    }
    if not bad:
        return set()
    kept = select(QuarantinedEvent.message_id).where(
        QuarantinedEvent.workspace_id == workspace_id,
        QuarantinedEvent.received_at > min(bad.values()) - deduplication,
    )
    return {
        message_id
        for digests in chunks(message_digests(bad).tolist())
        for message_id in session.scalars(kept.where(QuarantinedEvent.message_digest.in_(digests)))
        if message_id in bad
    }
