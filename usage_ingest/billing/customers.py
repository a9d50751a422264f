"""Customers of the provider as the API and the command line show them, and decide about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import Session

from pql.accounts.describing import find_account
from pql.definitions import versions
from pql.faults import PlainError
from pql.paging import Order, Page, is_storable
from pql.state.models import Account, BillingCustomer, BillingEvent
from usage_ingest.billing.linking import link_by_hand
from usage_ingest.billing.taking_up import work_out
from usage_ingest.loading.staging import lock_workspaces

LINKED, WAITING, REVIEW = "linked", "waiting", "review"
STATES = (WAITING, REVIEW, LINKED)
_NUMBER = BillingCustomer.__table__.c.id
NEWEST = Order("newest", _NUMBER, int, _NUMBER, descending=True)


class CustomerUnknown(PlainError):
    """The workspace has no such customer of the provider. The message says where they are."""

    def __init__(self) -> None:
        super().__init__("Stripe told of no such customer; `pql stripe customers` lists them")


class DecisionUnfit(PlainError):
    """The decision does not fit: the message says why."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer, whose account it is, and how that is known or what it waits for.

    `state` is one of `STATES`; those in `review` have `candidates`, accounts that a person chooses
    from.
    """

    customer_id: str
    state: str
    account: str | None
    linked_by: str
    why: str
    candidates: Sequence[str]
    emails: Sequence[str]
    events: int
    first_seen_at: datetime


def list_customers(
    session: Session,
    workspace_id: int,
    *,
    state: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Customer]:
    """A page of the customers, those that came last first, `limit` at most.

    Raises:
        pql.paging.CursorInvalid: `cursor` is not one that this list gave out.
    """
    rows = _in_state(select(BillingCustomer), state).where(
        BillingCustomer.workspace_id == workspace_id, NEWEST.after(cursor)
    )
    found = session.scalars(NEWEST.sorted(rows).limit(limit + 1)).all()
    shown, more = found[:limit], len(found) > limit
    data = [_described(session, row) for row in shown]
    return Page(data, NEWEST.cursor(shown[-1].id, shown[-1].id) if more else None)


def link(
    session: Session, workspace_id: int, customer_id: str, key: str, *, by: str, now: datetime
) -> Customer:
    """The customer is this account. Its history follows within seconds.

    Raises:
        CustomerUnknown: there is no such customer.
        pql.accounts.describing.AccountUnknown: there is no such account.
    """
    lock_workspaces(session, [workspace_id])  # what is being taken up is not decided about
    row = _find(session, workspace_id, customer_id)
    _require_taken_up(row)
    account = find_account(session, workspace_id, key)
    if row.account_id is not None and row.account_id != account.id:
        raise DecisionUnfit("it is another account's already: unlink it from that one first")
    link_by_hand(row, account, by, now)
    session.flush()
    return _described(session, row)


def unlink(
    session: Session, workspace_id: int, customer_id: str, key: str, now: datetime
) -> Customer:
    """The customer is not this account, whatever its metadata say; it is not asked again.

    What its events told of the account is withdrawn.

    Raises:
        CustomerUnknown: there is no such customer.
    """
    lock_workspaces(session, [workspace_id])
    row = _find(session, workspace_id, customer_id)
    before = _key_of(session, row)
    row.refused = sorted({*row.refused, key})
    row.candidates = [each for each in row.candidates if each != key]
    row.changed_at = now
    if row.account_id is not None and before == key:
        was, row.account_id, row.linked_by = row.account_id, None, ""
        session.flush()
        file = versions.current(session, workspace_id).file
        work_out(session, workspace_id, [was], file, now)
    session.flush()
    return _described(session, row)


def _require_taken_up(row: BillingCustomer) -> None:
    if not row.hints:
        raise DecisionUnfit("its events are being taken up: ask again in some seconds")


def _find(session: Session, workspace_id: int, customer_id: str) -> BillingCustomer:
    own = BillingCustomer.workspace_id == workspace_id, BillingCustomer.customer_id == customer_id
    row = session.scalar(select(BillingCustomer).where(*own)) if is_storable(customer_id) else None
    if row is None:
        raise CustomerUnknown
    return row


def _in_state(
    rows: Select[tuple[BillingCustomer]], state: str | None
) -> Select[tuple[BillingCustomer]]:
    if state is None:
        return rows
    if state == LINKED:
        return rows.where(BillingCustomer.account_id.is_not(None))
    has_candidates = cast(BillingCustomer.candidates, Text) != "[]"
    return rows.where(
        BillingCustomer.account_id.is_(None), has_candidates if state == REVIEW else ~has_candidates
    )


def _described(session: Session, row: BillingCustomer) -> Customer:
    own = (
        BillingEvent.workspace_id == row.workspace_id,
        BillingEvent.customer_id == row.customer_id,
    )
    key = _key_of(session, row)
    return Customer(
        customer_id=row.customer_id,
        state=LINKED if key is not None else REVIEW if row.candidates else WAITING,
        account=key,
        linked_by=row.linked_by,
        why=row.why,
        candidates=row.candidates,
        emails=row.hints.get("emails", ()),
        events=session.scalar(select(func.count()).where(*own)) or 0,
        first_seen_at=row.first_seen_at,
    )


def _key_of(session: Session, row: BillingCustomer) -> str | None:
    return session.scalar(select(Account.key).where(Account.id == row.account_id))
