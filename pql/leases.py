"""Who may run the clock: one process at a time, by a row that expires, fenced by an epoch.

A holder that was stopped for a while cannot know that its lease expired and that another process
took over. So the epoch is checked in every writing transaction, where a row lock keeps it from
changing before the commit. (M. Kleppmann, "How to do distributed locking", 2016: fencing tokens.)

Whether a holder is gone, no time in the row decides: clocks are set, and those of two machines
differ. A holder changes the row again and again. Who waits takes the lease once the row has stayed
the same for as long as a lease lasts, by a clock of its own that nobody sets (monotonic). So a
lease that ends in 40 days is as dead as any other, one that seems to have ended long ago is not,
and no two workers take it from each other for ever: for that, each would have to be silent for
longer than the other waits, and who is shorter of breath renews more often. The time in the row is
what people are told; only `RELEASED` says more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Update, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pql.faults import PlainError
from pql.state import models

CLOCK = "clock"
"""The lease of the worker."""
RELEASED = datetime(1970, 1, 1, tzinfo=UTC)
"""The end of a lease that was given back: nobody has it, whatever a clock says."""


class LeaseLost(PlainError):
    """Another process holds the lease now; what this one was about to write is refused."""


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A lease as it was found. `until` is by the holder's clock, and moves on while it lives."""

    holder: str
    epoch: int
    until: datetime


def find_lease(session: Session, name: str) -> HeldLease | None:
    """The lease as it is now, `None` where nobody ever had it."""
    row = select(models.Lease.holder, models.Lease.epoch, models.Lease.expires_at)
    found = session.execute(row.where(models.Lease.name == name)).one_or_none()
    return None if found is None else HeldLease(*found)


class Lease:
    """A process's claim on the lease `name`. `epoch` is `None` until `acquire` succeeds.

    `found` is what `acquire` found last where another had the lease.
    """

    def __init__(self, name: str, holder: str, seconds: float) -> None:
        self.name = name
        self.holder = holder
        self.epoch: int | None = None
        self.found: HeldLease | None = None
        self._length = timedelta(seconds=seconds)
        self._unchanged_since = 0.0

    def acquire(self, session: Session, now: datetime, elapsed: float) -> bool:
        """Take the lease if nobody has it or its holder is silent. False where another has it.

        Args:
            elapsed: seconds by a clock that only goes on (`time.monotonic`). A holder is silent
                when calls so far apart as the lease is long found the row unchanged.
        """
        held = find_lease(session, self.name)
        if held is None:
            return self._insert(session, now)
        if held != self.found:
            self.found, self._unchanged_since = held, elapsed
        is_silent = elapsed - self._unchanged_since >= self._length.total_seconds()
        return (held.until == RELEASED or is_silent) and self._take(session, held, now)

    def look_anew(self) -> None:
        """Begin to watch the holder from the start: nobody could be seen for a while."""
        self.found = None

    def renew(self, session: Session, now: datetime) -> None:
        """Keep the lease for its full length from `now`.

        Raises:
            LeaseLost: another process took it.
        """
        self._change(session, now + self._length)

    def release(self, session: Session) -> None:
        """Let the next process take the lease at once.

        Raises:
            LeaseLost: another process took it.
        """
        self._change(session, RELEASED)
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

    def _take(self, session: Session, held: HeldLease, now: datetime) -> bool:
        epoch = held.epoch + 1
        as_found = (
            models.Lease.name == self.name,
            models.Lease.epoch == held.epoch,
            models.Lease.expires_at == held.until,
        )
        values = {"holder": self.holder, "epoch": epoch, "expires_at": now + self._length}
        if not _changes_a_row(session, update(models.Lease).where(*as_found).values(values)):
            return False  # it was renewed, or another process was quicker
        self.epoch, self.found = epoch, None
        return True

    def _insert(self, session: Session, now: datetime) -> bool:
        row = models.Lease(
            name=self.name, holder=self.holder, epoch=1, expires_at=now + self._length
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # another process was quicker
            return False
        self.epoch = row.epoch
        return True

    def _lost(self) -> LeaseLost:
        return LeaseLost(f"the lease {self.name!r} is not held by {self.holder} any more")


def _changes_a_row(session: Session, statement: Update) -> bool:
    result = cast("CursorResult[Any]", session.execute(statement))
    return result.rowcount == 1
