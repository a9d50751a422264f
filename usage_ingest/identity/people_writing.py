"""Writes what a load learnt of people and accounts, as far as it changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import Session

from pql.state.bulk import insert_missing, table_of
from pql.state.models import Account, Contact, Identity
from usage_ingest.identity.links import Merge
from usage_ingest.identity.memberships import write_memberships
from usage_ingest.identity.people import account_state, contact_state
from usage_ingest.identity.placing import People
from usage_ingest.identity.records import AccountRecord, ContactRecord

ACCOUNTS = table_of(Account)
CONTACTS = table_of(Contact)


def write_people(session: Session, workspace_id: int, people: People) -> None:
    """Write new and changed accounts, contacts, ids and memberships. New records get their ids."""
    _write_accounts(session, workspace_id, list(people.accounts.values()))
    write_contacts(session, workspace_id, people.contacts)
    _write_merges(session, workspace_id, people.merges)
    _write_identities(session, workspace_id, people)
    write_memberships(session, people)


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
        if account.stored != account_state(account)
    ]
    _write(session, ACCOUNTS, rows)


def write_contacts(session: Session, workspace_id: int, contacts: Iterable[ContactRecord]) -> None:
    """Write new and changed contacts. New ones get their ids."""
    changed = [contact for contact in contacts if contact.stored != contact_state(contact)]
    for are_merged in (False, True):  # a merged contact refers to the one it was merged into
        _write(
            session,
            CONTACTS,
            [
                (contact, _contact_columns(workspace_id, contact))
                for contact in changed
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
        "trait_times": contact.trait_times,
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


def _write_merges(session: Session, workspace_id: int, merges: Sequence[Merge]) -> None:
    """What was merged into one that is merged now is the last one's too."""
    for merge in merges:
        session.execute(
            update(CONTACTS)
            .where(
                CONTACTS.c.workspace_id == workspace_id,
                CONTACTS.c.merged_into_id == merge.origin.id,
            )
            .values(merged_into_id=merge.target.current().id)
        )


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
        if (contact := people.first_noted(kind, value))
    ]
    insert_missing(session, Identity, rows)
