"""The journal: requests that were acknowledged and are not in the event store yet.

`Journal.append` returns when its entries are durable. A commit waits for the disk, so the requests
that arrive while one is under way are committed together by the next (group commit): under load
many requests share one wait, and a request that is alone waits for nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import Lock

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from pql.state.bulk import chunks, table_of
from pql.state.models import JournalEntry
from pql.state.models.intake import REPLAY
from pql.state.store import State

JOURNAL = table_of(JournalEntry)
IMPORT = "import"


class JournalUnavailable(Exception):
    """The journal could not be written: nothing was acknowledged, the sender should try again."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A request to be kept. `body` is unpacked; `events` is how many events it holds."""

    workspace_id: int
    source_id: int | None
    channel: str
    call: str
    received_at: datetime
    events: int
    body: bytes


@dataclass(frozen=True, slots=True)
class StoredEntry(NewEntry):
    """A request as the loader reads it back."""

    id: int

    @property
    def is_import(self) -> bool:
        """Whether it brings the past: imported rows, or calls to `/v1/import`."""
        return self.call == IMPORT

    @property
    def is_replay(self) -> bool:
        """Whether it brings one quarantined event again."""
        return self.channel == REPLAY


class Journal:
    """Appends for the threads of one process. Make one in each process, after any fork."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._waiting: list[_Append] = []
        self._waiting_lock = Lock()
        self._commit_lock = Lock()

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Keep the entries, all or none. They are durable when this returns.

        Raises:
            JournalUnavailable: the store failed.
        """
        append = _Append(entries)
        with self._waiting_lock:
            self._waiting.append(append)
        # Whoever gets the lock commits for all that wait; they find it done when their turn comes.
        with self._commit_lock:
            if not append.is_done:
                self._commit_waiting()
        if append.failure:
            raise JournalUnavailable("the journal cannot be written") from append.failure

    def _commit_waiting(self) -> None:
        with self._waiting_lock:
            together, self._waiting = self._waiting, []
        failure = self._commit([entry for append in together for entry in append.entries])
        for append in together:
            append.is_done, append.failure = True, failure

    def _commit(self, entries: Sequence[NewEntry]) -> SQLAlchemyError | None:
        try:
            append(self._state, entries)
        except SQLAlchemyError as failure:
            return failure
        return None


class _Append:
    """One caller's entries, and what became of them."""

    __slots__ = ("entries", "failure", "is_done")

    def __init__(self, entries: Sequence[NewEntry]) -> None:
        self.entries = entries
        self.is_done = False
        self.failure: SQLAlchemyError | None = None


def append(state: State, entries: Sequence[NewEntry]) -> None:
    """Keep the entries in a transaction of their own; for a single writer such as an import.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the store failed, and none was kept.
    """
    if entries:
        with state.journal_engine.begin() as connection:
            connection.execute(insert(JOURNAL), [asdict(entry) for entry in entries])


def read_oldest(
    state: State, most_entries: int, most_events: int, most_bytes: int
) -> list[StoredEntry]:
    """The oldest entries, as many as stay within the limits, but at least one if there is any.

    No position is remembered between reads: on PostgreSQL an entry with a lower id may become
    visible after one with a higher id, and would be passed over.
    """
    sizes = (
        select(JOURNAL.c.id, JOURNAL.c.events, func.length(JOURNAL.c.body))
        .order_by(JOURNAL.c.id)
        .limit(most_entries)
    )
    with state.journal_engine.connect() as connection:
        chosen: list[int] = []
        for entry_id, events, size in connection.execute(sizes):
            most_events, most_bytes = most_events - events, most_bytes - size
            if chosen and (most_events < 0 or most_bytes < 0):
                break
            chosen.append(entry_id)
        whole = select(JOURNAL).order_by(JOURNAL.c.id)
        return [
            StoredEntry(**row)
            for ids in chunks(chosen)
            for row in connection.execute(whole.where(JOURNAL.c.id.in_(ids))).mappings()
        ]


def delete_entries(state: State, ids: Collection[int]) -> None:
    """Take entries out; ids that are not there any more are no error."""
    with state.journal_engine.begin() as connection:
        for some in chunks(ids):
            connection.execute(delete(JOURNAL).where(JOURNAL.c.id.in_(some)))


def count_waiting(state: State, workspace_id: int, except_ids: Collection[int] = ()) -> int:
    """The events of a workspace's entries, but the staged ones (`except_ids`)."""
    events = select(func.coalesce(func.sum(JOURNAL.c.events), 0)).where(
        JOURNAL.c.workspace_id == workspace_id
    )
    if except_ids:
        events = events.where(JOURNAL.c.id.not_in(list(except_ids)))
    with state.journal_engine.connect() as connection:
        return int(connection.scalar(events) or 0)


def has_entries(state: State) -> bool:
    """Whether anything waits to be loaded."""
    with state.journal_engine.connect() as connection:
        return connection.scalar(select(JOURNAL.c.id).limit(1)) is not None
