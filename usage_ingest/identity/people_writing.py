"""Writes what a load learnt of people and accounts, as far as it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from pql.changes import ACCOUNT
from pql.state.bulk import insert_into, insert_missing, table_of
from pql.state.models import Account, AccountFact, BillingCustomer, Change, Contact, Identity
from usage_ingest.identity.links import Merge
from usage_ingest.identity.memberships import write_memberships
from usage_ingest.identity.people import account_state, contact_state
from usage_ingest.identity.placing import People
from usage_ingest.identity.records import AccountRecord, ContactRecord

ACCOUNTS = table_of(Account)
CHANGES = table_of(Change)
CONTACTS = table_of(Contact)
FACTS = table_of(AccountFact)


def write_people(session: Session, workspace_id: int, people: People, now: datetime) -> None:
    """Write new and changed accounts, contacts, ids and memberships. New records get their ids."""
    _write_accounts(session, workspace_id, list(people.accounts.values()))
    write_contacts(session, workspace_id, people.contacts)
    _write_merges(session, workspace_id, people.merges)
    _write_identities(session, workspace_id, people)
    write_memberships(session, people)
    _leave_accounts(session, workspace_id, people.own_accounts.left, now)


def _write_accounts(session: Session, workspace_id: int, accounts: Iterable[AccountRecord]) -> None:
    rows = [
        (
            account,
            {
                "workspace_id": workspace_id,
                "key": account.key,
                "name": account.name,
                "is_person": account.is_person,
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
        "is_identified": contact.is_identified,
        "email": contact.email,
        "address": contact.email.strip().lower() if contact.email else None,
        "name": contact.name,
        "traits": contact.traits,
        "trait_times": contact.trait_times,
        "account_id": contact.account.id if contact.account else None,
        "grouped_at": contact.grouped_at,
        "places": [
            (said.account.id, said.at and said.at.isoformat(), said.inherited)
            for said in contact.places
            if said.account.id is not None
        ],
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
    if known:  # before the new ones: an account may have left its key to one of them
        known.sort(
            key=itemgetter("known_id")
        )  # one order everywhere, so that writers cannot deadlock
        statement = update(table).where(table.c.id == bindparam("known_id"))
        session.connection().execute(statement, known)
    if new:
        inserted = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        ids = session.execute(inserted, [columns for _, columns in new]).scalars()
        for (record, _), record_id in zip(new, ids, strict=True):
            record.id = record_id


def _leave_accounts(
    session: Session,
    workspace_id: int,
    left: Mapping[AccountRecord, ContactRecord],
    now: datetime,
) -> None:
    """Accounts of single people that are no more: what was learnt of them is their heirs' now."""
    for account, contact in left.items():
        heir = contact.current().account
        if account.id is None:
            continue
        if heir is not None:
            _inherit_facts(session, account.id, heir.id)
        _leave_customers(session, account.id, heir, now)
        own = CHANGES.c.subject_id == account.id, CHANGES.c.subject == ACCOUNT
        session.execute(delete(CHANGES).where(CHANGES.c.workspace_id == workspace_id, *own))
        session.execute(delete(ACCOUNTS).where(ACCOUNTS.c.id == account.id))


def _inherit_facts(session: Session, account_id: int, heir_id: int | None) -> None:
    names = [each.name for each in FACTS.c if each.name not in {"id", "account_id"}]
    facts = select(literal(heir_id, FACTS.c.account_id.type), *(FACTS.c[name] for name in names))
    own = facts.where(FACTS.c.account_id == account_id).order_by(FACTS.c.id)  # of one time, too
    copied = insert_into(session, AccountFact).from_select(["account_id", *names], own)
    session.execute(copied.on_conflict_do_nothing())


def _leave_customers(
    session: Session, account_id: int, heir: AccountRecord | None, now: datetime
) -> None:
    """The payment provider's customers are the heir's, and are taken up anew.

    One of whom a person said that it is not the heir waits for another account.
    """
    own = select(BillingCustomer).where(BillingCustomer.account_id == account_id)
    for customer in session.scalars(own.execution_options(populate_existing=True)):
        customer.changed_at = now
        if heir is not None and heir.key not in customer.refused:
            customer.account_id = heir.id
        else:
            customer.account_id, customer.linked_by = None, ""
    session.flush()


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
