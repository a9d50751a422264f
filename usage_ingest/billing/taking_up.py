"""Takes up what the provider told: links its customers, and works their accounts' history out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pql.accounts.settling import add_facts, settle_accounts, withdraw_facts
from pql.changes import ACCOUNT, CONTACT, mark_changed
from pql.definitions import versions
from pql.definitions.model import DefinitionFile
from pql.state.bulk import chunks
from pql.state.models import Account, BillingCustomer, ContactAccount, Lead
from usage_ingest.billing.history import PREFIX, BillingHistory, account_history
from usage_ingest.billing.keeping import CUSTOMERS, events_of
from usage_ingest.billing.linking import find_accounts, hints_of, take
from usage_ingest.loading.staging import lock_workspaces

CUSTOMERS_AT_ONCE = 500
OWN_TRAITS = tuple(
    PREFIX + name
    for name in (
        *("status", "plan", "subscriptions", "currency", "amount_unknown", "cancels_at"),
        *("refunded", "refunded_at"),
    )
)
OWN_PREFIX = f"{PREFIX}amount_a_month"


def has_work(session: Session) -> bool:
    """Whether anything came that was not taken up."""
    waiting = select(CUSTOMERS.c.id).where(CUSTOMERS.c.changed_at.is_not(None))
    return session.scalar(waiting.limit(1)) is not None


def has_waiting(session: Session) -> bool:
    """Whether any customer has no account yet."""
    waiting = select(CUSTOMERS.c.id).where(CUSTOMERS.c.account_id.is_(None))
    return session.scalar(waiting.limit(1)) is not None


def take_up(session: Session, now: datetime) -> int:
    """Take up customers to whom something came, the first to come first. How many they were."""
    changed = select(CUSTOMERS.c.id, CUSTOMERS.c.workspace_id).where(
        CUSTOMERS.c.changed_at.is_not(None)
    )
    in_turn = changed.order_by(CUSTOMERS.c.changed_at, CUSTOMERS.c.id)
    rows = session.execute(in_turn.limit(CUSTOMERS_AT_ONCE)).all()
    by_workspace: defaultdict[int, list[int]] = defaultdict(list)
    for customer_id, workspace_id in rows:
        by_workspace[workspace_id].append(customer_id)
    alive = lock_workspaces(session, by_workspace) if by_workspace else set()
    for workspace_id in alive:
        _take_up(session, workspace_id, _customers(session, by_workspace[workspace_id]), now)
    return len(rows)


def _customers(session: Session, row_ids: Sequence[int]) -> Sequence[BillingCustomer]:
    """The customers as they are now: until the lock, somebody may have decided about them."""
    rows = select(BillingCustomer).where(BillingCustomer.id.in_(row_ids))
    in_turn = rows.order_by(BillingCustomer.changed_at, BillingCustomer.id)
    return session.scalars(in_turn.execution_options(populate_existing=True)).all()


def take_up_waiting(session: Session, now: datetime) -> int:
    """Mark customers who waited for an account that has turned up. How many they are."""
    waiting = select(BillingCustomer).where(
        BillingCustomer.account_id.is_(None), BillingCustomer.changed_at.is_(None)
    )
    by_workspace: defaultdict[int, list[BillingCustomer]] = defaultdict(list)
    for customer in session.scalars(waiting):
        by_workspace[customer.workspace_id].append(customer)
    marked = 0
    for workspace_id, customers in by_workspace.items():
        file = versions.current(session, workspace_id).file
        found = find_accounts(session, workspace_id, customers, file)
        for customer in customers:
            its = found[customer.id]
            if its.account_id is not None or its.candidates != customer.candidates:
                customer.changed_at = now
                marked += 1
    return marked


def _take_up(
    session: Session, workspace_id: int, customers: Sequence[BillingCustomer], now: datetime
) -> None:
    file = versions.current(session, workspace_id).file
    read_at = {customer.id: customer.changed_at for customer in customers}
    events = events_of(session, workspace_id, [each.customer_id for each in customers])
    for customer in customers:
        customer.hints = hints_of(events[customer.customer_id])
    found = find_accounts(session, workspace_id, customers, file)
    concerned: set[int] = set()
    for customer in customers:
        concerned |= take(customer, found[customer.id])
    session.flush()
    work_out(session, workspace_id, concerned, file, now)
    for customer_id, changed_at in read_at.items():
        # What came meanwhile has marked the customer again, and stays marked.
        same = (CUSTOMERS.c.id == customer_id) & (CUSTOMERS.c.changed_at == changed_at)
        session.execute(update(CUSTOMERS).where(same).values(changed_at=None))


def work_out(
    session: Session,
    workspace_id: int,
    account_ids: Collection[int],
    file: DefinitionFile,
    now: datetime,
) -> None:
    """Work out these accounts' history from all events of all their customers, and write it."""
    histories = _histories(session, workspace_id, account_ids, file)
    facts = {account_id: history.facts for account_id, history in histories.items()}
    withdraw_facts(session, account_ids, facts)
    add_facts(session, workspace_id, facts, now)
    settle_accounts(session, workspace_id, account_ids, file.lifecycle, now)
    for some in chunks(account_ids):
        for account in session.scalars(select(Account).where(Account.id.in_(some))):
            account.traits = {**_others(account.traits), **histories[account.id].traits}
    session.flush()
    mark_changed(session, workspace_id, ACCOUNT, account_ids, now)
    mark_changed(session, workspace_id, CONTACT, _leads_in(session, account_ids), now)


def _histories(
    session: Session, workspace_id: int, account_ids: Collection[int], file: DefinitionFile
) -> dict[int, BillingHistory]:
    customers: defaultdict[int, list[str]] = defaultdict(list)
    for some in chunks(account_ids):
        own = CUSTOMERS.c.workspace_id == workspace_id, CUSTOMERS.c.account_id.in_(some)
        rows = select(CUSTOMERS.c.account_id, CUSTOMERS.c.customer_id).where(*own)
        for account_id, customer_id in session.execute(rows):
            customers[account_id].append(customer_id)
    events = events_of(session, workspace_id, {each for ids in customers.values() for each in ids})
    return {
        account_id: account_history(
            (event for each in customers[account_id] for event in events[each]), file.lifecycle
        )
        for account_id in account_ids
    }


def _others(traits: dict[str, Any]) -> dict[str, Any]:
    """The traits that the product gave the account."""
    return {
        name: value
        for name, value in traits.items()
        if name not in OWN_TRAITS and not name.startswith(OWN_PREFIX)
    }


def _leads_in(session: Session, account_ids: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for some in chunks(set(account_ids)):
        leads = select(Lead.contact_id).join(
            ContactAccount, ContactAccount.contact_id == Lead.contact_id
        )
        found.update(session.scalars(leads.where(ContactAccount.account_id.in_(some))))
    return found
