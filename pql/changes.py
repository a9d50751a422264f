"""The queue of accounts and contacts to evaluate again. Work follows change.

A row carries a version that every new mark increments. Whoever evaluates reads rows, does its work
and deletes those whose version is still the one it read: a mark that came meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    SQLColumnExpression,
    delete,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from pql.state.bulk import insert_into, is_one_of, listed
from pql.state.models import Account, Change, Contact

ACCOUNT = "account"
CONTACT = "contact"

_COLUMNS = ("subject", "subject_id", "workspace_id", "version", "marked_at")


class TakenChange(NamedTuple):
    """A row of the queue as it was read. One that was finished and marked again differs in time."""

    workspace_id: int
    subject: str
    subject_id: int
    version: int
    marked_at: datetime


_TAKEN = (
    Change.workspace_id,
    Change.subject,
    Change.subject_id,
    Change.version,
    type_coerce(Change.marked_at, DateTime),  # as it is stored: it is only compared
)


def mark_changed(
    session: Session, workspace_id: int, subject: str, ids: Iterable[int], now: datetime
) -> None:
    """Queue accounts or contacts (`subject`) by row id; those already queued get a new version."""
    numbers = sorted(set(ids))
    if numbers:
        _mark(session, _as_changes(subject, workspace_id, listed(session, numbers), now))


def mark_everything_changed(session: Session, workspace_id: int, now: datetime) -> None:
    """Queue every account and every contact of a workspace: its definitions changed."""
    accounts = _as_changes(ACCOUNT, workspace_id, Account.id, now)
    contacts = _as_changes(CONTACT, workspace_id, Contact.id, now)
    _mark(session, accounts.where(Account.workspace_id == workspace_id))
    own = (Contact.workspace_id == workspace_id) & Contact.merged_into_id.is_(None)
    _mark(session, contacts.where(own))


def take_changes(session: Session, subject: str, limit: int) -> tuple[TakenChange, ...]:
    """The changes that wait longest, at most `limit`. They stay queued until `finish_changes`.

    Where more wait, a quarter of what is taken are the latest: what happens now is not held up by
    thousands that were queued at once, and these get on all the same.
    """
    latest = limit // 4
    oldest_first = (Change.marked_at, Change.subject_id)
    taken = _take(session, subject, oldest_first, limit - latest)
    if latest and len(taken) == limit - latest:
        latest_first = (Change.marked_at.desc(), Change.subject_id.desc())
        taken |= _take(session, subject, latest_first, latest)
    return tuple(taken)


def finish_changes(session: Session, taken: Sequence[TakenChange]) -> frozenset[int]:
    """Take changes off the queue, but those that were marked again since, or are off it already.

    Returns the ids of those that were taken off. What was worked out for another is old by now, or
    somebody else has written something newer.
    """
    as_taken = {(each.subject, each.subject_id): each for each in taken}
    finished: set[int] = set()
    for subject in sorted({each.subject for each in taken}):
        ids = sorted(each.subject_id for each in taken if each.subject == subject)
        found = select(*_TAKEN).where(*_queued(session, subject, ids)).order_by(Change.subject_id)
        # Locked, in the order of those who mark.
        queued = [TakenChange(*row) for row in session.execute(found.with_for_update())]
        done = [each.subject_id for each in queued if as_taken[subject, each.subject_id] == each]
        session.execute(delete(Change).where(*_queued(session, subject, done)))
        finished.update(done)
    return frozenset(finished)


def _queued(
    session: Session, subject: str, ids: Sequence[int]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Change.subject == subject, is_one_of(session, Change.subject_id, ids)


def _take(
    session: Session, subject: str, order: Iterable[SQLColumnExpression[Any]], limit: int
) -> dict[TakenChange, None]:
    queue = select(*_TAKEN).where(Change.subject == subject).order_by(*order).limit(limit)
    return {TakenChange(*row): None for row in session.execute(queue)}


def _mark(session: Session, changes: Select[tuple[object, ...]]) -> None:
    rows = changes.subquery().c
    ordered = (
        select(*rows)
        # SQLite would read the ON of ON CONFLICT as the condition of a join.
        .where(rows.subject_id > 0)
        # One order everywhere, so that two writers cannot deadlock.
        .order_by(rows.subject_id)
    )
    marked = insert_into(session, Change).from_select(_COLUMNS, ordered)
    session.execute(
        marked.on_conflict_do_update(
            index_elements=["subject", "subject_id"], set_={"version": Change.version + 1}
        )
    )


def _as_changes(
    subject: str, workspace_id: int, ids: SQLColumnExpression[int], now: datetime
) -> Select[tuple[object, ...]]:
    return select(
        literal(subject).label("subject"),
        ids.label("subject_id"),
        literal(workspace_id).label("workspace_id"),
        literal(1).label("version"),
        literal(now, Change.__table__.c.marked_at.type).label("marked_at"),
    )
