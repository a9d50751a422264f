"""What becomes of each message: stored, a duplicate of one that is there, or quarantined.

Messages are remembered by the stores themselves: stored ones by the event store, the others by the
quarantine. An id counts as known for the deduplication window, by the times at which both messages
were received; imports and replays, which may be repeated any time, look back for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.events.digests import message_digests
from pql.events.store import EventStore
from pql.events.stored_messages import stored_messages
from pql.state.bulk import chunks
from pql.state.models import QuarantinedEvent
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.translation import Translated

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


def judge(
    session: Session,
    store: EventStore,
    workspace_id: int,
    messages: Sequence[Translated],
    deduplication: timedelta,
) -> Judged:
    """Decide the fate of a workspace's messages, in order.

    The first message of an id counts. One that was quarantined may come again: mended, it is
    stored; as bad as before, it is a duplicate, but a replay stays in quarantine. Exact only if
    every earlier batch is in the event store: whoever loads finishes first what is staged.
    """
    stored_ids = _stored_before(store, workspace_id, messages, deduplication)
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


def _stored_before(
    store: EventStore, workspace_id: int, messages: Iterable[Translated], deduplication: timedelta
) -> set[str | None]:
    """Ids of messages that the event store holds."""
    live, ever = _asked_about(messages)
    found: set[str | None] = set()
    if live:
        since = min(live.values()).replace(tzinfo=None) - deduplication
        for message_id, stored_at in store.recent_messages(workspace_id, list(live), since).items():
            if stored_at.replace(tzinfo=UTC) > live[message_id] - deduplication:
                found.add(message_id)
    if ever:
        found.update(stored_messages(store, workspace_id, ever))
    return found


def _asked_about(messages: Iterable[Translated]) -> tuple[dict[str, datetime], set[str]]:
    """Ids to look for in the window, with the first receipt of each, and ids to look for ever."""
    live: dict[str, datetime] = {}
    ever: set[str] = set()
    entry, looks_back = None, False
    for message in messages:
        if entry is not message.entry:  # as many messages have it in common
            entry = message.entry
            looks_back = entry.is_import or entry.is_replay
        message_id = message.result.message_id
        if message_id and looks_back:
            ever.add(message_id)
        elif message_id:
            live.setdefault(message_id, entry.received_at)
    return live, ever


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
