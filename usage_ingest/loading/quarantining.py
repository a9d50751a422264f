"""The quarantine: what could not be stored, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session

from pql.events.digests import message_digests
from pql.state.bulk import table_of
from pql.state.models import QuarantinedEvent
from usage_ingest.canonical import Rejected
from usage_ingest.translating.originals import Original, Originals
from usage_ingest.translating.translation import Translated

EVENT_STORE = "event store"
"""The channel of what had become a row for the event store, and was refused there."""

_ORIGINAL_COLUMNS = tuple(each.name for each in fields(Original))


def quarantine(
    session: Session,
    workspace_id: int,
    messages: Iterable[tuple[Translated, Rejected]],
    now: datetime,
) -> None:
    """Keep messages as they were sent, with what was wrong with them."""
    originals = Originals()
    rows = [
        {
            "workspace_id": workspace_id,
            "source_id": message.entry.source_id,
            "received_at": message.entry.received_at,
            "quarantined_at": now,
            "message_id": rejected.message_id,
            "message_digest": _digest(rejected.message_id),
            "reason": rejected.reason,
            "detail": rejected.detail,
            **_columns(originals.of(message)),
        }
        for message, rejected in messages
    ]
    if rows:
        session.execute(insert(table_of(QuarantinedEvent)), rows)


def quarantine_row(
    session: Session, row: Mapping[str, Any], reason: str, detail: str, now: datetime
) -> None:
    """Keep a row that was meant for the event store; `content` is the row as JSON."""
    kept = {
        "workspace_id": row["workspace_id"],
        "source_id": row["source_id"],
        "channel": EVENT_STORE,
        "call": "",
        "is_event": False,
        "quarantined_at": now,
        "received_at": row["received_at"].replace(tzinfo=UTC),
        "message_id": row["message_id"],
        "message_digest": _digest(row["message_id"]),
        "reason": reason,
        "detail": detail,
        "content": msgspec.json.encode(row).decode(),
    }
    session.execute(insert(table_of(QuarantinedEvent)), [kept])


def _columns(original: Original) -> dict[str, Any]:
    return {name: getattr(original, name) for name in _ORIGINAL_COLUMNS}


def _digest(message_id: str | None) -> int | None:
    return None if message_id is None else int(message_digests([message_id])[0])
