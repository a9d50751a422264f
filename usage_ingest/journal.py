"""The journal: requests that were acknowledged and are not in the event store yet.

The threads of the web server append to it by `group_commit.Journal`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from pql.state.bulk import chunks, table_of
from pql.state.models import JournalEntry
from pql.state.models.intake import REPLAY
from pql.state.store import State

JOURNAL = table_of(JournalEntry)
FROM_POSTGRES = """
    SELECT workspace_id, source_id, channel, call, received_at, events, body, id
    FROM journal.journal_entry WHERE id = ANY(%s) ORDER BY id
"""
IMPORT = "import"
MOST_EVENTS_IN_PARTS = 2**24
"""Events of a request that can be cut into parts: see `StoredEntry`."""


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
    """A request as the loader reads it back, or a part of one that was too large.

    A part has a negative id, made of the number of the request and the place of the first of its
    events in that: so parts are unique for good, and before all others in the line of their source.
    """

    id: int

    @property
    def request_id(self) -> int:
        """The number that the request got when it was received."""
        return request_of(self.id)[0]

    @property
    def first_position(self) -> int:
        """The place in the request of the first event that is here."""
        return request_of(self.id)[1]

    @property
    def is_import(self) -> bool:
        """Whether it brings the past: imported rows, or calls to `/v1/import`."""
        return self.call == IMPORT

    @property
    def is_replay(self) -> bool:
        """Whether it brings one quarantined event again."""
        return self.channel == REPLAY


def request_of(entry_id: int) -> tuple[int, int]:
    """The number of the request, and the place in it of the first event of the entry."""
    if entry_id >= 0:
        return entry_id, 0
    return -(entry_id // MOST_EVENTS_IN_PARTS), entry_id % MOST_EVENTS_IN_PARTS


def id_of_part(request_id: int, first_position: int) -> int:
    """The id of a part of a request: see `StoredEntry`."""
    return -request_id * MOST_EVENTS_IN_PARTS + first_position


def append(state: State, entries: Sequence[NewEntry]) -> None:
    """Keep the entries in a transaction of their own; for a single writer such as an import.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the store failed, and none was kept.
    """
    if entries:
        with state.journal_engine.begin() as connection:
            connection.execute(insert(JOURNAL), [asdict(entry) for entry in entries])


def put_back(state: State, entry: StoredEntry) -> None:
    """Keep an entry that was taken out under the id that it had, unless it is there already."""
    with state.journal_engine.begin() as connection:
        is_there = connection.scalar(select(JOURNAL.c.id).where(JOURNAL.c.id == entry.id))
        if is_there is None:
            connection.execute(insert(JOURNAL), asdict(entry))


def read(state: State, ids: Sequence[int]) -> list[StoredEntry]:
    """These entries, the oldest first; those that are not there any more are left out."""
    whole = _whole_from_sqlite if state.is_sqlite else _whole_from_postgres
    with state.journal_engine.connect() as connection:
        # Columns come in the order that `StoredEntry` has them.
        return [StoredEntry(*row) for some in chunks(ids) for row in whole(connection, some)]


def _whole_from_sqlite(connection: Connection, ids: Sequence[int]) -> Iterable[Sequence[Any]]:
    columns = (*(each for each in JOURNAL.c if each.name != "id"), JOURNAL.c.id)
    return connection.execute(select(*columns).where(JOURNAL.c.id.in_(ids)).order_by(JOURNAL.c.id))


def _whole_from_postgres(connection: Connection, ids: Sequence[int]) -> Iterable[Sequence[Any]]:
    """The same by the driver, which can be told to let bodies come as they are.

    As text they are twice as long, and both sides translate them.
    """
    driver: Any = connection.connection.driver_connection
    for row in driver.execute(FROM_POSTGRES, [ids], binary=True):
        *who, received_at, events, body, entry_id = row
        yield *who, received_at.replace(tzinfo=UTC), events, body, entry_id


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


def has_entries(state: State, until: int | None = None) -> bool:
    """Whether anything waits to be loaded; of the entries up to that id where it is given."""
    waiting = select(JOURNAL.c.id).limit(1)
    if until is not None:
        waiting = waiting.where(JOURNAL.c.id <= until)
    with state.journal_engine.connect() as connection:
        return connection.scalar(waiting) is not None


def newest_id(state: State) -> int:
    """The highest id in the journal; 0 where it is empty."""
    with state.journal_engine.connect() as connection:
        return connection.scalar(select(func.max(JOURNAL.c.id))) or 0
