"""Reads the people and accounts that events speak of, all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from pql.accounts.facts import FactReader
from pql.state.bulk import chunks, is_found_to_be, is_one_of, is_one_of_texts, table_of
from pql.state.models import Account, Contact, ContactAccount, IdentityReview
from pql.workspace_settings import NEVER
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.links import ALIAS, IDENTIFY, address_said
from usage_ingest.identity.people_rows import (
    contact_rows,
    contacts_of_addresses,
    identity_rows,
)
from usage_ingest.identity.person_accounts import keys_to_know
from usage_ingest.identity.placing import People
from usage_ingest.identity.records import AccountRecord, ContactRecord, Said

ACCOUNTS = table_of(Account)
LINKING_KINDS = frozenset({IDENTIFY, ALIAS})

DomainOf = Callable[[str], str | None]


def read_people(
    session: Session,
    workspace_id: int,
    events: Sequence[CanonicalEvent],
    facts: FactReader,
    domain_of: DomainOf | None = None,
    *,
    person_accounts: str = NEVER,
) -> People:
    """What is known of everyone that the events name.

    `domain_of` makes an account of an e-mail address, where the workspace wants that.
    `person_accounts`: which people are an account each.
    """
    said = _addresses_said(events)
    rows = identity_rows(session, workspace_id, events, {address for _, address in said})
    merged = {row.merged_into_id for row in rows if row.merged_into_id is not None}
    roots = contact_rows(session, workspace_id, merged) if merged else []
    own = {address for user_id, address in said if user_id.lower() == address}
    namesakes = contacts_of_addresses(session, workspace_id, own) if own else []
    roots = [*roots, *namesakes]
    keys = {key for event in events if (key := event.account_key)}
    keys.update(*(event.account_keys() for event in events if event.further_account_keys))
    if domain_of:
        keys |= _domains(events, [*rows, *roots], domain_of)
    read = _accounts
    if person_accounts != NEVER:
        read = _accounts_and_namesakes
        keys |= {key for event in events if (key := event.user_id)}
        keys |= {row.user_id for row in (*rows, *roots) if row.user_id is not None}
    accounts = read(session, workspace_id, keys, _account_ids([*rows, *roots]))
    contacts = contact_records([*rows, *roots], accounts)
    return People(
        {(row.kind, row.value): contacts[row.id] for row in rows},
        {account.key: account for account in accounts},
        facts,
        _kept_apart(session, workspace_id, contacts) if _may_link(events) else (),
        domain_of,
        of_addresses=_by_address(namesakes, contacts),
        person_accounts=person_accounts,
        without_people=() if person_accounts == NEVER else without_people(session, accounts),
    )


def people_of(
    session: Session,
    workspace_id: int,
    contact_ids: Iterable[int],
    facts: FactReader,
    person_accounts: str,
) -> People:
    """What is known of some contacts by their row ids, none of which was merged."""
    rows = contact_rows(session, workspace_id, set(contact_ids))
    keys = {row.user_id for row in rows if row.user_id is not None}
    accounts = _accounts_and_namesakes(session, workspace_id, keys, _account_ids(rows))
    people = People(
        {},
        {account.key: account for account in accounts},
        facts,
        person_accounts=person_accounts,
        without_people=without_people(session, accounts),
    )
    people.contacts = list(contact_records(rows, accounts).values())
    return people


def read_contacts(
    session: Session, workspace_id: int, contact_ids: Iterable[int], account_ids: Iterable[int] = ()
) -> tuple[dict[int, ContactRecord], dict[int, AccountRecord]]:
    """Contacts by their row ids; their accounts, and those asked for, by theirs."""
    rows = contact_rows(session, workspace_id, set(contact_ids))
    accounts = _accounts(session, workspace_id, set(), _account_ids(rows) | set(account_ids))
    by_id = {account.id: account for account in accounts if account.id is not None}
    return contact_records(rows, accounts), by_id


def contact_records(
    rows: Sequence[Row[Any]], accounts: Iterable[AccountRecord]
) -> dict[int, ContactRecord]:
    """Contacts by row id. One that was merged knows into whom, where that one is there too."""
    accounts_by_id = {account.id: account for account in accounts if account.id is not None}
    contacts = {row.id: _contact(row, accounts_by_id) for row in rows}
    for row in rows:
        if row.merged_into_id is not None:
            contacts[row.id].merged_into = contacts.get(row.merged_into_id)
    for contact in contacts.values():
        contact.stored = contact_state(contact)
    return contacts


def _addresses_said(events: Iterable[CanonicalEvent]) -> set[tuple[str, str]]:
    """The users who tell an e-mail address, each with it."""
    telling = (event for event in events if event.kind == IDENTIFY or event.person_changes)
    return {
        (event.user_id, address)
        for event in telling
        if event.user_id and (address := address_said(event))
    }


def without_people(session: Session, accounts: Iterable[AccountRecord]) -> set[AccountRecord]:
    """Those of the accounts in which nobody was ever seen."""
    by_id = {account.id: account for account in accounts if account.id is not None}
    seen = select(ContactAccount.account_id).distinct()
    for some in chunks(sorted(by_id)):
        for account_id in session.scalars(seen.where(ContactAccount.account_id.in_(some))):
            by_id.pop(account_id, None)
    return set(by_id.values())


def _by_address(
    rows: Iterable[Row[Any]], contacts: Mapping[int, ContactRecord]
) -> dict[str, list[ContactRecord]]:
    found: defaultdict[str, list[ContactRecord]] = defaultdict(list)
    for row in rows:
        found[row.address].append(contacts[row.id])
    return found


def _account_ids(rows: Iterable[Row[Any]]) -> set[int]:
    """The accounts that contacts belong to, and those that they belonged to before."""
    ids = {row.account_id for row in rows if row.account_id is not None}
    return ids.union(*({place[0] for place in row.places} for row in rows if row.places))


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


def _accounts_and_namesakes(
    session: Session, workspace_id: int, keys: set[str], ids: set[int]
) -> list[AccountRecord]:
    """Accounts by key and by id, and those whose keys a person's account may not have then."""
    found: dict[int | None, AccountRecord] = {}
    known: set[str] = set()
    read: set[str] = set()
    while missing := keys_to_know(keys, known) - read:
        read |= missing
        for account in _accounts(session, workspace_id, missing, set() if found else ids):
            found.setdefault(account.id, account)
            known.add(account.key)
    return list(found.values())


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
    "is_person",
    "traits",
    "trait_times",
    "status",
    "first_seen_at",
    "last_seen_at",
)
LAG = timedelta(minutes=1)
"""By so much the stored time at which somebody was seen last may be too early."""


def _contact(row: Row[Any], accounts: Mapping[int, AccountRecord]) -> ContactRecord:
    account = accounts.get(row.account_id)
    return ContactRecord(
        id=row.id,
        user_id=row.user_id,
        is_identified=row.is_identified,
        email=row.email,
        name=row.name,
        traits=row.traits,
        trait_times=row.trait_times,
        account=account,
        grouped_at=row.grouped_at,
        places=_places(row, account, accounts),
        places_known=row.places is not None,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        has_stored_events=True,
        stored_until=row.last_seen_at + LAG,
    )


def _places(
    row: Row[Any], account: AccountRecord | None, accounts: Mapping[int, AccountRecord]
) -> list[Said]:
    """What `people_writing` wrote. Earlier releases kept where somebody is, and no more."""
    if row.places is None:
        return [Said(row.grouped_at, account)] if account else []
    return [
        Said(at and datetime.fromisoformat(at), accounts[account_id], bool(inherited))
        for account_id, at, inherited in row.places
        if account_id in accounts
    ]


def account_state(account: AccountRecord) -> tuple[object, ...]:
    """What makes an account worth writing when it changes. `last_seen_at` is kept to the minute."""
    last_seen_at = account.last_seen_at.replace(second=0, microsecond=0)
    is_called = account.key, account.is_person
    return account.traits, account.trait_times, account.first_seen_at, last_seen_at, *is_called


def contact_state(contact: ContactRecord) -> tuple[object, ...]:
    last_seen_at = contact.last_seen_at.replace(second=0, microsecond=0)
    belongs_to = (contact.account, tuple(contact.places), contact.merged_into)
    is_who = contact.user_id, contact.is_identified
    said = contact.traits, contact.trait_times
    return *said, contact.first_seen_at, last_seen_at, *belongs_to, *is_who
