"""What became of messages, by their ids: for whoever sent them.

A message is in the journal until it is in the event store or in quarantine, so the journal is asked
first: what has left it by then is found where it went.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, chain

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql.events.digests import message_digests
from pql.events.schema import events
from pql.events.store import FrameSource
from pql.events.stored_messages import ASKED
from pql.state.bulk import chunks
from pql.state.models import Account, QuarantinedEvent, RecentEvent
from pql.state.models.intake import EXPIRED
from pql.state.store import State
from usage_ingest.journal import JOURNAL, StoredEntry
from usage_ingest.loading.judging import DUPLICATE, QUARANTINED, STORED
from usage_ingest.translating.translation import translate_entries

PENDING = "pending"
UNKNOWN = "unknown"
UNKNOWN_OR_PENDING = "unknown_or_pending"
FATES = (STORED, QUARANTINED, EXPIRED, PENDING, UNKNOWN, UNKNOWN_OR_PENDING)

NO_NOTE: tuple[str | None, str | None] = (None, None)

# How much of the journal is searched for pending messages, the newest first.
MOST_ENTRIES = 1_000
MOST_BYTES = 8 * 1024 * 1024
MOST_EVENTS = 50_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message; what is `None` is unknown or does not apply.

    `received_at` is when it came, the last time if it was stored more than once. `account` is the
    key that the product gave it. `repetitions` is how often it was sent again to no effect, among
    the last events of the workspace: a lower bound. `reason` and `detail` say why it is in
    quarantine, `decided_at` since when; or since when it has expired there. Of one that is stored
    they say what of it had no effect, among the last events. `unknown_or_pending`: more waits to be
    stored than was looked through.
    """

    message_id: str
    fate: str
    received_at: datetime | None = None
    account: str | None = None
    repetitions: int = 0
    reason: str | None = None
    detail: str | None = None
    decided_at: datetime | None = None


def receipts(
    state: State,
    store: FrameSource,
    workspace_id: int,
    message_ids: Sequence[str],
    event_limit: int,
) -> list[Receipt]:
    """A receipt for each message, in the order asked. Stored goes before quarantined.

    Raises:
        pql.events.store.EventStoreBusy: the event store cannot be reached.
    """
    entries, complete = _waiting(state, workspace_id)
    translated = chain.from_iterable(translate_entries(entries, event_limit))
    pending = {each.message_id for each in translated}
    elsewhere = UNKNOWN if complete else UNKNOWN_OR_PENDING
    found = {
        message_id: Receipt(message_id, PENDING if message_id in pending else elsewhere)
        for message_id in message_ids
    }
    with state.reading() as session:
        found |= _quarantined(session, workspace_id, found)
        found |= _stored(session, store, workspace_id, found)
    return [found[message_id] for message_id in message_ids]


def _waiting(state: State, workspace_id: int) -> tuple[list[StoredEntry], bool]:
    """The newest journal entries of the workspace, and whether these are all."""
    own = JOURNAL.c.workspace_id == workspace_id
    sizes = select(JOURNAL.c.id, func.length(JOURNAL.c.body), JOURNAL.c.events).where(own)
    with state.journal_engine.connect() as connection:
        newest = connection.execute(sizes.order_by(JOURNAL.c.id.desc()).limit(MOST_ENTRIES)).all()
        sizes_until = accumulate(size for _, size, _ in newest)
        events_until = accumulate(events for _, _, events in newest)
        chosen = [
            row[0]
            for row, size, events in zip(newest, sizes_until, events_until, strict=True)
            if size <= MOST_BYTES and events <= MOST_EVENTS
        ]
        entries = [
            StoredEntry(**row)
            for row in connection.execute(
                select(JOURNAL).where(JOURNAL.c.id.in_(chosen))
            ).mappings()
        ]
    return entries, len(chosen) < MOST_ENTRIES and len(chosen) == len(newest)


def _quarantined(
    session: Session, workspace_id: int, message_ids: Collection[str]
) -> dict[str, Receipt]:
    is_here = QuarantinedEvent.resolution.is_(None) | (QuarantinedEvent.resolution == EXPIRED)
    own = select(QuarantinedEvent).where(QuarantinedEvent.workspace_id == workspace_id, is_here)
    return {
        row.message_id: Receipt(
            row.message_id,
            row.resolution or QUARANTINED,
            received_at=row.received_at,
            reason=row.reason,
            detail=row.detail,
            decided_at=row.resolved_at or row.quarantined_at,
        )
        for digests in chunks(message_digests(message_ids).tolist())
        for row in session.scalars(
            own.where(QuarantinedEvent.message_digest.in_(digests)).order_by(QuarantinedEvent.id)
        )
        if row.message_id is not None and row.message_id in message_ids
    }


def _stored(
    session: Session, store: FrameSource, workspace_id: int, message_ids: Collection[str]
) -> dict[str, Receipt]:
    rows = _stored_rows(store, workspace_id, message_ids)
    accounts = _account_keys(session, workspace_id, rows["account_id"].dropna())
    repetitions = _repetitions(session, workspace_id, rows["message_id"])
    notes = _notes(session, workspace_id, rows["message_id"])
    return {
        row["message_id"]: Receipt(
            row["message_id"],
            STORED,
            received_at=row["received_at"].to_pydatetime().replace(tzinfo=UTC),
            account=accounts.get(row["account_id"]),
            repetitions=repetitions.get(row["message_id"], 0),
            reason=notes.get(row["message_id"], NO_NOTE)[0],
            detail=notes.get(row["message_id"], NO_NOTE)[1],
        )
        for row in rows.to_dict("records")
    }


def _stored_rows(
    store: FrameSource, workspace_id: int, message_ids: Collection[str]
) -> pd.DataFrame:
    columns = (events.c.message_id, events.c.received_at, events.c.account_id)
    statement = select(*columns).where(
        events.c.workspace_id == workspace_id,
        events.c.message_digest.in_(select(ASKED.c.digest)),
        events.c.is_copy.is_(False),
    )
    asked = pd.DataFrame({"digest": message_digests(message_ids)})
    found = store.frame(statement.order_by(events.c.received_at), {ASKED.name: asked})
    return found[found["message_id"].isin(set(message_ids))]


def _account_keys(
    session: Session, workspace_id: int, account_ids: Collection[int]
) -> Mapping[int, str]:
    keys = select(Account.id, Account.key).where(Account.workspace_id == workspace_id)
    ids = {int(account_id) for account_id in account_ids}
    rows = (session.execute(keys.where(Account.id.in_(some))) for some in chunks(ids))
    return {row.id: row.key for part in rows for row in part}


def _repetitions(
    session: Session, workspace_id: int, message_ids: Collection[str]
) -> Mapping[str, int]:
    query = (
        select(RecentEvent.message_id, func.count())
        .where(RecentEvent.workspace_id == workspace_id, RecentEvent.fate == DUPLICATE)
        .group_by(RecentEvent.message_id)
    )
    return {row[0]: row[1] for row in session.execute(query) if row[0] in set(message_ids)}


def _notes(
    session: Session, workspace_id: int, message_ids: Collection[str]
) -> Mapping[str, tuple[str | None, str | None]]:
    query = select(RecentEvent.message_id, RecentEvent.reason, RecentEvent.detail).where(
        RecentEvent.workspace_id == workspace_id,
        RecentEvent.fate == STORED,
        RecentEvent.reason != "",
    )
    return {
        row[0]: (row[1], row[2]) for row in session.execute(query) if row[0] in set(message_ids)
    }
