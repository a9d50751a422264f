"""What becomes of each message: stored, a duplicate of one that is there, or quarantined.

Messages are remembered by the stores themselves: stored ones by the event store, the others by the
quarantine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.events.digests import message_digests
from pql.state.bulk import chunks
from pql.state.models import QuarantinedEvent
from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.translating.translation import Translated

STORED = "stored"
DUPLICATE = "duplicate"
QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Judged:
    """The messages of a workspace by their fates, each in the order they came."""

    stored: list[Translated] = field(default_factory=list)
    duplicates: list[Translated] = field(default_factory=list)
    quarantined: list[tuple[Translated, Rejected]] = field(default_factory=list)


def judge(
    session: Session,
    workspace_id: int,
    messages: Sequence[Translated],
    stored_ids: set[str | None],
    deduplication: timedelta,
) -> Judged:
    """Decide the fate of a workspace's messages, in order.

    The first message of an id counts. One that was quarantined may come again: mended, it is
    stored; as bad as before, it is a duplicate, but a replay stays in quarantine. `stored_ids` are
    in the event store (see `StoredBefore`), which is exact only if every earlier batch is in it:
    whoever loads finishes first what is staged.
    """
    known_ids = set(stored_ids)
    bad_ids = _quarantined_before(session, workspace_id, messages, deduplication)
    judged = Judged()
    for message in messages:
        result = message.result
        message_id = result.message_id
        if message_id in known_ids:
            judged.duplicates.append(message)
        elif isinstance(result, CanonicalEvent):
            judged.stored.append(message)
            known_ids.add(message_id)
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
