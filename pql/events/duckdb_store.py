"""The event store in a DuckDB file, which belongs to one process at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute

from pql.events.attributions import settle
from pql.events.damage import telling_damage, telling_refusals
from pql.events.digests import Digests, message_digests
from pql.events.duckdb_dialect import CompiledSelect, compile_select, quote
from pql.events.identity import forget_batches_after, last_batch_in, prepare_tables
from pql.events.recent_messages import RecentMessages, Run
from pql.events.schema import DIGESTED_SCHEMA, events
from pql.events.store import AnySelect, Batch, EventsTooLarge
from pql.events.stored_messages import find_by_digest
from pql.faults import PlainError
from pql.private_files import made_private, make_folder
from pql.settings import EVENTS_MEMORY

SPILLED = 8
"""How many times its memory DuckDB may spill to disk. What needs more is too large."""


def memory_options(memory: int) -> Mapping[str, str]:
    """DuckDB's options for so many bytes, beyond which it spills into a folder beside the file."""
    return {
        "memory_limit": f"{memory // 1024}KiB",
        "max_temp_directory_size": f"{SPILLED * memory // 1024}KiB",
    }


DEFAULT_OPTIONS: Mapping[str, str] = {
    **memory_options(EVENTS_MEMORY),
    "threads": str(min(4, os.cpu_count() or 1)),
}
FIXED_OPTIONS: Mapping[str, str] = {
    "enable_external_access": "false",  # a query reads the event store and nothing else
    "preserve_insertion_order": "false",  # costs memory, and every select says its order
    # What was appended is written once more, in its final form, and the last part of the table with
    # it: twice as seldom as by default.
    "checkpoint_threshold": "32MB",
}

NO_BATCH = 0
READ_AT_ONCE = 250_000
"""Digests, when the messages of the window are read for the first time."""
KEPT_LONGER = timedelta(days=1)
"""How far back beyond the window its messages stay known: a backlog may be asked about."""


class NotReadOnly(PlainError):
    """A statement that would do more than read."""


class DuckDBEventStore:
    """Implements `EventStore`. Each call has a cursor of its own; appends wait for one another.

    Args:
        path: the file, made with its folder where it is missing.
        options: DuckDB's own, such as `memory_limit` and `threads`.

    Raises:
        EventStoreBusy: another process has the file.
        EventStoreDamaged: the file cannot be used.
        OSError: its folder cannot be made.
    """

    def __init__(self, path: Path, options: Mapping[str, str] | None = None) -> None:
        make_folder(path.parent)
        self.path = path
        self._appending = threading.Lock()
        self._recent: RecentMessages | None = None
        config: dict[str, Any] = {**DEFAULT_OPTIONS, **(options or {}), **FIXED_OPTIONS}
        with telling_damage(path):
            with made_private():
                self._connection = duckdb.connect(str(path), config=config)
            try:
                self.identity = prepare_tables(self._connection, path)
            except BaseException:
                self._connection.close()
                raise
        self._file = path.stat()

    def append(self, batch: Batch) -> bool:
        """Append in one transaction, on disk when this returns (see `EventStore.append`)."""
        with self._appending:
            with self._writing() as cursor, _transaction(cursor):
                if _is_loaded(cursor, batch.number):
                    return False
                cursor.execute("INSERT INTO loaded_batches VALUES ($1)", [batch.number])
                digests = self._insert_events(cursor, batch.events, batch.number)
                _apply_attributions(cursor, batch.attributions)
                _apply_restorations(cursor, batch.restorations)
                _apply_moves(cursor, batch.moves)
            if self._recent and len(digests):
                self._recent.add(Run.of(digests, *_ends(batch.events["received_at"])))
            return True

    def rehearse(self, events: pa.Table) -> None:
        """Insert and roll back (see `EventStore.rehearse`)."""
        with self._appending, self._writing() as cursor:
            cursor.execute("BEGIN")
            try:
                self._insert_events(cursor, events, NO_BATCH)
            finally:
                cursor.rollback()

    def frame(
        self, statement: AnySelect, uploads: Mapping[str, pd.DataFrame] | None = None
    ) -> pd.DataFrame:
        """The rows of a Core select (see `EventStore.frame`)."""
        (frame,) = self.frames([statement], uploads or {})
        return frame

    def frames(
        self, statements: Sequence[AnySelect], uploads: Mapping[str, pd.DataFrame]
    ) -> list[pd.DataFrame]:
        """The rows of each of some selects (see `EventStore.frames`)."""
        tables = {
            name: pa.Table.from_pandas(frame, preserve_index=False)
            for name, frame in uploads.items()
        }
        return self.read(list(map(compile_select, statements)), tables)

    def read(
        self, selects: Sequence[CompiledSelect], uploads: Mapping[str, pa.Table]
    ) -> list[pd.DataFrame]:
        """The rows of compiled selects that may join the uploads by name, all of one snapshot.

        Raises:
            NotReadOnly: a text is not exactly one select.
            EventsTooLarge: they need more memory than there is.
        """
        with (
            telling_damage(self.path),
            _telling_what_is_too_large(),
            self._connection.cursor() as cursor,
        ):
            for sql, _ in selects:
                _require_select(cursor, sql)
            for name, table in uploads.items():
                _upload(cursor, name, table)
            with _transaction(cursor, "BEGIN TRANSACTION READ ONLY"):
                return [cursor.execute(sql, parameters).df() for sql, parameters in selects]

    def recent_messages(
        self, workspace_id: int, message_ids: Sequence[str], digests: Digests, since: datetime
    ) -> dict[str, datetime]:
        """Which were stored, and when last (see `EventStore.recent_messages`).

        The first call reads the digests of the window; from then on appends keep them up to date.
        """
        with self._appending:
            if self._recent is None or self._recent.since > since:
                self._recent = self._read_recent(since - KEPT_LONGER)
            self._recent.forget(since - KEPT_LONGER)
            matches = list(self._recent.find(digests, since))
        found: dict[str, datetime] = {}
        for run in matches:
            period = (
                events.c.received_at > since,
                events.c.received_at.between(run.first, run.last),
            )
            part = find_by_digest(self, workspace_id, message_ids, run.digests, *period)
            found |= {each: max(at, found.get(each, at)) for each, at in part.items()}
        return found

    def last_batch(self) -> int:
        """The highest number of a batch that is there, 0 where none is."""
        with telling_damage(self.path), self._connection.cursor() as cursor:
            return last_batch_in(cursor)

    def forget_batches_after(self, number: int) -> None:
        """Take out the events of batches with higher numbers, so that these can be given again."""
        with self._appending:
            with self._writing() as cursor, _transaction(cursor):
                forget_batches_after(cursor, number)
            self._recent = None

    def attribute(self, attributions: pa.Table, restorations: pa.Table) -> None:
        """Move stored events between contacts and accounts, as a `Batch` does."""
        with self._appending, self._writing() as cursor, _transaction(cursor):
            _apply_restorations(cursor, restorations)
            _apply_attributions(cursor, attributions)

    def is_usable(self) -> bool:
        """Whether it answers, and its file is where it was opened: not deleted, not replaced."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return os.path.samestat(self.path.stat(), self._file)
        except (duckdb.Error, OSError):
            return False

    @contextmanager
    def _writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with telling_damage(self.path), telling_refusals(), self._connection.cursor() as cursor:
            yield cursor

    def _insert_events(
        self, cursor: duckdb.DuckDBPyConnection, events: pa.Table, number: int
    ) -> Digests:
        arriving = _with_digests(events)
        cursor.register("arriving", arriving)
        cursor.execute(
            "INSERT INTO events BY NAME SELECT *, $1::BIGINT AS batch_id FROM arriving", [number]
        )
        digests: Digests = arriving["message_digest"].to_numpy()
        return digests

    def _read_recent(self, since: datetime) -> RecentMessages:
        recent = RecentMessages(since)
        sql = "SELECT message_digest, received_at FROM events WHERE received_at > $1"
        with telling_damage(self.path), self._connection.cursor() as cursor:
            reader: Any = cursor.sql(sql, params=[since]).to_arrow_reader(READ_AT_ONCE)
            for part in reader:
                digests = part["message_digest"].to_numpy(zero_copy_only=False)
                recent.add(Run.of(digests, *_ends(part["received_at"])))
        return recent

    def close(self) -> None:
        """Give the file back, after the appends under way."""
        with self._appending:
            self._connection.close()


@contextmanager
def _telling_what_is_too_large() -> Iterator[None]:
    try:
        yield
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise EventsTooLarge from error


@contextmanager
def _transaction(cursor: duckdb.DuckDBPyConnection, begin: str = "BEGIN") -> Iterator[None]:
    cursor.execute(begin)
    try:
        yield
    except BaseException:
        cursor.rollback()
        raise
    cursor.commit()


def _with_digests(events: pa.Table) -> pa.Table:
    if "message_digest" not in events.column_names:
        digests = pa.array(message_digests(events["message_id"].to_pylist()))
        events = events.append_column("message_digest", digests)
    return events.cast(DIGESTED_SCHEMA)


def _is_loaded(cursor: duckdb.DuckDBPyConnection, number: int) -> bool:
    found = cursor.execute("SELECT 1 FROM loaded_batches WHERE batch_id = $1", [number])
    return found.fetchone() is not None


def _ends(received: pa.ChunkedArray | pa.Array) -> tuple[datetime, datetime]:
    ends = pa.compute.min_max(received).as_py()
    return ends["min"], ends["max"]


def _apply_attributions(cursor: duckdb.DuckDBPyConnection, attributions: pa.Table) -> None:
    if attributions.num_rows == 0:
        return
    cursor.register("moves", settle(attributions))
    cursor.execute("""
        UPDATE events SET
            contact_id = moves.to_contact_id,
            account_id = coalesce(events.account_id, moves.account_id)
        FROM moves
        WHERE events.workspace_id = moves.workspace_id AND events.contact_id = moves.from_contact_id
    """)


def _apply_restorations(cursor: duckdb.DuckDBPyConnection, restorations: pa.Table) -> None:
    if restorations.num_rows == 0:
        return
    cursor.register("restored", restorations)
    cursor.execute("""
        UPDATE events SET contact_id = mine.contact_id
        FROM (SELECT DISTINCT workspace_id, original_contact_id, contact_id FROM restored) AS mine
        WHERE events.workspace_id = mine.workspace_id
            AND events.original_contact_id = mine.original_contact_id
    """)
    cursor.execute("""
        UPDATE events SET account_id = restored.to_account_id
        FROM restored
        WHERE events.workspace_id = restored.workspace_id
            AND events.original_contact_id = restored.original_contact_id
            AND events.account_id = restored.from_account_id
            AND NOT events.names_account
    """)


def _apply_moves(cursor: duckdb.DuckDBPyConnection, moves: pa.Table) -> None:
    if moves.num_rows == 0:
        return
    cursor.register("moved", moves)
    cursor.execute("""
        UPDATE events SET account_id = moved.to_account_id
        FROM moved
        WHERE events.workspace_id = moved.workspace_id AND events.contact_id = moved.contact_id
            AND events.account_id = moved.from_account_id
            AND NOT events.names_account
            AND (moved.since IS NULL OR events.occurred_at > moved.since)
            AND (moved.until IS NULL OR events.occurred_at < moved.until)
    """)


def _require_select(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    kinds = [statement.type for statement in cursor.extract_statements(sql)]
    if kinds != [duckdb.StatementType.SELECT]:
        raise NotReadOnly("the event store answers one SELECT at a time and nothing else")


def _upload(cursor: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    # Unlike an Arrow table, a temporary one has statistics: the planner joins from the small side.
    cursor.register("arriving", table)
    cursor.execute(f"CREATE TEMPORARY TABLE {quote(name)} AS FROM arriving")
    cursor.unregister("arriving")
