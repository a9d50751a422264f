"""What events say themselves, as columns: all that the event store takes without asking who is who.

They are made where the events are translated, and put together with the rest in `batches.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa

from pql.events.digests import message_digests
from pql.events.schema import DIGESTED_SCHEMA
from usage_ingest.canonical import CanonicalEvent

NAMES = (
    "names_account",
    "kind",
    "name",
    "occurred_at",
    "received_at",
    "clamped_from",
    "message_id",
    "message_digest",
    "properties",
)
EPOCH = datetime.fromtimestamp(0, UTC)

SCHEMA = pa.schema([DIGESTED_SCHEMA.field(name) for name in NAMES])

_as_json = msgspec.json.Encoder().encode


def columns_of(events: Sequence[CanonicalEvent]) -> pa.RecordBatch:
    """A row an event, in their order.

    Raises:
        OverflowError, ValueError, TypeError: an event holds what cannot be stored.
    """
    ids = [event.message_id for event in events]
    columns = {
        "names_account": [event.account_key is not None for event in events],
        "kind": [event.kind for event in events],
        "name": [event.name for event in events],
        "occurred_at": _times([event.occurred_at for event in events]),
        "received_at": _times([event.received_at for event in events]),
        "clamped_from": _times([event.clamped_from for event in events]),
        "message_id": ids,
        "message_digest": message_digests(ids),
        "properties": [_as_json(event.properties) for event in events],
    }
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)


def moment_of(microseconds: int) -> datetime:
    """The moment that a number in a column of times stands for."""
    return EPOCH + timedelta(microseconds=int(microseconds))


def _times(moments: Sequence[datetime | None]) -> pa.Array:
    """Times in the event store are UTC and say nothing of it.

    As time since the epoch they are read several times as fast as moments with a time zone.
    """
    since = pa.array([moment and moment - EPOCH for moment in moments], pa.duration("us"))
    return since.cast(pa.int64()).cast(pa.timestamp("us"))
