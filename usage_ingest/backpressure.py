"""How much may wait in the journal. Past that, senders are asked to wait in its place."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from sqlalchemy import func, select

from pql.faults import PlainError
from pql.state.store import State
from usage_ingest.journal import JOURNAL

SECONDS_BETWEEN = 1.0
LARGEST_SHARE = 0.05
"""Of a thread's time, spent on counting: a long journal is counted more rarely."""


class JournalFull(PlainError):
    """So much waits to be loaded that nothing more is taken in. The sender should try later."""


class JournalGauge:
    """What waits in the journal, as one process knows it. Threads share it.

    The entries are counted at most once a second, by the thread that comes first; what the process
    itself appended since is added. What other processes take in meanwhile is the overshoot.

    Args:
        clock: seconds that only ever go forward.
    """

    def __init__(
        self, state: State, most_events: int, most_bytes: int, clock: Callable[[], float]
    ) -> None:
        self._state = state
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._clock = clock
        self._counting = Lock()
        self._count_at = float("-inf")
        self._events = 0
        self._bytes = 0

    def require_room(self) -> None:
        """Refuse where the limit is reached.

        Raises:
            JournalFull: more waits than may.
            sqlalchemy.exc.SQLAlchemyError: the store does not answer.
        """
        if self._clock() >= self._count_at and self._counting.acquire(blocking=False):
            try:
                self._count()
            finally:
                self._counting.release()
        if self._events >= self._most_events:
            raise JournalFull(f"{self._events:,} events wait, {self._most_events:,} may")
        if self._bytes >= self._most_bytes:
            raise JournalFull(f"{self._bytes:,} bytes wait, {self._most_bytes:,} may")

    def add(self, events: int, size: int) -> None:
        """Note what was appended. Threads may lose one another's notes; the next count mends it."""
        self._events += events
        self._bytes += size

    def _count(self) -> None:
        began = self._clock()
        self._state.require_files()
        waiting = select(
            func.coalesce(func.sum(JOURNAL.c.events), 0),
            func.coalesce(func.sum(func.length(JOURNAL.c.body)), 0),
        )
        with self._state.journal_engine.connect() as connection:
            events, size = connection.execute(waiting).one()
        self._events, self._bytes = int(events), int(size)
        ended = self._clock()
        self._count_at = ended + max(SECONDS_BETWEEN, (ended - began) / LARGEST_SHARE)
