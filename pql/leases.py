"""Who may run the clock: one process at a time, by a row that expires, fenced by an epoch.

A holder that was stopped for a while cannot know that its lease expired and that another process
took over. So the epoch is checked in every writing transaction, where a row lock keeps it from
changing before the commit. (M. Kleppmann, "How to do distributed locking", 2016: fencing tokens.)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Update, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pql.faults import PlainError
from pql.state import models


class LeaseLost(PlainError):
    """Another process holds the lease now; what this one was about to write is refused."""


class Lease:
    """A process's claim on the lease `name`. `epoch` is `None` until `acquire` succeeds."""

    def __init__(self, name: str, holder: str, seconds: float) -> None:
        self.name = name
        self.holder = holder
        self.epoch: int | None = None
        self._length = timedelta(seconds=seconds)

    def acquire(self, session: Session, now: datetime) -> bool:
        """Take the lease if nobody has it or its time is over. False where another has it."""
        taken = _changes_a_row(
            session,
            update(models.Lease)
            .where(models.Lease.name == self.name, models.Lease.expires_at <= now)
            .values(
                holder=self.holder,
                epoch=models.Lease.epoch + 1,
                expires_at=now + self._length,
            ),
        )
        if taken or self._insert(session, now):
            self.epoch = session.scalar(
                select(models.Lease.epoch).where(models.Lease.name == self.name)
            )
            return True
        return False

    def renew(self, session: Session, now: datetime) -> None:
        """Keep the lease for its full length from `now`.

        Raises:
            LeaseLost: another process took it.
        """
        self._change(session, now + self._length)

    def release(self, session: Session, now: datetime) -> None:
        """Let the next process take the lease at once.

        Raises:
            LeaseLost: another process took it.
        """
        self._change(session, now)
        self.epoch = None

    def check(self, session: Session) -> None:
        """The fence: called first in a writing transaction, nobody takes over before its commit.

        Raises:
            LeaseLost: another process took the lease.
        """
        # On SQLite the write lock of the transaction does what FOR SHARE does on PostgreSQL.
        epoch = session.scalar(
            select(models.Lease.epoch)
            .where(models.Lease.name == self.name)
            .with_for_update(read=True)
        )
        if self.epoch is None or epoch != self.epoch:
            raise self._lost()

    def _change(self, session: Session, expires_at: datetime) -> None:
        mine = (models.Lease.name == self.name) & (models.Lease.epoch == self.epoch)
        changed = update(models.Lease).where(mine).values(expires_at=expires_at)
        if self.epoch is None or not _changes_a_row(session, changed):
            raise self._lost()

    def _insert(self, session: Session, now: datetime) -> bool:
        if session.get(models.Lease, self.name):
            return False
        row = models.Lease(
            name=self.name, holder=self.holder, epoch=1, expires_at=now + self._length
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # another process was quicker
            return False
        return True

    def _lost(self) -> LeaseLost:
        return LeaseLost(f"the lease {self.name!r} is not held by {self.holder} any more")


def _changes_a_row(session: Session, statement: Update) -> bool:
    result = cast("CursorResult[Any]", session.execute(statement))
    return result.rowcount == 1
