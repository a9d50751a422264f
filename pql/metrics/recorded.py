"""What a workspace has recorded: event names, counts, and the events of given people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import BigInteger, column, func, select, table

from pql.definitions.model import ANY_EVENT
from pql.events.schema import ACTIVITY_KINDS, events
from pql.events.store import EventStore, FrameSource
from pql.metrics.query import Receipt, known_at


def recorded_events(store: FrameSource, workspace_id: int) -> pd.DataFrame:
    """What people did, by event name: columns `name`, `events`, `first_at`, `last_at`, by name.

    Filtered events count too: they show that the event is recorded.
    """
    return store.frame(
        select(
            events.c.name,
            func.count().label("events"),
            func.min(events.c.occurred_at).label("first_at"),
            func.max(events.c.occurred_at).label("last_at"),
        )
        .where(
            events.c.workspace_id == workspace_id,
            events.c.kind.in_(ACTIVITY_KINDS),
            events.c.is_copy.is_(False),
        )
        .group_by(events.c.name)
        .order_by(events.c.name)
    )


def find_receipt(store: EventStore, workspace_id: int) -> Receipt:
    """From when on the workspace's events came in alive."""
    first = func.min(events.c.received_at).label("first")
    alive = (events.c.workspace_id == workspace_id) & events.c.source_id.is_not(None)
    connected_at = store.frame(select(first).where(alive))["first"].iloc[0]
    return Receipt(None if pd.isna(connected_at) else pd.Timestamp(connected_at).to_pydatetime())


def first_known(store: EventStore, workspace_id: int, receipt: Receipt) -> pd.Series[Any]:
    """When each event name was first known of, by name (naive UTC). `any` stands for every name."""
    found = store.frame(
        select(events.c.name, func.min(known_at(receipt)).label("first"))
        .where(events.c.workspace_id == workspace_id, events.c.kind.in_(ACTIVITY_KINDS))
        .group_by(events.c.name)
    )
    by_name = found.set_index("name")["first"]
    return by_name if by_name.empty else pd.concat([by_name, pd.Series({ANY_EVENT: by_name.min()})])


def known_events(store: EventStore, workspace_id: int, names: Collection[str]) -> frozenset[str]:
    """Those of the names that the workspace ever recorded. `any` stands for every name.

    Each is asked for on its own: the first event found answers, where naming all would read all.
    """
    found = select(events.c.name).where(
        events.c.workspace_id == workspace_id, events.c.kind.in_(ACTIVITY_KINDS)
    )
    first_of = {
        name: found if name == ANY_EVENT else found.where(events.c.name == name) for name in names
    }
    return frozenset(
        name for name, first in first_of.items() if not store.frame(first.limit(1)).empty
    )


def count_stored(store: EventStore, workspace_id: int) -> int:
    """How many events are stored, of every kind. One stored twice would be counted twice.

    One that counts for several accounts has a row for each, and is one event.
    """
    statement = select(func.count().label("stored")).where(
        events.c.workspace_id == workspace_id, events.c.is_copy.is_(False)
    )
    return int(store.frame(statement)["stored"].iloc[0])


def contact_events(
    store: EventStore, workspace_id: int, contact_ids: Sequence[int], names: Collection[str]
) -> pd.DataFrame:
    """The events of those names that those contacts did, by contact and time.

    Columns `contact_id`, `name` and `occurred_at`.
    """
    contacts = table("contacts", column("contact_id", BigInteger))
    statement = (
        select(events.c.contact_id, events.c.name, events.c.occurred_at)
        .select_from(events.join(contacts, events.c.contact_id == contacts.c.contact_id))
        .where(
            events.c.workspace_id == workspace_id,
            events.c.filtered.is_(False),
            events.c.is_copy.is_(False),
            events.c.kind.in_(ACTIVITY_KINDS),
            events.c.name.in_(sorted(names)),
        )
        .order_by(events.c.contact_id, events.c.occurred_at, events.c.name)
    )
    upload = pd.DataFrame({"contact_id": pd.Series(list(contact_ids), dtype="int64")})
    return store.frame(statement, {"contacts": upload})
