"""Which accounts a contact was seen in: by itself, or through contacts that were merged into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, literal, select, true
from sqlalchemy.orm import Session

from pql.state.bulk import (
    chunks,
    insert_into,
    insert_missing,
    is_one_of,
    rows_as_stored,
    table_of,
)
from pql.state.models import ContactAccount
from usage_ingest.identity.placing import People

MEMBERSHIPS = table_of(ContactAccount)


def write_memberships(session: Session, people: People) -> None:
    """Of a merged contact both its own, which it keeps, and what the contact it is now inherits."""
    own: dict[tuple[int | None, int | None], datetime] = {}
    inherited: dict[tuple[int | None, int | None], datetime] = {}
    for (first, account), at in people.memberships.items():
        contact = first.current()
        own[first.id, account.id] = at
        if contact is not first:
            pair = (contact.id, account.id)
            inherited[pair] = min(at, inherited.get(pair, at))
    known = _seen_there_before(session, {contact_id for contact_id, _ in own})
    own = {pair: at for pair, at in own.items() if pair not in known}
    if own:
        statement = insert_into(session, ContactAccount)
        seen_there_itself = statement.on_conflict_do_update(
            index_elements=["contact_id", "account_id"],
            set_={"inherited": False},
            where=MEMBERSHIPS.c.inherited,
        )
        session.connection().execute(seen_there_itself, _membership_rows(own, inherited=False))
    insert_missing(session, ContactAccount, _membership_rows(inherited, inherited=True))
    for merge in people.merges:
        _inherit(session, merge.target.current().id, [merge.origin.id])


def _seen_there_before(
    session: Session, contact_ids: Iterable[int | None]
) -> set[tuple[int | None, int | None]]:
    """Nearly all are known: to look is much less work than to write them once more."""
    ids = sorted(each for each in contact_ids if each is not None)
    known = select(MEMBERSHIPS.c.contact_id, MEMBERSHIPS.c.account_id).where(
        MEMBERSHIPS.c.inherited.is_(False), is_one_of(session, MEMBERSHIPS.c.contact_id, ids)
    )
    return {(row[0], row[1]) for row in rows_as_stored(session, known)}


def inherit_anew(session: Session, contact_id: int, merged_ids: Iterable[int]) -> None:
    """Work out what a contact inherits: where those that are merged into it were seen themselves.

    `merged_ids` are all of them, however many merges are between.
    """
    inherited = MEMBERSHIPS.c.contact_id == contact_id, MEMBERSHIPS.c.inherited
    session.execute(delete(MEMBERSHIPS).where(*inherited))
    _inherit(session, contact_id, merged_ids, MEMBERSHIPS.c.inherited.is_(False))


def accounts_of(session: Session, contact_ids: Iterable[int | None]) -> set[int]:
    """The accounts, by row id, in which any of the contacts was seen."""
    return {
        account_id
        for some in chunks(list(contact_ids))
        for account_id in session.scalars(
            select(MEMBERSHIPS.c.account_id).where(MEMBERSHIPS.c.contact_id.in_(some))
        )
    }


def _inherit(
    session: Session,
    contact_id: int | None,
    origin_ids: Iterable[int | None],
    *conditions: ColumnElement[bool],
) -> None:
    for some in chunks(list(origin_ids)):
        seen_there = select(
            literal(contact_id, MEMBERSHIPS.c.contact_id.type),
            MEMBERSHIPS.c.account_id,
            func.min(MEMBERSHIPS.c.first_seen_at),
            true(),
        ).where(MEMBERSHIPS.c.contact_id.in_(some), *conditions)
        statement = insert_into(session, ContactAccount).from_select(
            ["contact_id", "account_id", "first_seen_at", "inherited"],
            seen_there.group_by(MEMBERSHIPS.c.account_id),
        )
        session.execute(statement.on_conflict_do_nothing())


def _membership_rows(
    since: Mapping[tuple[int | None, int | None], datetime], *, inherited: bool
) -> list[dict[str, Any]]:
    return [
        {
            "contact_id": contact_id,
            "account_id": account_id,
            "first_seen_at": at,
            "inherited": inherited,
        }
        for (contact_id, account_id), at in since.items()
    ]
