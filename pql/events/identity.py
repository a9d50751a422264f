"""The tables of an event store: which store it is, and up to which batch it goes."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import duckdb
from sqlalchemy import false, select

from pql.events.duckdb_dialect import compile_select, compile_table
from pql.events.schema import metadata
from pql.events.store import EventStoreDamaged


def prepare_tables(connection: duckdb.DuckDBPyConnection, file: Path) -> str:
    """Make the tables that are missing; the id of the event store.

    Raises:
        EventStoreDamaged: the file belongs to another program.
    """
    try:
        for table in metadata.sorted_tables:
            connection.execute(compile_table(table))
            connection.execute(*compile_select(select(table).where(false())))
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise EventStoreDamaged(
            f"{file} is no event store, but has tables of another program: "
            "put the right file there, or move this one away"
        ) from error
    return _identity_in(connection)


def last_batch_in(cursor: duckdb.DuckDBPyConnection) -> int:
    """The highest number of a batch that was appended, 0 where none was."""
    found = cursor.execute("SELECT coalesce(max(batch_id), 0) FROM loaded_batches").fetchone()
    return int(found[0]) if found else 0


def forget_batches_after(cursor: duckdb.DuckDBPyConnection, number: int) -> None:
    """Take out the batches with higher numbers, and their events."""
    cursor.execute("DELETE FROM events WHERE batch_id > $1", [number])
    cursor.execute("DELETE FROM loaded_batches WHERE batch_id > $1", [number])


def _identity_in(cursor: duckdb.DuckDBPyConnection) -> str:
    """The id that the file was given when it was made. A file that has none is given one."""
    found = cursor.execute("SELECT identity FROM store_identity").fetchone()
    if found is None:
        found = (uuid4().hex,)
        cursor.execute("INSERT INTO store_identity VALUES ($1)", found)
    return str(found[0])
