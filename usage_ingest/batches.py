"""The content of a batch: events and attributions as Arrow, and as the bytes that are staged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import pyarrow as pa

from pql.events.schema import ARROW_SCHEMA, ATTRIBUTION_SCHEMA, RESTORATION_SCHEMA
from pql.events.store import Batch
from usage_ingest.identity import Placed
from usage_ingest.links import Attribution

INTERNAL = "internal"
PACKED = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(frozen=True, slots=True)
class Content:
    """What a batch will add to the event store (see `Batch`)."""

    events: pa.Table
    attributions: pa.Table
    restorations: pa.Table = field(default_factory=RESTORATION_SCHEMA.empty_table)

    @property
    def is_empty(self) -> bool:
        return not any(table.num_rows for table in self.tables())

    def tables(self) -> tuple[pa.Table, pa.Table, pa.Table]:
        return self.events, self.attributions, self.restorations

    def batch(self, number: int) -> Batch:
        return Batch(number, *self.tables())


def events_table(
    workspace_id: int, placed: Sequence[Placed], sources: Sequence[int | None]
) -> pa.Table:
    """Placed events, each with its source, as the event store takes them: a row an account.

    The rows for further accounts come after all others.
    """
    if not placed:
        return ARROW_SCHEMA.empty_table()
    accounts = [each.account() for each in placed]
    copies = [(n, account) for n, each in enumerate(placed) for account in each.further_accounts]
    is_copy = [False] * len(placed) + [True] * len(copies)
    if copies:
        placed = [*placed, *(placed[number] for number, _ in copies)]
        sources = [*sources, *(sources[number] for number, _ in copies)]
        accounts += [account for _, account in copies]
    events = [each.event for each in placed]
    contacts = [each.contact for each in placed]
    contact_ids = {contact: contact and contact.current().id for contact in set(contacts)}
    internal = {each for each in set(accounts) if each and each.status == INTERNAL}
    encode = msgspec.json.Encoder().encode
    columns = {
        "workspace_id": pa.repeat(pa.scalar(workspace_id, pa.int64()), len(placed)),
        "account_id": [account and account.id for account in accounts],
        "contact_id": [contact_ids[contact] for contact in contacts],
        "original_contact_id": [contact and contact.id for contact in contacts],
        "names_account": [event.account_key is not None for event in events],
        "source_id": sources,
        "kind": [event.kind for event in events],
        "name": [event.name for event in events],
        "occurred_at": _times([event.occurred_at for event in events]),
        "received_at": _times([event.received_at for event in events]),
        "clamped_from": _times([event.clamped_from for event in events]),
        "message_id": [event.message_id for event in events],
        "properties": [encode(event.properties) for event in events],
        "filtered": [
            bool(event.filter_reason) or account in internal
            for event, account in zip(events, accounts, strict=True)
        ],
        "is_copy": is_copy,
    }
    return pa.Table.from_pydict(columns, schema=ARROW_SCHEMA)


def attributions_table(workspace_id: int, attributions: Iterable[Attribution]) -> pa.Table:
    """Attributions as the event store takes them."""
    rows = [
        {
            "workspace_id": workspace_id,
            "from_contact_id": attribution.origin.id,
            "to_contact_id": attribution.contact.id,
            "account_id": attribution.account.id if attribution.account else None,
        }
        for attribution in attributions
    ]
    return pa.Table.from_pylist(rows, schema=ATTRIBUTION_SCHEMA)


def together(contents: Sequence[Content]) -> Content:
    """The contents of several workspaces as one."""
    return Content(
        pa.concat_tables([ARROW_SCHEMA.empty_table(), *(each.events for each in contents)]),
        pa.concat_tables(
            [ATTRIBUTION_SCHEMA.empty_table(), *(each.attributions for each in contents)]
        ),
    )


def written(content: Content) -> bytes:
    """The content as bytes: Arrow streams, one after the other.

    They live for a second. LZ4 takes less time than the database needs for what it saves.
    """
    sink = pa.BufferOutputStream()
    for table in content.tables():
        with pa.ipc.new_stream(sink, table.schema, options=PACKED) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue())


def read(staged: bytes) -> Content:
    """What `written` wrote."""
    source = pa.BufferReader(staged)
    return Content(*(pa.ipc.open_stream(source).read_all() for _ in range(3)))


def _times(moments: Sequence[datetime | None]) -> pa.Array:
    """Times in the event store are UTC and say nothing of it."""
    return pa.array(moments, pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us"))
