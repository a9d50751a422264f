"""The queue of accounts and contacts to evaluate again. Work follows change.

A row carries a version that every new mark increments. Whoever evaluates reads rows, does its work
and deletes those whose version is still the one it read: a mark that came meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, bindparam, delete, literal, select
from sqlalchemy.orm import Session

from pql.state.bulk import insert_into, listed
from pql.state.models import Account, Change, Contact

ACCOUNT = "account"
CONTACT = "contact"

_COLUMNS = ("subject", "subject_id", "workspace_id", "version", "marked_at")


@dataclass(frozen=True, slots=True)
class TakenChange:
    """A row of the queue as it was read."""

    workspace_id: int
    subject: str
    subject_id: int
    version: int


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


def finish_changes(session: Session, taken: Sequence[TakenChange]) -> None:
    """Take changes off the queue, but those that were marked again since they were taken."""
    done = delete(Change).where(
        Change.subject == bindparam("taken_subject"),
        Change.subject_id == bindparam("taken_id"),
        Change.version == bindparam("taken_version"),
    )
    rows = [
        {
            "taken_subject": change.subject,
            "taken_id": change.subject_id,
            "taken_version": change.version,
        }
        for change in taken
    ]
    if rows:
        session.connection().execute(done, rows)


def _take(
    session: Session, subject: str, order: Iterable[SQLColumnExpression[Any]], limit: int
) -> dict[TakenChange, None]:
    columns = (Change.workspace_id, Change.subject, Change.subject_id, Change.version)
    queue = select(*columns).where(Change.subject == subject).order_by(*order).limit(limit)
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
