"""The content of a batch: events and attributions as Arrow, and as the bytes that are staged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
import pyarrow as pa

from pql.events.schema import ARROW_SCHEMA, ATTRIBUTION_SCHEMA
from pql.events.store import Batch
from usage_ingest.identity import AccountRecord, Attribution, Placed

INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Content:
    """What a batch will add to the event store (see `Batch`)."""

    events: pa.Table
    attributions: pa.Table

    @property
    def is_empty(self) -> bool:
        return not (self.events.num_rows or self.attributions.num_rows)

    def batch(self, number: int) -> Batch:
        return Batch(number, self.events, self.attributions)


def events_table(
    workspace_id: int, placed: Sequence[Placed], sources: Sequence[int | None]
) -> pa.Table:
    """Placed events, each with its source, as the event store takes them: a row an account."""
    if not placed:
        return ARROW_SCHEMA.empty_table()
    rows = (
        _row(workspace_id, each, source_id, account, is_copy=number > 0)
        for each, source_id in zip(placed, sources, strict=True)
        for number, account in enumerate(each.accounts() or (None,))
    )
    arrays = [
        pa.array(column, field.type)
        for column, field in zip(zip(*rows, strict=True), ARROW_SCHEMA, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=ARROW_SCHEMA)


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
    """The content as bytes: two Arrow streams, one after the other."""
    sink = pa.BufferOutputStream()
    for table in (content.events, content.attributions):
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue())


def read(staged: bytes) -> Content:
    """What `written` wrote."""
    source = pa.BufferReader(staged)
    return Content(*(pa.ipc.open_stream(source).read_all() for _ in range(2)))


def _row(
    workspace_id: int,
    placed: Placed,
    source_id: int | None,
    account: AccountRecord | None,
    *,
    is_copy: bool,
) -> tuple[object, ...]:
    event, contact = placed.event, placed.contact
    return (
        workspace_id,
        account.id if account else None,
        contact.current().id if contact else None,
        source_id,
        event.kind,
        event.name,
        _naive(event.occurred_at),
        _naive(event.received_at),
        _naive(event.clamped_from) if event.clamped_from else None,
        event.message_id,
        msgspec.json.encode(event.properties).decode(),
        account is not None and account.status == INTERNAL,
        is_copy,
    )


def _naive(moment: datetime) -> datetime:
    """Times in the event store are UTC and say nothing of it."""
    return moment.replace(tzinfo=None)
