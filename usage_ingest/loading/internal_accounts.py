"""Which accounts are none of a customer: our own, tests', and those that only programs ever had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.accounts.facts import FROM_TRAIT, INTERNAL, LONGEST_TEXT, Fact
from pql.state.bulk import chunks
from pql.state.models import AccountFact, Contact, ContactAccount
from usage_ingest.identity.placed import Placed, all_accounts
from usage_ingest.identity.placing import People
from usage_ingest.identity.records import AccountRecord
from usage_ingest.loading.filters import (
    INTERNAL_ACCOUNT,
    NOT_FILTERED,
    TEST_ACCOUNT,
    Filters,
    is_internal_account,
)

INTERNAL_STATUS = "internal"
BY_KEY = "its key is that of a test"
BY_EVENTS = "only robots, tests and our own people so far"
NO_MORE = "others than robots, tests and our own people"

YES, NO = "yes", "no"


def mark_filtered_events(placed: Iterable[Placed], filters: Filters) -> None:
    """Note on each event why it does not count, by who did it and with what."""
    for each in placed:
        email = each.contact.current().email if each.contact else None
        if email or each.event.user_agent:
            each.event.filter_reason = filters.reason(email=email, user_agent=each.event.user_agent)


def mark_events_of_internal_accounts(
    people: People, placed: Iterable[Placed], filters: Filters
) -> None:
    """Note the same on events that count for internal accounts only."""
    if not any(account.status == INTERNAL_STATUS for account in people.accounts.values()):
        return
    for each in placed:
        accounts = each.accounts()
        if each.event.filter_reason or not accounts:
            continue
        if all(account.status == INTERNAL_STATUS for account in accounts):
            is_test = filters.is_test_account(accounts[0].key)
            each.event.filter_reason = TEST_ACCOUNT if is_test else INTERNAL_ACCOUNT


def facts_about_internal_accounts(
    session: Session,
    people: People,
    placed: Sequence[Placed],
    new_accounts: Iterable[AccountRecord],
    *,
    filters: Filters,
    now: datetime,
) -> Iterator[tuple[int, Fact]]:
    """Which of the accounts of a load became internal, or are so no more.

    Call it after `mark_filtered_events`, when the accounts have been written.
    """
    only_filtered = _only_filtered(placed)
    tests = {a.id for a in people.accounts.values() if filters.is_test_account(a.key)}
    asked = _in_doubt(people, only_filtered) | {each for each in tests if each is not None}
    addresses: Mapping[int, list[str]] = {}
    if filters.knows_internal_domains:
        asked |= _accounts_of(session, people)
        addresses = _addresses(session, asked)
    before = _internal_before(session, asked)
    new = {account.id for account in new_accounts}
    for account_id in sorted(asked):
        known = addresses.get(account_id)
        was_internal = before.get(account_id) == YES
        is_test = account_id in tests
        has_only_ours = all(map(filters.is_internal_email, known)) if known else None
        is_internal = is_internal_account(
            is_test=is_test,
            has_only_internal_addresses=has_only_ours,
            has_only_filtered_events=only_filtered.get(account_id),
            was_internal=None if account_id in new else was_internal,
        )
        if is_internal and not was_internal:
            why = BY_KEY if is_test else filters.described_domains if has_only_ours else BY_EVENTS
            yield account_id, Fact(INTERNAL, YES, now, FROM_TRAIT, why[:LONGEST_TEXT])
        elif was_internal and not is_internal:
            yield account_id, Fact(INTERNAL, NO, now, FROM_TRAIT, NO_MORE)


def _in_doubt(people: People, only_filtered: Mapping[int, bool]) -> set[int]:
    """Accounts that may become internal by their events, or be so no more."""
    internal = {
        account.id
        for account in people.accounts.values()
        if account.id is not None and account.status == INTERNAL_STATUS
    }
    return internal | {each for each, is_filtered in only_filtered.items() if is_filtered}


def _only_filtered(placed: Sequence[Placed]) -> dict[int, bool]:
    """Whether every event that came for an account now is filtered by itself."""
    filtered = [each for each in placed if each.event.filter_reason != NOT_FILTERED]
    others = [each for each in placed if each.event.filter_reason == NOT_FILTERED]
    found = {account.id: True for account in all_accounts(filtered)}
    found |= {account.id: False for account in all_accounts(others)}
    return {account_id: only for account_id, only in found.items() if account_id is not None}


def _accounts_of(session: Session, people: People) -> set[int]:
    contact_ids = {contact.current().id for contact in people.contacts}
    return {
        account_id
        for some in chunks(contact_ids)
        for account_id in session.scalars(
            select(ContactAccount.account_id).where(ContactAccount.contact_id.in_(some))
        )
    }


def _internal_before(session: Session, account_ids: Collection[int]) -> Mapping[int, str]:
    facts = select(AccountFact.account_id, AccountFact.value).where(AccountFact.field == INTERNAL)
    return {
        account_id: value
        for some in chunks(account_ids)
        for account_id, value in session.execute(
            facts.where(AccountFact.account_id.in_(some)).order_by(AccountFact.id)
        )
    }


def _addresses(session: Session, account_ids: Collection[int]) -> Mapping[int, list[str]]:
    addresses: defaultdict[int, list[str]] = defaultdict(list)
    known = (
        select(ContactAccount.account_id, Contact.email)
        .join(Contact, Contact.id == ContactAccount.contact_id)
        .where(Contact.email.is_not(None), Contact.merged_into_id.is_(None))
    )
    for some in chunks(account_ids):
        for account_id, email in session.execute(known.where(ContactAccount.account_id.in_(some))):
            addresses[account_id].append(email or "")
    return addresses
