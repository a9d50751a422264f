"""Reads the people and accounts that events speak of, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from pql.accounts.facts import FactReader
from pql.state.bulk import chunks, is_found_to_be, is_one_of, is_one_of_texts, table_of
from pql.state.models import Account, Contact, Identity, IdentityReview
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.links import ALIAS, IDENTIFY
from usage_ingest.identity.placing import ANONYMOUS, USER, People
from usage_ingest.identity.records import AccountRecord, ContactRecord

ACCOUNTS = table_of(Account)
CONTACTS = table_of(Contact)
IDENTITIES = table_of(Identity)
LINKING_KINDS = frozenset({IDENTIFY, ALIAS})

DomainOf = Callable[[str], str | None]


def read_people(
    session: Session,
    workspace_id: int,
    events: Sequence[CanonicalEvent],
    facts: FactReader,
    domain_of: DomainOf | None = None,
) -> People:
    """What is known of everyone that the events name.

    `domain_of` makes an account of an e-mail address, where the workspace wants that.
    """
    rows = _identity_rows(session, workspace_id, events)
    merged = {row.merged_into_id for row in rows if row.merged_into_id is not None}
    roots = _contact_rows(session, workspace_id, merged) if merged else []
    keys = {key for event in events if (key := event.account_key)}
    keys.update(*(event.account_keys() for event in events if event.further_account_keys))
    if domain_of:
        keys |= _domains(events, [*rows, *roots], domain_of)
    ids = {row.account_id for row in (*rows, *roots) if row.account_id is not None}
    accounts = _accounts(session, workspace_id, keys, ids)
    contacts = contact_records([*rows, *roots], accounts)
    return People(
        {(row.kind, row.value): contacts[row.id] for row in rows},
        {account.key: account for account in accounts},
        facts,
        _kept_apart(session, workspace_id, contacts) if _may_link(events) else (),
        domain_of,
    )


def read_contacts(
    session: Session, workspace_id: int, contact_ids: Iterable[int], account_ids: Iterable[int] = ()
) -> tuple[dict[int, ContactRecord], dict[int, AccountRecord]]:
    """Contacts by their row ids; their accounts, and those asked for, by theirs."""
    rows = _contact_rows(session, workspace_id, set(contact_ids))
    ids = {row.account_id for row in rows if row.account_id is not None} | set(account_ids)
    accounts = _accounts(session, workspace_id, set(), ids)
    by_id = {account.id: account for account in accounts if account.id is not None}
    return contact_records(rows, accounts), by_id


def contact_records(
    rows: Sequence[Row[Any]], accounts: Iterable[AccountRecord]
) -> dict[int, ContactRecord]:
    """Contacts by row id. One that was merged knows into whom, where that one is there too."""
    accounts_by_id = {account.id: account for account in accounts}
    contacts = {row.id: _contact(row, accounts_by_id.get(row.account_id)) for row in rows}
    for row in rows:
        if row.merged_into_id is not None:
            contacts[row.id].merged_into = contacts.get(row.merged_into_id)
    for contact in contacts.values():
        contact.stored = contact_state(contact)
    return contacts


def _identity_rows(
    session: Session, workspace_id: int, events: Sequence[CanonicalEvent]
) -> list[Row[Any]]:
    previous = {event.previous_id for event in events}
    users = previous | {event.user_id for event in events}
    anonymous = previous | {event.anonymous_id for event in events}
    columns = (IDENTITIES.c.kind, IDENTITIES.c.value, *CONTACTS.c)
    joined = select(*columns).join(CONTACTS, CONTACTS.c.id == IDENTITIES.c.contact_id)
    mine = joined.where(IDENTITIES.c.workspace_id == workspace_id)
    return [
        row
        for kind, values in ((USER, users), (ANONYMOUS, anonymous))
        for some in chunks([value for value in values if value])
        for row in session.execute(
            mine.where(
                IDENTITIES.c.kind == kind, is_one_of_texts(session, IDENTITIES.c.value, some)
            )
        )
    ]


def _contact_rows(session: Session, workspace_id: int, ids: set[int]) -> list[Row[Any]]:
    mine = select(*CONTACTS.c).where(CONTACTS.c.workspace_id == workspace_id)
    return [
        row
        for some in chunks(sorted(ids))
        for row in session.execute(mine.where(CONTACTS.c.id.in_(some)))
    ]


def _domains(
    events: Iterable[CanonicalEvent], rows: Iterable[Row[Any]], domain_of: DomainOf
) -> set[str]:
    """The keys of accounts that e-mail addresses may lead to: known ones and those to be learnt."""
    said = [event.traits.get("email") for event in events if event.kind == IDENTIFY]
    said += [operands.get("email") for event in events for _, operands in event.person_changes]
    known = [row.email for row in rows if row.account_id is None]
    addresses = {each for each in (*said, *known) if isinstance(each, str)}
    return {domain for domain in map(domain_of, addresses) if domain}


def _may_link(events: Iterable[CanonicalEvent]) -> bool:
    """Whether any of the events may say that two ids are one person's."""
    return any(
        event.previous_id
        or (
            event.anonymous_id
            and event.user_id
            and (event.links_device or event.kind in LINKING_KINDS)
        )
        for event in events
    )


def _kept_apart(
    session: Session, workspace_id: int, contacts: Mapping[int, ContactRecord]
) -> list[tuple[ContactRecord, ContactRecord]]:
    """Pairs of these contacts that somebody decided are not one person."""
    lower, higher = aliased(Contact), aliased(Contact)
    pairs = (
        select(
            func.coalesce(lower.merged_into_id, lower.id),
            func.coalesce(higher.merged_into_id, higher.id),
        )
        .select_from(IdentityReview)
        .join(lower, lower.id == IdentityReview.lower_id)
        .join(higher, higher.id == IdentityReview.higher_id)
        .where(IdentityReview.workspace_id == workspace_id, IdentityReview.state == "kept_apart")
    )
    return [
        (contacts[one], contacts[other])
        for one, other in session.execute(pairs)
        if one in contacts and other in contacts
    ]


def _accounts(
    session: Session, workspace_id: int, keys: set[str], ids: set[int]
) -> list[AccountRecord]:
    columns = select(*(ACCOUNTS.c[name] for name in _ACCOUNT_FIELDS))
    by_key = columns.where(ACCOUNTS.c.workspace_id == workspace_id)
    by_id = columns.where(is_found_to_be(ACCOUNTS.c.workspace_id, workspace_id))
    statements = [
        *(by_key.where(is_one_of_texts(session, ACCOUNTS.c.key, some)) for some in chunks(keys)),
        *(by_id.where(is_one_of(session, ACCOUNTS.c.id, some)) for some in chunks(sorted(ids))),
    ]
    found = {
        row.id: AccountRecord(**row._asdict())
        for statement in statements
        for row in session.execute(statement)
    }
    for account in found.values():
        account.stored = account_state(account)
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
    return ContactRecord(
        id=row.id,
        user_id=row.user_id,
        email=row.email,
        name=row.name,
        traits=row.traits,
        trait_times=row.trait_times,
        account=account,
        grouped_at=row.grouped_at,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        has_stored_events=True,
    )


def account_state(account: AccountRecord) -> tuple[object, ...]:
    """What makes an account worth writing when it changes. `last_seen_at` is kept to the minute."""
    last_seen_at = account.last_seen_at.replace(second=0, microsecond=0)
    return account.traits, account.trait_times, account.first_seen_at, last_seen_at


def contact_state(contact: ContactRecord) -> tuple[object, ...]:
    last_seen_at = contact.last_seen_at.replace(second=0, microsecond=0)
    belongs_to = (contact.account, contact.grouped_at, contact.merged_into)
    said = contact.traits, contact.trait_times
    return *said, contact.first_seen_at, last_seen_at, *belongs_to
