"""Reads the people and accounts that events speak of, all at once, and writes back what changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, Table, bindparam, insert, literal, select, update
from sqlalchemy.orm import Session

from pql.accounts.facts import FactReader
from pql.state.bulk import chunks, insert_into, insert_missing, table_of
from pql.state.models import Account, Contact, ContactAccount, Identity
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity import ANONYMOUS, USER, AccountRecord, ContactRecord, People

ACCOUNTS = table_of(Account)
CONTACTS = table_of(Contact)
IDENTITIES = table_of(Identity)
MEMBERSHIPS = table_of(ContactAccount)


def read_people(
    session: Session, workspace_id: int, events: Sequence[CanonicalEvent], facts: FactReader
) -> People:
    """What is known of everyone that the events name."""
    rows = _identity_rows(session, workspace_id, events)
    keys = {key for event in events for key in event.account_keys()}
    ids = {row.account_id for row in rows if row.account_id is not None}
    accounts = _accounts(session, workspace_id, keys, ids)
    accounts_by_id = {account.id: account for account in accounts}
    contacts = {row.id: _contact(row, accounts_by_id.get(row.account_id)) for row in rows}
    return People(
        {(row.kind, row.value): contacts[row.id] for row in rows},
        {account.key: account for account in accounts},
        facts,
    )


def write_people(session: Session, workspace_id: int, people: People) -> None:
    """Write new and changed accounts, contacts, ids and memberships. New records get their ids."""
    _write_accounts(session, workspace_id, list(people.accounts.values()))
    _write_contacts(session, workspace_id, people.contacts)
    _write_identities(session, workspace_id, people)
    _write_memberships(session, people)


def _identity_rows(
    session: Session, workspace_id: int, events: Iterable[CanonicalEvent]
) -> list[Row[Any]]:
    users: set[str] = set()
    anonymous: set[str] = set()
    for event in events:
        users.update(filter(None, (event.user_id, event.previous_id)))
        anonymous.update(filter(None, (event.anonymous_id, event.previous_id)))
    columns = (IDENTITIES.c.kind, IDENTITIES.c.value, *CONTACTS.c)
    joined = select(*columns).join(CONTACTS, CONTACTS.c.id == IDENTITIES.c.contact_id)
    mine = joined.where(IDENTITIES.c.workspace_id == workspace_id)
    return [
        row
        for kind, values in ((USER, users), (ANONYMOUS, anonymous))
        for some in chunks(values)
        for row in session.execute(
            mine.where(IDENTITIES.c.kind == kind, IDENTITIES.c.value.in_(some))
        )
    ]


def _accounts(
    session: Session, workspace_id: int, keys: set[str], ids: set[int]
) -> list[AccountRecord]:
    columns = select(*(ACCOUNTS.c[name] for name in _ACCOUNT_FIELDS))
    mine = columns.where(ACCOUNTS.c.workspace_id == workspace_id)
    conditions = [ACCOUNTS.c.key.in_(some) for some in chunks(keys)]
    conditions += [ACCOUNTS.c.id.in_(some) for some in chunks(ids)]
    found = {
        row.id: AccountRecord(**row._asdict())
        for condition in conditions
        for row in session.execute(mine.where(condition))
    }
    for account in found.values():
        account.stored = _account_state(account)
    return list(found.values())


_ACCOUNT_FIELDS = (
    "id",
    "key",
    "name",
    "traits",
    "trait_times",
    "status",
    "first_seen_at",
    "last_seen_at",
)


def _contact(row: Row[Any], account: AccountRecord | None) -> ContactRecord:
    contact = ContactRecord(
        id=row.id,
        user_id=row.user_id,
        email=row.email,
        name=row.name,
        traits=row.traits,
        account=account,
        grouped_at=row.grouped_at,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        has_stored_events=True,
    )
    contact.stored = _contact_state(contact)
    return contact


def _account_state(account: AccountRecord) -> tuple[object, ...]:
    """What makes an account worth writing when it changes. `last_seen_at` is kept to the minute."""
    last_seen_at = account.last_seen_at.replace(second=0, microsecond=0)
    return account.traits, account.trait_times, account.first_seen_at, last_seen_at


def _contact_state(contact: ContactRecord) -> tuple[object, ...]:
    last_seen_at = contact.last_seen_at.replace(second=0, microsecond=0)
    belongs_to = (contact.account, contact.grouped_at, contact.merged_into)
    return contact.traits, contact.first_seen_at, last_seen_at, *belongs_to


def _write_accounts(session: Session, workspace_id: int, accounts: Iterable[AccountRecord]) -> None:
    rows = [
        (
            account,
            {
                "workspace_id": workspace_id,
                "key": account.key,
                "name": account.name,
                "traits": account.traits,
                "trait_times": account.trait_times,
                "first_seen_at": account.first_seen_at,
                "last_seen_at": account.last_seen_at,
            },
        )
        for account in accounts
        if account.stored != _account_state(account)
    ]
    _write(session, ACCOUNTS, rows)


def _write_contacts(session: Session, workspace_id: int, contacts: Iterable[ContactRecord]) -> None:
    # Of a contact that came and was merged within one load, nobody has ever heard.
    heard_of = [
        contact
        for contact in contacts
        if (contact.id or not contact.merged_into) and contact.stored != _contact_state(contact)
    ]
    for are_merged in (False, True):  # a merged contact refers to the one it was merged into
        _write(
            session,
            CONTACTS,
            [
                (contact, _contact_columns(workspace_id, contact))
                for contact in heard_of
                if bool(contact.merged_into) is are_merged
            ],
        )


def _contact_columns(workspace_id: int, contact: ContactRecord) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "user_id": contact.user_id,
        "email": contact.email,
        "name": contact.name,
        "traits": contact.traits,
        "account_id": contact.account.id if contact.account else None,
        "grouped_at": contact.grouped_at,
        "merged_into_id": contact.current().id if contact.merged_into else None,
        "first_seen_at": contact.first_seen_at,
        "last_seen_at": contact.last_seen_at,
    }


def _write(
    session: Session,
    table: Table,
    rows: Sequence[tuple[AccountRecord | ContactRecord, dict[str, Any]]],
) -> None:
    """Insert the records that have no id, and give them theirs; update the others."""
    new = [(record, columns) for record, columns in rows if record.id is None]
    known = [{"known_id": record.id, **columns} for record, columns in rows if record.id]
    if new:
        inserted = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        ids = session.execute(inserted, [columns for _, columns in new]).scalars()
        for (record, _), record_id in zip(new, ids, strict=True):
            record.id = record_id
    if known:
        known.sort(
            key=itemgetter("known_id")
        )  # one order everywhere, so that writers cannot deadlock
        statement = update(table).where(table.c.id == bindparam("known_id"))
        session.connection().execute(statement, known)


def _write_identities(session: Session, workspace_id: int, people: People) -> None:
    rows = [
        {
            "workspace_id": workspace_id,
            "kind": kind,
            "value": value,
            "contact_id": contact.id,
            "linked_at": at,
        }
        for (kind, value), at in people.new_identities.items()
        if (contact := people.contact_of(kind, value))
    ]
    insert_missing(session, Identity, rows)
    moved = _moved(people)
    if moved:
        statement = (
            update(IDENTITIES)
            .where(IDENTITIES.c.contact_id == bindparam("origin_id"))
            .values(contact_id=bindparam("target_id"))
        )
        session.connection().execute(statement, moved)


def _moved(people: People) -> list[dict[str, int | None]]:
    return [
        {"origin_id": origin.id, "target_id": origin.current().id}
        for origin in people.merged
        if origin.id is not None
    ]


def _write_memberships(session: Session, people: People) -> None:
    since: dict[tuple[int | None, int | None], datetime] = {}
    for (contact, account), at in people.memberships.items():
        pair = (contact.current().id, account.id)
        since[pair] = min(at, since.get(pair, at))
    rows = [
        {"contact_id": contact_id, "account_id": account_id, "first_seen_at": at}
        for (contact_id, account_id), at in since.items()
    ]
    insert_missing(session, ContactAccount, rows)
    for moved in _moved(people):
        inherited = select(
            literal(moved["target_id"], MEMBERSHIPS.c.contact_id.type),
            MEMBERSHIPS.c.account_id,
            MEMBERSHIPS.c.first_seen_at,
        ).where(MEMBERSHIPS.c.contact_id == moved["origin_id"])
        statement = insert_into(session, ContactAccount).from_select(
            ["contact_id", "account_id", "first_seen_at"], inherited
        )
        session.execute(statement.on_conflict_do_nothing())
