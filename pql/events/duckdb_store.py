"""The event store in a DuckDB file, which belongs to one process at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from pql.events.attributions import settle
from pql.events.duckdb_dialect import compile_select, compile_table, quote
from pql.events.schema import ARROW_SCHEMA, metadata
from pql.events.store import AnySelect, Batch

DEFAULT_OPTIONS: Mapping[str, str] = {
    "memory_limit": "384MB",  # beyond it, DuckDB spills into a folder beside the file
    "threads": str(min(4, os.cpu_count() or 1)),
}
FIXED_OPTIONS: Mapping[str, str] = {
    "enable_external_access": "false",  # a query reads the event store and nothing else
    "preserve_insertion_order": "false",  # costs memory, and every select says its order
}


class NotReadOnly(Exception):
    """A statement that would do more than read."""


class DuckDBEventStore:
    """Implements `EventStore`. Each call has a cursor of its own; appends wait for one another.

    Args:
        path: the file, made with its folder where it is missing.
        options: DuckDB's own, such as `memory_limit` and `threads`.

    Raises:
        duckdb.IOException: another process has the file.
    """

    def __init__(self, path: Path, options: Mapping[str, str] | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._appending = threading.Lock()
        config: dict[str, Any] = {**DEFAULT_OPTIONS, **(options or {}), **FIXED_OPTIONS}
        self._connection = duckdb.connect(str(path), config=config)
        for table in metadata.sorted_tables:
            self._connection.execute(compile_table(table))

    def append(self, batch: Batch) -> bool:
        """Append in one transaction, on disk when this returns (see `EventStore.append`)."""
        with self._appending, self._connection.cursor() as cursor, _transaction(cursor):
            if _is_loaded(cursor, batch.number):
                return False
            cursor.execute("INSERT INTO loaded_batches VALUES ($1)", [batch.number])
            _insert_events(cursor, batch)
            _apply_attributions(cursor, batch.attributions)
            return True

    def frame(
        self, statement: AnySelect, uploads: Mapping[str, pd.DataFrame] | None = None
    ) -> pd.DataFrame:
        """The rows of a Core select (see `EventStore.frame`)."""
        sql, parameters = compile_select(statement)
        tables = {
            name: pa.Table.from_pandas(frame, preserve_index=False)
            for name, frame in (uploads or {}).items()
        }
        return self.read(sql, parameters, tables)

    def read(
        self, sql: str, parameters: Sequence[object], uploads: Mapping[str, pa.Table]
    ) -> pd.DataFrame:
        """The rows of a compiled select that may join the uploads by name.

        Raises:
            NotReadOnly: the text is not exactly one select.
        """
        with self._connection.cursor() as cursor:
            _require_select(cursor, sql)
            for name, table in uploads.items():
                _upload(cursor, name, table)
            with _transaction(cursor, "BEGIN TRANSACTION READ ONLY"):
                return cursor.execute(sql, parameters).df()

    def close(self) -> None:
        """Give the file back, after the appends under way."""
        with self._appending:
            self._connection.close()


@contextmanager
def _transaction(cursor: duckdb.DuckDBPyConnection, begin: str = "BEGIN") -> Iterator[None]:
    cursor.execute(begin)
    try:
        yield
    except BaseException:
        cursor.rollback()
        raise
    cursor.commit()


def _is_loaded(cursor: duckdb.DuckDBPyConnection, number: int) -> bool:
    found = cursor.execute("SELECT 1 FROM loaded_batches WHERE batch_id = $1", [number])
    return found.fetchone() is not None


def _insert_events(cursor: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    cursor.register("arriving", batch.events.cast(ARROW_SCHEMA))
    cursor.execute(
        "INSERT INTO events BY NAME SELECT *, $1::BIGINT AS batch_id FROM arriving", [batch.number]
    )


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


def _require_select(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    kinds = [statement.type for statement in cursor.extract_statements(sql)]
    if kinds != [duckdb.StatementType.SELECT]:
        raise NotReadOnly("the event store answers one SELECT at a time and nothing else")


def _upload(cursor: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    # Unlike an Arrow table, a temporary one has statistics: the planner joins from the small side.
    cursor.register("arriving", table)
    cursor.execute(f"CREATE TEMPORARY TABLE {quote(name)} AS FROM arriving")
    cursor.unregister("arriving")
