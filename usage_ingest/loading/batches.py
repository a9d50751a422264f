"""The content of a batch: events and attributions as Arrow, and as the bytes that are staged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain

import numpy as np
import pyarrow as pa

from pql.events.schema import (
    ATTRIBUTION_SCHEMA,
    DIGESTED_SCHEMA,
    MOVE_SCHEMA,
    RESTORATION_SCHEMA,
)
from pql.events.store import Batch
from usage_ingest.identity.links import Attribution, Move
from usage_ingest.identity.placed import Placed
from usage_ingest.translating.taken import Taken

INTERNAL = "internal"
PACKED = pa.ipc.IpcWriteOptions(compression="lz4")


@dataclass(frozen=True, slots=True)
class Content:
    """What a batch will add to the event store (see `Batch`)."""

    events: pa.Table
    attributions: pa.Table
    restorations: pa.Table = field(default_factory=RESTORATION_SCHEMA.empty_table)
    moves: pa.Table = field(default_factory=MOVE_SCHEMA.empty_table)

    @property
    def is_empty(self) -> bool:
        return not any(table.num_rows for table in self.tables())

    def workspaces_of_stored(self) -> set[int]:
        """Where stored events may count for another account by it."""
        columns = (table["workspace_id"].unique() for table in self.tables()[1:])
        return set(chain.from_iterable(column.to_pylist() for column in columns))

    def tables(self) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
        return self.events, self.attributions, self.restorations, self.moves

    def batch(self, number: int) -> Batch:
        return Batch(number, *self.tables())


def events_table(
    workspace_id: int,
    stored: Taken,
    placed: Sequence[Placed],
    *,
    are_people_accounts: bool = False,
) -> pa.Table:
    """What is stored, as the event store takes it: a row for each account of an event, in order.

    What an event says itself is in its row of the columns. Events like another are placed where
    that is. The rows for further accounts come after all others.

    `are_people_accounts`: an event may count for a person whatever account it names.
    """
    if not placed:
        return no_events()
    copies = [(n, account) for n, each in enumerate(placed) for account in each.further_accounts]
    accounts = [*(each.account() for each in placed), *(account for _, account in copies)]
    placed = [*placed, *(placed[number] for number, _ in copies)]
    messages = [*stored.messages, *(stored.messages[number] for number, _ in copies)]
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
        "source_id": pa.array([message.entry.source_id for message in messages], pa.int64()),
        "filtered": pa.array(
            [
                bool(each.event.filter_reason) or account in internal
                for each, account in zip(placed, accounts, strict=True)
            ]
        ),
    }
    if are_people_accounts:
        own["names_account"] = pa.array([each.named_account is not None for each in placed])
    rows, places = _rows(stored, [number for number, _ in copies])
    own = {name: array.take(places) for name, array in own.items()}
    own["is_copy"] = pa.array(np.arange(len(rows)) >= len(stored))
    is_whole = not copies and len(rows) == stored.columns.num_rows
    said = stored.columns if is_whole else stored.columns.take(rows)
    arrays = [own[name] if name in own else said[name] for name in DIGESTED_SCHEMA.names]
    return pa.Table.from_arrays(arrays, schema=DIGESTED_SCHEMA)


def earliest(events: pa.Table) -> dict[int, datetime]:
    """When the first of some events happened, by the id of the account for which they count."""
    first = events.group_by("account_id").aggregate([("occurred_at", "min")])
    times = zip(first["account_id"].to_pylist(), first["occurred_at_min"].to_pylist(), strict=True)
    return {account: at.replace(tzinfo=UTC) for account, at in times if account is not None}


def _rows(stored: Taken, copied: Sequence[int]) -> tuple[pa.Array, pa.Array]:
    """The rows of the columns, and for each the place among what was placed, copies at the end."""
    of_messages = np.fromiter((message.row for message in stored.messages), np.int64)
    rows = np.concatenate([of_messages, stored.alike.rows])
    places = np.concatenate([np.arange(len(of_messages)), stored.places_of_firsts])
    order = np.argsort(rows)
    last = np.arange(len(copied)) + len(of_messages)
    return (
        pa.array(np.concatenate([rows[order], of_messages[list(copied)]])),
        pa.array(np.concatenate([places[order], last])),
    )


def no_events() -> pa.Table:
    """The events of a batch that has none."""
    return DIGESTED_SCHEMA.empty_table()


def no_attributions() -> pa.Table:
    """The attributions of a batch that has none."""
    return ATTRIBUTION_SCHEMA.empty_table()


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


def moves_table(workspace_id: int, moves: Iterable[Move]) -> pa.Table:
    """Moves as the event store takes them: times are UTC there and say nothing of it."""
    rows = [
        {
            "workspace_id": workspace_id,
            "contact_id": move.contact.id,
            "since": move.since and move.since.astimezone(UTC).replace(tzinfo=None),
            "until": move.until and move.until.astimezone(UTC).replace(tzinfo=None),
            "from_account_id": move.before.id,
            "to_account_id": move.after.id if move.after else None,
        }
        for move in moves
    ]
    return pa.Table.from_pylist(rows, schema=MOVE_SCHEMA)


def together(contents: Sequence[Content]) -> Content:
    """The contents of several workspaces as one."""
    return Content(
        pa.concat_tables([no_events(), *(each.events for each in contents)]),
        pa.concat_tables([no_attributions(), *(each.attributions for each in contents)]),
        moves=pa.concat_tables([MOVE_SCHEMA.empty_table(), *(each.moves for each in contents)]),
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
    """What `written` wrote; earlier releases wrote no moves."""
    source = pa.BufferReader(staged)
    tables = []
    while source.tell() < source.size():
        tables.append(pa.ipc.open_stream(source).read_all())
    return Content(*tables)
