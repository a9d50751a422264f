"""The last events of a workspace, each with what became of it: what the live view shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from pql.events.digests import message_digests
from pql.events.schema import events
from pql.events.store import FrameSource
from pql.events.stored_messages import ASKED
from pql.state.bulk import table_of
from pql.state.models import Account, ApiKey, RecentEvent
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.placed import Placed
from usage_ingest.loading.judging import DUPLICATE, QUARANTINED, STORED, Judged
from usage_ingest.translating.alike import Alike, spelled_out
from usage_ingest.translating.taken import Taken
from usage_ingest.translating.translation import Translated

MOST_REMEMBERED = 200
"""How many a workspace keeps."""
BEFORE = timedelta(minutes=10)
"""An import makes an event before the service receives it, by so much at most."""


@dataclass(frozen=True, slots=True)
class RecentArrival:
    """One of the last events. `None` is unknown: what is quarantined may have no kind or name.

    `source` is the key's name, `reason` a short code and `detail` what it means. `account` is the
    key that the product gave it, `contact` the event's user id or else its anonymous id.
    """

    source_id: int | None
    source: str | None
    fate: str
    reason: str | None
    detail: str | None
    message_id: str | None
    kind: str | None
    name: str | None
    account: str | None
    contact: str | None
    received_at: datetime
    decided_at: datetime


def remember(
    session: Session,
    workspace_id: int,
    judged: Judged,
    stored: Taken,
    placed: Sequence[Placed],
    *,
    now: datetime,
) -> None:
    """Keep the last events of a load, in the order they came. `placed` are the stored messages."""
    arrived = sorted(_arrivals(judged, stored, placed), key=lambda arrival: arrival[0])
    common = {"workspace_id": workspace_id, "decided_at": now}
    rows = [common | values for _, values in arrived[-MOST_REMEMBERED:]]
    if rows:
        session.execute(insert(table_of(RecentEvent)), rows)
        _forget_older(session, workspace_id)


def correct_refused(
    session: Session,
    workspace_id: int,
    message_id: str,
    refused: tuple[str, str],
    decided_at: datetime,
) -> None:
    """Tell of an event that the event store refused after it had been decided to be stored.

    `refused` is the reason and what the store said.
    """
    reason, detail = refused
    shown = update(RecentEvent).where(
        RecentEvent.workspace_id == workspace_id,
        RecentEvent.message_id == message_id,
        RecentEvent.fate == STORED,
        RecentEvent.decided_at == decided_at,
    )
    session.execute(shown.values(fate=QUARANTINED, reason=reason, detail=detail))


def correct_accounts(session: Session, store: FrameSource, workspace_id: int) -> None:
    """Tell of the last events the accounts for which they count in the event store by now."""
    own = (RecentEvent.workspace_id == workspace_id, RecentEvent.fate == STORED)
    shown = session.execute(
        select(RecentEvent.id, RecentEvent.message_id, RecentEvent.account, RecentEvent.received_at)
        .where(*own, RecentEvent.message_id.is_not(None))
        .order_by(RecentEvent.id)
    ).all()
    if not shown:
        return
    since = min(row.received_at for row in shown) - BEFORE
    stored = _accounts_of(store, workspace_id, [row.message_id for row in shown], since)
    keys = select(Account.id, Account.key).where(Account.id.in_(set(stored.values()) - {None}))
    key_of = {row.id: row.key for row in session.execute(keys)}
    for row in shown:
        account = key_of.get(stored.get(row.message_id) or 0)
        if row.message_id in stored and account != row.account:
            changed = update(RecentEvent).where(RecentEvent.id == row.id)
            session.execute(changed.values(account=account))


def recent_events(
    session: Session,
    workspace_id: int,
    source_id: int | None = None,
    limit: int = MOST_REMEMBERED,
) -> list[RecentArrival]:
    """The last events, the newest first; of one source where it is given."""
    query = (
        select(RecentEvent, ApiKey.name)
        .outerjoin(ApiKey, ApiKey.id == RecentEvent.source_id)
        .where(RecentEvent.workspace_id == workspace_id)
        .order_by(RecentEvent.id.desc())
        .limit(limit)
    )
    if source_id is not None:
        query = query.where(RecentEvent.source_id == source_id)
    return [_arrival(row, source) for row, source in session.execute(query)]


def _accounts_of(
    store: FrameSource, workspace_id: int, message_ids: Sequence[str], since: datetime
) -> dict[str, int | None]:
    """The account of each of these messages that was received since then, by message id."""
    columns = (events.c.message_id, events.c.account_id)
    statement = select(*columns).where(
        events.c.workspace_id == workspace_id,
        events.c.received_at >= since.replace(tzinfo=None),
        events.c.message_digest.in_(select(ASKED.c.digest)),
        events.c.is_copy.is_(False),
    )
    asked = pd.DataFrame({"digest": message_digests(message_ids)})
    frame = store.frame(statement, {ASKED.name: asked})
    return {
        message_id: None if pd.isna(account_id) else int(account_id)
        for message_id, account_id in zip(frame["message_id"], frame["account_id"], strict=True)
    }


def _arrivals(
    judged: Judged, stored: Taken, placed: Sequence[Placed]
) -> Iterator[tuple[tuple[int, int], dict[str, Any]]]:
    """The last of each fate with its place in the journal. Not all: a load has thousands."""
    last = slice(-MOST_REMEMBERED, None)
    for message, each in (
        *zip(stored.messages[last], placed[last], strict=True),
        *_alike(stored, placed, last),
    ):
        account = each.account()
        values = _values(message, STORED) | {"reason": each.note, "detail": each.detail or None}
        yield _place(message), values | {"account": account.key if account else None}
    for message in judged.duplicates[last]:
        yield _place(message), _values(message, DUPLICATE)
    for message, rejected in judged.quarantined[last]:
        said = {"reason": rejected.reason, "detail": rejected.detail}
        yield _place(message), _values(message, QUARANTINED) | said


def _alike(
    stored: Taken, placed: Sequence[Placed], which: slice
) -> Iterator[tuple[Translated, Placed]]:
    alike = Alike(stored.alike.numbers[which])
    messages = spelled_out(alike, stored.messages, stored.entries, stored.columns)
    firsts = stored.places_of_firsts[which].tolist()
    yield from zip(messages, (placed[first] for first in firsts), strict=True)


def _place(message: Translated) -> tuple[int, int]:
    return message.entry.id, message.position


def _values(message: Translated, fate: str) -> dict[str, Any]:
    result = message.result
    known = result if isinstance(result, CanonicalEvent) else None
    return {
        "source_id": message.entry.source_id,
        "fate": fate,
        "reason": "",
        "detail": None,
        "message_id": result.message_id,
        "kind": known.kind if known else None,
        "name": known.name if known else None,
        "account": known.account_key if known else None,
        "contact": (known.user_id or known.anonymous_id) if known else None,
        "received_at": message.entry.received_at,
    }


def _forget_older(session: Session, workspace_id: int) -> None:
    own = RecentEvent.workspace_id == workspace_id
    kept = select(RecentEvent.id).where(own).order_by(RecentEvent.id.desc())
    newest_to_forget = session.scalar(kept.offset(MOST_REMEMBERED).limit(1))
    if newest_to_forget is not None:
        session.execute(delete(RecentEvent).where(own, RecentEvent.id <= newest_to_forget))


def _arrival(row: RecentEvent, source: str | None) -> RecentArrival:
    return RecentArrival(
        source_id=row.source_id,
        source=source,
        fate=row.fate,
        reason=row.reason or None,
        detail=row.detail,
        message_id=row.message_id,
        kind=row.kind,
        name=row.name,
        account=row.account,
        contact=row.contact,
        received_at=row.received_at,
        decided_at=row.decided_at,
    )
