"""The list of leads and one lead, as the API, the command line and the pages ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from pql.paging import LARGEST_NUMBER, Order, Page, is_storable
from pql.state.models import Account, Contact, ContactAccount, Lead, LeadMove

SORTS = (
    "score", "-score", "email", "-email", "stage_since", "-stage_since", "last_seen", "-last_seen",
)  # fmt: skip
DEFAULT_SORT = "-score"
MOST_NAMED = 5
"""Leads with one address that a message names."""
MOST_DIGITS = len(str(LARGEST_NUMBER))


class LeadUnknown(LookupError):
    """The workspace has no such lead."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"there is no lead {reference!r}; name one by its id or e-mail address")


class LeadAmbiguous(LookupError):
    """Several leads have the e-mail address; the message names them by their ids."""

    def __init__(self, address: str, lead_ids: Sequence[int]) -> None:
        ids = " and ".join(map(str, lead_ids))
        super().__init__(f"several leads have the address {address!r}; name one by its id: {ids}")


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """Which leads are asked for; what is `None` is not asked about.

    Scores are 0 to 100, both ends included; `grade` is 1 (best) to 4. `account` is the key that the
    product gave it. `search` is looked for in e-mail address and name.
    """

    stage: str | None = None
    min_score: int | None = None
    max_score: int | None = None
    grade: int | None = None
    account: str | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class LeadSummary:
    """One lead as a list shows it, with where its account stands; `None` is unknown.

    `account` is the key that the product gave it. `reason` is one sentence about the score.
    """

    id: int
    email: str | None
    name: str | None
    user_id: str | None
    score: int
    grade: int
    stage: str
    stage_since: datetime
    rejected_at: datetime | None
    reason: str | None
    account: str | None
    account_name: str | None
    account_status: str | None
    account_motion: str | None
    account_pql: str | None
    last_seen_at: datetime
    evaluated_at: datetime


@dataclass(frozen=True, slots=True)
class LeadMoveEntry:
    """A move of a lead, as its history shows it."""

    from_stage: str | None
    to_stage: str
    moved_at: datetime
    moved_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeadDetail:
    """One lead with the stored explanation of its score and its moves, the newest first."""

    summary: LeadSummary
    traits: Mapping[str, Any]
    explanation: Mapping[str, Any]
    moves: Sequence[LeadMoveEntry]


def list_leads(
    session: Session,
    workspace_id: int,
    asked: LeadFilter,
    *,
    sort: str = DEFAULT_SORT,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[LeadSummary]:
    """A page of the workspace's leads, `limit` at most.

    Raises:
        pql.paging.CursorInvalid: `cursor` is not one that this list gave out for this sort.
    """
    order = _order(sort)
    query = _leads(workspace_id, order.column.label("sort_value")).where(*_conditions(asked))
    rows = session.execute(order.sorted(query.where(order.after(cursor))).limit(limit + 1)).all()
    shown = [_summary(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(shown, None)
    last = rows[limit - 1]
    return Page(shown, order.cursor(last.sort_value, last.Lead.contact_id))


def count_stages(session: Session, workspace_id: int) -> dict[str, int]:
    """How many leads each stage has; stages without leads are left out."""
    query = (
        select(Lead.stage, func.count())
        .join(Contact, Contact.id == Lead.contact_id)
        .where(Lead.workspace_id == workspace_id, Contact.merged_into_id.is_(None))
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(Lead.stage))}


def leads_of_account(session: Session, workspace_id: int, account_id: int) -> list[LeadSummary]:
    """The leads among the people seen in an account (its row id), the best first."""
    members = select(ContactAccount.contact_id).where(ContactAccount.account_id == account_id)
    query = _leads(workspace_id).where(Lead.contact_id.in_(members))
    return [_summary(row) for row in session.execute(_order(DEFAULT_SORT).sorted(query))]


def find_lead(session: Session, workspace_id: int, reference: str) -> Lead:
    """A lead by its id or e-mail address, for a decision or its details.

    Raises:
        LeadUnknown: the workspace has none.
        LeadAmbiguous: several have the address.
    """
    query = _leads(workspace_id).where(_named(reference)).order_by(Lead.contact_id)
    rows = session.execute(query.limit(MOST_NAMED)).all() if is_storable(reference) else []
    if not rows:
        raise LeadUnknown(reference)
    if len(rows) > 1:
        raise LeadAmbiguous(reference, [row.Lead.contact_id for row in rows])
    lead: Lead = rows[0].Lead
    return lead


def describe_lead(session: Session, lead: Lead) -> LeadDetail:
    """All there is to show about a lead."""
    query = _leads(lead.workspace_id).where(Lead.contact_id == lead.contact_id)
    row = session.execute(query).one()
    merged = select(Contact.id).where(Contact.merged_into_id == lead.contact_id)
    moves = select(LeadMove).where(
        LeadMove.workspace_id == lead.workspace_id,
        or_(LeadMove.contact_id == lead.contact_id, LeadMove.contact_id.in_(merged)),
    )
    return LeadDetail(
        summary=_summary(row),
        traits=row.Contact.traits,
        explanation=lead.explanation,
        moves=[
            LeadMoveEntry(move.from_stage, move.to_stage, move.moved_at, move.moved_by, move.reason)
            for move in session.scalars(moves.order_by(LeadMove.id.desc()))
        ],
    )


def _leads(workspace_id: int, *more: ColumnElement[Any]) -> Select[Any]:
    return (
        select(Lead, Contact, Account, *more)
        .join(Contact, Contact.id == Lead.contact_id)
        .outerjoin(Account, Account.id == Contact.account_id)
        .where(Lead.workspace_id == workspace_id, Contact.merged_into_id.is_(None))
    )


def _order(sort: str) -> Order:
    columns: Mapping[str, tuple[ColumnElement[Any], Any]] = {
        "score": (Lead.__table__.c.score, int),
        "email": (func.lower(Contact.email), str),
        "stage_since": (Lead.__table__.c.stage_since, datetime),
        "last_seen": (Contact.__table__.c.last_seen_at, datetime),
    }
    column, kind = columns[sort.removeprefix("-")]
    return Order(sort, column, kind, Lead.__table__.c.contact_id, descending=sort.startswith("-"))


def _conditions(asked: LeadFilter) -> list[ColumnElement[bool]]:
    values = {field.name: getattr(asked, field.name) for field in fields(asked)}
    return [_CONDITIONS[name](value) for name, value in values.items() if value is not None]


def _found(search: str) -> ColumnElement[bool]:
    return or_(
        Contact.email.icontains(search, autoescape=True),
        Contact.name.icontains(search, autoescape=True),
    )


_CONDITIONS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "stage": lambda stage: Lead.stage == stage,
    "min_score": lambda score: Lead.score >= score,
    "max_score": lambda score: Lead.score <= score,
    "grade": lambda grade: Lead.grade == grade,
    "account": lambda key: Account.key == key,
    "search": _found,
}


def _named(reference: str) -> ColumnElement[bool]:
    is_number = reference.isascii() and reference.isdigit()
    is_id = is_number and len(reference) <= MOST_DIGITS and int(reference) <= LARGEST_NUMBER
    if is_id:
        return Lead.contact_id == int(reference)
    # As it is written too: SQLite lowers only the letters of English.
    lowered = func.lower(Contact.email) == reference.strip().lower()
    return or_(Contact.email == reference, lowered)


def _summary(row: Any) -> LeadSummary:
    lead, contact, account = row.Lead, row.Contact, row.Account
    return LeadSummary(
        id=contact.id,
        email=contact.email,
        name=contact.name,
        user_id=contact.user_id,
        score=lead.score,
        grade=lead.grade,
        stage=lead.stage,
        stage_since=lead.stage_since,
        rejected_at=lead.rejected_at,
        reason=lead.explanation.get("sentence"),
        account=account.key if account else None,
        account_name=account.name if account else None,
        account_status=account.status if account else None,
        account_motion=account.motion if account else None,
        account_pql=account.pql if account else None,
        last_seen_at=contact.last_seen_at,
        evaluated_at=lead.evaluated_at,
    )
