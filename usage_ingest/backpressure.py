"""How much may wait in the journal. Past that, senders are asked to wait in its place.

The limit is shared: where it is reached, a source is still let in while less waits from it than its
share, which is the limit divided evenly among the workspaces that have something waiting, and a
workspace's part among its sources. So one that floods waits for itself. Of one workspace no more
than one and a half times the limit ever waits, and of all together no more than twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from threading import Lock

from sqlalchemy import func, select

from pql.faults import PlainError
from pql.state.store import State
from usage_ingest.journal import JOURNAL

SECONDS_BETWEEN = 1.0
LARGEST_SHARE = 0.05
"""Of a thread's time, spent on counting: a long journal is counted more rarely."""

ALTOGETHER, CROWDED = 2.0, 1.5
"""Times the limit that ever waits, and of one workspace: nobody can take up the others' shares."""

Sender = tuple[int, int | None]
"""A workspace and a source of it."""


class JournalFull(PlainError):
    """So much waits to be loaded that nothing more is taken in. The sender should try later."""


class LargerThanJournal(Exception):
    """A request brings more than may ever wait: sent again, it would be refused again."""


class Waiting:
    """What waits in the journal in one measure (`unit`), by sender, and how much may.

    Nothing here looks through the senders: there may be thousands, and a request each.
    """

    def __init__(self, unit: str, most: int, sizes: Mapping[Sender, int]) -> None:
        self.unit = unit
        self.most = most
        self._sizes = Counter(sizes)
        self._total = sum(sizes.values())
        self._of_workspaces: Counter[int] = Counter()
        for (workspace_id, _), size in sizes.items():
            self._of_workspaces[workspace_id] += size
        self._sources = Counter(workspace_id for workspace_id, _ in sizes)

    def require_room(self, sender: Sender, size: int) -> None:
        """Refuse what would not fit.

        Raises:
            LargerThanJournal, JournalFull: see `JournalGauge.take_room`.
        """
        if size > self.most:
            raise LargerThanJournal(
                f"found {size:,} {self.unit}; allowed: at most {self.most:,}, which may wait"
            )
        if self._total + size <= self.most:
            return
        own = self._sizes[sender]
        if own + size > self._share(sender) or self._is_crowded(sender, size):
            raise JournalFull(
                f"{self._total:,} {self.unit} wait, {own:,} of them from this key; "
                f"{self.most:,} may"
            )

    def add(self, sender: Sender, size: int) -> None:
        """Count what is let in."""
        self._sources[sender[0]] += sender not in self._sizes
        self._sizes[sender] += size
        self._total += size
        self._of_workspaces[sender[0]] += size

    def _is_crowded(self, sender: Sender, size: int) -> bool:
        of_workspace = self._of_workspaces[sender[0]] + size
        return self._total + size > ALTOGETHER * self.most or of_workspace > CROWDED * self.most

    def _share(self, sender: Sender) -> float:
        """The sender's part of the limit, were it to have something waiting."""
        others = self._sources[sender[0]] - (sender in self._sizes)
        workspaces = len(self._sources) + (sender[0] not in self._sources)
        return self.most / workspaces / (others + 1)


class JournalGauge:
    """What waits in the journal, as one process knows it. Threads share it.

    The entries are counted at most once a second, by the thread that comes first; what the process
    itself let in since is added. What other processes take in meanwhile is the overshoot.

    Args:
        clock: seconds that only ever go forward.
    """

    def __init__(
        self, state: State, most_events: int, most_bytes: int, clock: Callable[[], float]
    ) -> None:
        self._state = state
        self._clock = clock
        self._counting = Lock()
        self._count_at = float("-inf")
        self._events = Waiting("events", most_events, {})
        self._bytes = Waiting("bytes", most_bytes, {})

    def take_room(self, sender: Sender, events: int, size: int) -> None:
        """Let a request in, which counts from now on, or refuse it where it would not fit.

        What was let in and then not kept is counted until the next count mends it, and so are notes
        that threads lose of one another.

        Raises:
            LargerThanJournal: the request alone is more than may wait.
            JournalFull: more would wait than may, and than the sender's share.
            sqlalchemy.exc.SQLAlchemyError: the store does not answer.
        """
        if self._clock() >= self._count_at and self._counting.acquire(blocking=False):
            try:
                self._count()
            finally:
                self._counting.release()
        self._events.require_room(sender, events)
        self._bytes.require_room(sender, size)
        self._events.add(sender, events)
        self._bytes.add(sender, size)

    def _count(self) -> None:
        began = self._clock()
        self._state.require_files()
        sender = JOURNAL.c.workspace_id, JOURNAL.c.source_id
        sums = func.sum(JOURNAL.c.events), func.sum(func.length(JOURNAL.c.body))
        with self._state.journal_engine.connect() as connection:
            rows = connection.execute(select(*sender, *sums).group_by(*sender)).all()
        events = {(row[0], row[1]): int(row[2]) for row in rows}
        sizes = {(row[0], row[1]): int(row[3]) for row in rows}
        self._events = Waiting("events", self._events.most, events)
        self._bytes = Waiting("bytes", self._bytes.most, sizes)
        ended = self._clock()
        self._count_at = ended + max(SECONDS_BETWEEN, (ended - began) / LARGEST_SHARE)
