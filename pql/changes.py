"""The queue of accounts and contacts to evaluate again. Work follows change.

A row carries a version that every new mark increments. Whoever evaluates reads rows, does its work
and deletes those whose version is still the one it read: a mark that came meanwhile stays.

A row says since when, too: where nothing but events came, the earliest of their times. What was
measured of the time before then still holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    case,
    delete,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from pql.fair_shares import WORKSPACES_AT_ONCE, Waiting, largest_share, next_in_turn
from pql.state.bulk import (
    as_stored,
    insert_into,
    is_one_of,
    listed_with_times,
    rows_as_stored,
    table_of,
)
from pql.state.models import Account, Change, Contact

ACCOUNT = "account"
CONTACT = "contact"
BACKLOG = "backlog"
"""An account that waits among so many that they are evaluated apart (see `set_aside`)."""

MANY = 10_000
"""Waiting accounts of a workspace above which they become the backlog."""

_COLUMNS = ("subject", "subject_id", "workspace_id", "version", "marked_at", "since")


class TakenChange(NamedTuple):
    """A row of the queue as it was read. One that was finished and marked again differs in time."""

    workspace_id: int
    subject: str
    subject_id: int
    version: int
    marked_at: Any
    since: Any
    """As the driver gives it: naive, or text."""

    @property
    def mark(self) -> tuple[int, int, Any]:
        """What is another where the row was marked again."""
        return self.subject_id, self.version, self.marked_at


CHANGES = table_of(Change)
QUEUE = CHANGES.c
_TAKEN = (
    QUEUE.workspace_id,
    QUEUE.subject,
    QUEUE.subject_id,
    QUEUE.version,
    as_stored(QUEUE.marked_at),  # it is only compared
    as_stored(QUEUE.since),
)


def mark_changed(  # noqa: PLR0917 - who, when, and what is known of the change
    session: Session,
    workspace_id: int,
    subject: str,
    ids: Iterable[int],
    now: datetime,
    since: Mapping[int, datetime] | None = None,
) -> None:
    """Queue accounts or contacts (`subject`) by row id; those already queued get a new version.

    Where they are many accounts, they are the backlog at once.

    Args:
        since: of those of which it is known, the time before which nothing of theirs has changed:
            no event came, went or changed hands, and their trial is what it was.
    """
    known = since or {}
    times = {each: known.get(each) for each in sorted(set(ids))}
    if times:
        queue = _queue_for(subject, len(times))
        rows = listed_with_times(session, times)
        _mark(session, _as_changes(queue, workspace_id, rows.c.number, rows.c.at, now))


def mark_everything_changed(session: Session, workspace_id: int, now: datetime) -> None:
    """Queue every account and every contact of a workspace: its definitions changed.

    Where it has many accounts, they are the backlog at once.
    """
    own_accounts = Account.workspace_id == workspace_id
    some = select(Account.id).where(own_accounts).limit(MANY + 1)
    queue = _queue_for(ACCOUNT, len(rows_as_stored(session, some)))
    anything = literal(None, QUEUE.since.type)
    accounts = _as_changes(queue, workspace_id, Account.id, anything, now)
    contacts = _as_changes(CONTACT, workspace_id, Contact.id, anything, now)
    _mark(session, accounts.where(own_accounts))
    own = (Contact.workspace_id == workspace_id) & Contact.merged_into_id.is_(None)
    _mark(session, contacts.where(own))


def take_changes(session: Session, subject: str, limit: int) -> tuple[TakenChange, ...]:
    """Changes that wait, at most `limit`, shared between workspaces (`pql.fair_shares`).

    They stay queued until `finish_changes`. Of a workspace those that wait longest are taken, but
    where it has more than its share, a quarter of that are its latest: what happens now is not held
    up by thousands that were queued at once, and these get on all the same. Nothing in the backlog
    is what happens now. With accounts comes what waits for the same ones in the backlog: evaluated
    just now, an account needs not be again.
    """
    served = next_in_turn(_waiting(session, subject), min(limit, WORKSPACES_AT_ONCE))
    share = largest_share([each.number for each in served], limit)
    few = [each.workspace_id for each in served if each.number <= share]
    taken = _take_all(session, subject, few) if few else []
    for each in served:
        if each.number > share:
            taken += _take_share(session, subject, each.workspace_id, share)
    if subject == ACCOUNT and has_backlog(session):
        ids = [change.subject_id for change in taken]
        taken += _read(session, select(*_TAKEN).where(*_queued(session, BACKLOG, ids)))
    return tuple(taken)


def overfull(session: Session, many: int = MANY) -> list[int]:
    """Workspaces of which more accounts wait than are evaluated beside what comes in."""
    waiting = select(QUEUE.subject_id).where(QUEUE.subject == ACCOUNT)
    if session.connection().execute(waiting.offset(many).limit(1)).first() is None:
        return []
    return [each.workspace_id for each in _waiting(session, ACCOUNT) if each.number > many]


def set_aside(session: Session, many: int = MANY) -> int:
    """Make the accounts of `overfull` workspaces the backlog; how many were moved.

    What comes in afterwards then does not wait for them, and nor does another workspace. Those in
    the backlog already get a new version there.
    """
    return sum(set_aside_all(session, workspace_id) for workspace_id in overfull(session, many))


def set_aside_all(session: Session, workspace_id: int) -> int:
    """Make all waiting accounts of a workspace the backlog; how many were moved."""
    waiting = select(QUEUE.subject_id).where(*_of_workspace(ACCOUNT, workspace_id))
    waiting = waiting.order_by(QUEUE.subject_id)
    ids = [row[0] for row in rows_as_stored(session, waiting.with_for_update())]
    own = _queued(session, ACCOUNT, ids)
    columns = [literal(BACKLOG).label("subject"), *(QUEUE[name] for name in _COLUMNS[1:])]
    _insert(session, select(*columns).where(*own).order_by(QUEUE.subject_id))
    session.connection().execute(delete(CHANGES).where(*own))
    return len(ids)


def has_backlog(session: Session) -> bool:
    """Whether any account waits in the backlog."""
    return bool(
        session.scalar(select(exists(select(QUEUE.subject_id).where(QUEUE.subject == BACKLOG))))
    )


def finish_changes(session: Session, taken: Sequence[TakenChange]) -> frozenset[int]:
    """Take changes off the queue, but those that were marked again since, or are off it already.

    Returns the ids of whom any was taken off. What was worked out for another is old by now, or
    somebody else has written something newer.
    """
    finished: set[int] = set()
    for subject in sorted({each.subject for each in taken}):
        changes = {each.mark for each in taken if each.subject == subject}
        ids = sorted(each[0] for each in changes)
        queued = select(QUEUE.subject_id, QUEUE.version, QUEUE.marked_at)
        queued = queued.where(*_queued(session, subject, ids)).order_by(QUEUE.subject_id)
        # Locked, in the order of those who mark.
        found = rows_as_stored(session, queued.with_for_update())
        done = [row[0] for row in found if row in changes]
        session.connection().execute(delete(CHANGES).where(*_queued(session, subject, done)))
        finished.update(done)
    return frozenset(finished)


def _queue_for(subject: str, number: int) -> str:
    """Where so many wait: what comes in afterwards does not wait for many accounts."""
    return BACKLOG if subject == ACCOUNT and number > MANY else subject


def _queued(
    session: Session, subject: str, ids: Sequence[int]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return QUEUE.subject == subject, is_one_of(session, QUEUE.subject_id, ids)


def _of_workspace(subject: str, workspace_id: int) -> tuple[ColumnElement[bool], ...]:
    # Either database would rather look through all rows of the subject, again for each workspace.
    # A sum of texts is in no index.
    return QUEUE.workspace_id == workspace_id, QUEUE.subject.concat("") == subject


def _waiting(session: Session, subject: str) -> list[Waiting]:
    """How many changes of each workspace wait."""
    first = as_stored(func.min(QUEUE.marked_at))
    counts = select(QUEUE.workspace_id, func.count(), first).where(QUEUE.subject == subject)
    rows = rows_as_stored(session, counts.group_by(QUEUE.workspace_id))
    return list(itertools.starmap(Waiting, rows))


def _take_all(session: Session, subject: str, workspace_ids: Sequence[int]) -> list[TakenChange]:
    queue = select(*_TAKEN).where(
        QUEUE.subject == subject, is_one_of(session, QUEUE.workspace_id, workspace_ids)
    )
    return _read(session, queue.order_by(QUEUE.marked_at, QUEUE.subject_id))


def _take_share(session: Session, subject: str, workspace_id: int, share: int) -> list[TakenChange]:
    latest = 0 if subject == BACKLOG else share // 4
    queue = select(*_TAKEN).where(*_of_workspace(subject, workspace_id))
    oldest_first = queue.order_by(QUEUE.marked_at, QUEUE.subject_id)
    taken = _read(session, oldest_first.limit(share - latest))
    if latest:
        latest_first = queue.order_by(QUEUE.marked_at.desc(), QUEUE.subject_id.desc())
        taken = list(dict.fromkeys([*taken, *_read(session, latest_first.limit(latest))]))
    return taken


def _read(session: Session, queue: Select[*tuple[Any, ...]]) -> list[TakenChange]:
    return list(itertools.starmap(TakenChange, rows_as_stored(session, queue)))


def _mark(session: Session, changes: Select[tuple[object, ...]]) -> None:
    rows = changes.subquery().c
    ordered = (
        select(*rows)
        # SQLite would read the ON of ON CONFLICT as the condition of a join.
        .where(rows.subject_id > 0)
        # One order everywhere, so that two writers cannot deadlock.
        .order_by(rows.subject_id)
    )
    _insert(session, ordered)


def _insert(session: Session, rows: Select[*tuple[Any, ...]]) -> None:
    marked = insert_into(session, Change).from_select(_COLUMNS, rows)
    before, again = QUEUE.since, marked.excluded.since
    # Of a time and none, the earlier is none: to compare them is neither true nor false.
    earlier = case((before <= again, before), (again < before, again))
    session.execute(
        marked.on_conflict_do_update(
            index_elements=["subject", "subject_id"],
            set_={"version": Change.version + 1, "since": earlier},
        )
    )


def _as_changes(
    subject: str,
    workspace_id: int,
    ids: SQLColumnExpression[int],
    since: SQLColumnExpression[datetime | None],
    now: datetime,
) -> Select[tuple[object, ...]]:
    return select(
        literal(subject).label("subject"),
        ids.label("subject_id"),
        literal(workspace_id).label("workspace_id"),
        literal(1).label("version"),
        literal(now, QUEUE.marked_at.type).label("marked_at"),
        since.label("since"),
    )
