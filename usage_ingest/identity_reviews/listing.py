"""Reviews and merges as the API and the command line show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.paging import LARGEST_NUMBER, Order, Page
from pql.state.models import (
    Account,
    ApiKey,
    Contact,
    ContactAccount,
    ContactMerge,
    Identity,
    IdentityReview,
)
from usage_ingest.identity.merges import OPEN
from usage_ingest.identity_reviews.decisions import MergeUnknown, ReviewUnknown

REVIEW_NUMBER = IdentityReview.__table__.c.id
MERGE_NUMBER = ContactMerge.__table__.c.id
REVIEWS = Order("newest", REVIEW_NUMBER, int, REVIEW_NUMBER, descending=True)
MERGES = Order("newest", MERGE_NUMBER, int, MERGE_NUMBER, descending=True)


@dataclass(frozen=True, slots=True)
class Person:
    """One of the contacts that a review or a merge is about, as it is kept now.

    `ids` are those it goes by itself, `accounts` the keys of those it was seen in, `account` is the
    one it belongs to.
    """

    id: int
    user_id: str | None
    email: str | None
    name: str | None
    traits: Mapping[str, Any]
    ids: Sequence[str]
    account: str | None
    accounts: Sequence[str]
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """A link that waits for a decision, or did. `target` would stay, `origin` be merged into it.

    `kind`, `message_id` and `source` (the name of its key) are of the last event that asked.
    """

    id: int
    state: str
    origin: Person
    target: Person
    times: int
    kind: str
    message_id: str | None
    source_id: int | None
    source: str | None
    first_asked_at: datetime
    last_asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class MergeEntry:
    """A merge, and what moved by it: the origin's ids and accounts, and traits by their names."""

    id: int
    origin: Person
    target: Person
    why: str
    message_id: str | None
    merged_at: datetime
    merged_by: str
    moved_traits: Sequence[str]
    moved_account: bool
    undone_at: datetime | None
    undone_by: str | None


def list_reviews(
    session: Session,
    workspace_id: int,
    *,
    state: str = OPEN,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Review]:
    """A page of the reviews in a state, the newest first, `limit` at most.

    Raises:
        pql.paging.CursorInvalid: `cursor` is not one that this list gave out.
    """
    own = IdentityReview.workspace_id == workspace_id, IdentityReview.state == state
    query = REVIEWS.sorted(select(IdentityReview).where(*own, REVIEWS.after(cursor)))
    rows: Sequence[IdentityReview] = session.scalars(query.limit(limit + 1)).all()
    shown, more = rows[:limit], len(rows) > limit
    data = _reviews(session, workspace_id, shown)
    return Page(data, REVIEWS.cursor(shown[-1].id, shown[-1].id) if more else None)


def show_review(session: Session, workspace_id: int, review_id: int) -> Review:
    """One review.

    Raises:
        ReviewUnknown: the workspace has no such review.
    """
    own = IdentityReview.id == min(review_id, LARGEST_NUMBER)
    found = select(IdentityReview).where(own, IdentityReview.workspace_id == workspace_id)
    shown = _reviews(session, workspace_id, session.scalars(found).all())
    if not shown:
        raise ReviewUnknown(review_id)
    return shown[0]


def list_merges(
    session: Session, workspace_id: int, *, limit: int = 50, cursor: str | None = None
) -> Page[MergeEntry]:
    """A page of the merges, the newest first, `limit` at most.

    Raises:
        pql.paging.CursorInvalid: `cursor` is not one that this list gave out.
    """
    own = ContactMerge.workspace_id == workspace_id
    query = MERGES.sorted(select(ContactMerge).where(own, MERGES.after(cursor)))
    rows: Sequence[ContactMerge] = session.scalars(query.limit(limit + 1)).all()
    shown, more = rows[:limit], len(rows) > limit
    data = _merges(session, shown)
    return Page(data, MERGES.cursor(shown[-1].id, shown[-1].id) if more else None)


def show_merge(session: Session, workspace_id: int, merge_id: int) -> MergeEntry:
    """One merge.

    Raises:
        MergeUnknown: the workspace has no such merge.
    """
    own = ContactMerge.id == min(merge_id, LARGEST_NUMBER)
    found = select(ContactMerge).where(own, ContactMerge.workspace_id == workspace_id)
    shown = _merges(session, session.scalars(found).all())
    if not shown:
        raise MergeUnknown(merge_id)
    return shown[0]


def _reviews(session: Session, workspace_id: int, rows: Sequence[IdentityReview]) -> list[Review]:
    people = _people(session, {each for row in rows for each in (row.lower_id, row.higher_id)})
    keys = select(ApiKey.id, ApiKey.name).where(ApiKey.workspace_id == workspace_id)
    sources = {key.id: key.name for key in session.execute(keys)}
    return [
        Review(
            id=row.id,
            state=row.state,
            origin=people[row.lower_id if row.target_id == row.higher_id else row.higher_id],
            target=people[row.target_id],
            times=row.times,
            kind=row.kind,
            message_id=row.message_id,
            source_id=row.source_id,
            source=sources.get(row.source_id) if row.source_id else None,
            first_asked_at=row.first_asked_at,
            last_asked_at=row.last_asked_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
        )
        for row in rows
    ]


def _merges(session: Session, rows: Sequence[ContactMerge]) -> list[MergeEntry]:
    people = _people(session, {each for row in rows for each in (row.origin_id, row.target_id)})
    return [
        MergeEntry(
            id=row.id,
            origin=people[row.origin_id],
            target=people[row.target_id],
            why=row.why,
            message_id=row.message_id,
            merged_at=row.merged_at,
            merged_by=row.merged_by,
            moved_traits=sorted(row.moved["traits"]),
            moved_account=row.moved["place"] is not None,
            undone_at=row.undone_at,
            undone_by=row.undone_by,
        )
        for row in rows
    ]


def _people(session: Session, contact_ids: Collection[int]) -> dict[int, Person]:
    contacts = session.execute(
        select(Contact, Account.key)
        .outerjoin(Account, Account.id == Contact.account_id)
        .where(Contact.id.in_(contact_ids))
    )
    ids = _gathered(
        session,
        select(Identity.contact_id, Identity.value)
        .where(Identity.contact_id.in_(contact_ids))
        .order_by(Identity.kind.desc(), Identity.linked_at, Identity.value),
    )
    accounts = _gathered(
        session,
        select(ContactAccount.contact_id, Account.key)
        .join(Account, Account.id == ContactAccount.account_id)
        .where(ContactAccount.contact_id.in_(contact_ids))
        .order_by(ContactAccount.first_seen_at, Account.key),
    )
    return {
        contact.id: Person(
            id=contact.id,
            user_id=contact.user_id,
            email=contact.email,
            name=contact.name,
            traits=contact.traits,
            ids=ids[contact.id],
            account=key,
            accounts=accounts[contact.id],
            first_seen_at=contact.first_seen_at,
            last_seen_at=contact.last_seen_at,
        )
        for contact, key in contacts
    }


def _gathered(session: Session, pairs: Any) -> defaultdict[int, list[str]]:
    gathered: defaultdict[int, list[str]] = defaultdict(list)
    for contact_id, value in session.execute(pairs):
        gathered[contact_id].append(value)
    return gathered
