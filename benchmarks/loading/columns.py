"""What the loader is held against: decode events and append them as columns, and nothing else.

No identity, no duplicates, no life cycle, no transaction in the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pyarrow as pa

from benchmarks.intake.messages import BATCH
from pql.events.schema import ARROW_SCHEMA, ATTRIBUTION_SCHEMA
from pql.events.store import Batch, EventStore


class _Context(msgspec.Struct, rename="camel"):
    group_id: str


class _Event(msgspec.Struct, rename="camel"):
    type: str
    event: str
    message_id: str
    user_id: str
    context: _Context
    properties: msgspec.Raw
    timestamp: datetime


class _Body(msgspec.Struct):
    batch: list[_Event]


_read = msgspec.json.Decoder(_Body).decode


def append_plainly(store: EventStore, bodies: Sequence[bytes], in_one_append: int) -> None:
    """Append the events of Segment batches, so many events at a time as the loader does."""
    step = in_one_append // BATCH
    for number, start in enumerate(range(0, len(bodies), step), start=1):
        table = _table(
            [event for body in bodies[start : start + step] for event in _read(body).batch]
        )
        store.append(Batch(number, table, ATTRIBUTION_SCHEMA.empty_table()))


def _table(events: Sequence[_Event]) -> pa.Table:
    received_at = datetime.now(UTC).replace(tzinfo=None)
    nobody = [None] * len(events)
    columns = {
        "workspace_id": [1] * len(events),
        "account_id": nobody,
        "contact_id": nobody,
        "original_contact_id": nobody,
        "names_account": [True] * len(events),
        "source_id": nobody,
        "kind": [event.type for event in events],
        "name": [event.event for event in events],
        "occurred_at": [event.timestamp.replace(tzinfo=None) for event in events],
        "received_at": [received_at] * len(events),
        "clamped_from": nobody,
        "message_id": [event.message_id for event in events],
        "properties": [bytes(event.properties).decode() for event in events],
        "filtered": [False] * len(events),
        "is_copy": [False] * len(events),
    }
    return pa.Table.from_pydict(columns, schema=ARROW_SCHEMA)
