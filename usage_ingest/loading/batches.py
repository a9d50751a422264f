"""The content of a batch: events and attributions as Arrow, and as the bytes that are staged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from pql.events.schema import ATTRIBUTION_SCHEMA, DIGESTED_SCHEMA, RESTORATION_SCHEMA
from pql.events.store import Batch
from usage_ingest.identity.links import Attribution
from usage_ingest.identity.placing import Placed

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
    workspace_id: int,
    placed: Sequence[Placed],
    sources: Sequence[int | None],
    rows: Sequence[int],
    columns: pa.RecordBatch,
) -> pa.Table:
    """Placed events, each with its source, as the event store takes them: a row an account.

    What an event says itself is in its row of the columns. The rows for further accounts come after
    all others.
    """
    if not placed:
        return no_events()
    accounts = [each.account() for each in placed]
    copies = [(n, account) for n, each in enumerate(placed) for account in each.further_accounts]
    is_copy = [False] * len(placed) + [True] * len(copies)
    if copies:
        placed = [*placed, *(placed[number] for number, _ in copies)]
        sources = [*sources, *(sources[number] for number, _ in copies)]
        rows = [*rows, *(rows[number] for number, _ in copies)]
        accounts += [account for _, account in copies]
    contacts = [each.contact for each in placed]
    contact_ids = {contact: contact and contact.current().id for contact in set(contacts)}
    internal = {each for each in set(accounts) if each and each.status == INTERNAL}
    own = {
        "workspace_id": pa.repeat(pa.scalar(workspace_id, pa.int64()), len(placed)),
        "account_id": pa.array([account and account.id for account in accounts], pa.int64()),
        "contact_id": pa.array([contact_ids[contact] for contact in contacts], pa.int64()),
        "original_contact_id": pa.array(
            [contact and contact.id for contact in contacts], pa.int64()
        ),
        "source_id": pa.array(sources, pa.int64()),
        "filtered": pa.array(
            [
                bool(each.event.filter_reason) or account in internal
                for each, account in zip(placed, accounts, strict=True)
            ]
        ),
        "is_copy": pa.array(is_copy),
    }
    said = columns.take(pa.array(rows, pa.int64()))
    arrays = [own[name] if name in own else said[name] for name in DIGESTED_SCHEMA.names]
    return pa.Table.from_arrays(arrays, schema=DIGESTED_SCHEMA)


def no_events() -> pa.Table:
    """The events of a batch that has none."""
    return DIGESTED_SCHEMA.empty_table()


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
        pa.concat_tables([no_events(), *(each.events for each in contents)]),
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
