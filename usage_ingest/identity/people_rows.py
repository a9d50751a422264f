"""The rows of contacts that events may speak of: by their ids, their addresses, their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from pql.state.bulk import chunks, is_one_of_texts, table_of
from pql.state.models import Contact, Identity
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.identities import ANONYMOUS, OTHER_KIND, USER

CONTACTS = table_of(Contact)
IDENTITIES = table_of(Identity)


def identity_rows(
    session: Session,
    workspace_id: int,
    events: Sequence[CanonicalEvent],
    addresses: Collection[str],
) -> list[Row[Any]]:
    """The ids of the events, as what they were sent; those that are none, as the other."""
    previous = {event.previous_id for event in events}
    ids = {
        USER: previous | {event.user_id for event in events},
        ANONYMOUS: previous | {event.anonymous_id for event in events},
    }
    asked = {USER: ids[USER] | set(addresses), ANONYMOUS: ids[ANONYMOUS]}
    found = [
        row
        for kind, values in asked.items()
        for row in _rows_of(session, workspace_id, kind, values)
    ]
    known = {(row.kind, row.value) for row in found}
    for kind, values in ids.items():
        other = OTHER_KIND[kind]
        missing = {value for value in values if known.isdisjoint({(kind, value), (other, value)})}
        found += _rows_of(session, workspace_id, other, missing - previous)
    return found


def _rows_of(
    session: Session, workspace_id: int, kind: str, values: Iterable[str | None]
) -> list[Row[Any]]:
    """The contacts that go by one of these ids, each with the id."""
    columns = (IDENTITIES.c.kind, IDENTITIES.c.value, *CONTACTS.c)
    joined = select(*columns).join(CONTACTS, CONTACTS.c.id == IDENTITIES.c.contact_id)
    mine = joined.where(IDENTITIES.c.workspace_id == workspace_id, IDENTITIES.c.kind == kind)
    return [
        row
        for some in chunks([value for value in values if value])
        for row in session.execute(mine.where(is_one_of_texts(session, IDENTITIES.c.value, some)))
    ]


def contacts_of_addresses(
    session: Session, workspace_id: int, addresses: Collection[str]
) -> list[Row[Any]]:
    """Who has one of these e-mail addresses."""
    mine = select(*CONTACTS.c).where(
        CONTACTS.c.workspace_id == workspace_id, CONTACTS.c.merged_into_id.is_(None)
    )
    return [
        row
        for some in chunks(addresses)
        for row in session.execute(mine.where(is_one_of_texts(session, CONTACTS.c.address, some)))
    ]


def contact_rows(session: Session, workspace_id: int, ids: set[int]) -> list[Row[Any]]:
    mine = select(*CONTACTS.c).where(CONTACTS.c.workspace_id == workspace_id)
    return [
        row
        for some in chunks(sorted(ids))
        for row in session.execute(mine.where(CONTACTS.c.id.in_(some)))
    ]
