"""Writes journal entries by the driver, on a connection that is kept while there is work.

Every event passes here: SQLAlchemy's statement and its transaction would cost several times what
the database does. One statement, which commits itself, saves journeys to PostgreSQL; with SQLite it
saves giving up and taking back the interpreter, for which other threads are waiting, at every row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from pql.state.store import State
from usage_ingest.journal import JOURNAL, NewEntry

KEPT_SECONDS = 1.0
"""After such a pause the pool is asked again, which finds out whether the database went away."""

INTO_SQLITE = """
    INSERT INTO journal_entry (workspace_id, source_id, channel, call, received_at, events, body)
    VALUES
"""
VALUES_OF_SQLITE = "(?, ?, ?, ?, ?, ?, ?)"
INTO_POSTGRES = """
    INSERT INTO journal.journal_entry
        (workspace_id, source_id, channel, call, received_at, events, body)
    VALUES
"""
VALUES_OF_POSTGRES = (
    "(%s::bigint, %s::bigint, %s::varchar, %s::varchar, %s::timestamp, %s::integer, %s::bytea)"
)

Row = tuple[int, int | None, str, str, Any, int, bytes]


class JournalWriter:
    """For one thread at a time."""

    failures = (SQLAlchemyError, sqlite3.Error, psycopg.Error)
    """What `write` raises when the store fails."""

    def __init__(self, state: State) -> None:
        self._engine = state.journal_engine
        self._is_sqlite = state.is_sqlite
        self._statement = (
            (INTO_SQLITE, VALUES_OF_SQLITE)
            if state.is_sqlite
            else (INTO_POSTGRES, VALUES_OF_POSTGRES)
        )
        # A moment as SQLAlchemy stores it: it is who reads it back.
        dialect = self._engine.dialect
        received_at = JOURNAL.c.received_at.type.dialect_impl(dialect)
        self._stored = received_at.bind_processor(dialect) or _as_it_is
        self._kept: Connection | None = None
        self._used_at = 0.0
        state.before_closing(self._give_back)

    def write(self, entries: Sequence[NewEntry]) -> None:
        """Write the entries, all or none; they are durable when this returns.

        Raises:
            one of `failures`: the store failed.
        """
        connection = self._connect()
        try:
            self._write(connection.connection.driver_connection, [self._row(e) for e in entries])
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        self._kept, self._used_at = connection, monotonic()

    def _write(self, driver: Any, rows: Sequence[Row]) -> None:
        into, values = self._statement
        statement = into + ",".join([values] * len(rows))
        driver.execute(statement, [value for row in rows for value in row])

    def _connect(self) -> Connection:
        """The connection that was kept, or another; it is nobody else's until it is kept again."""
        if self._kept and monotonic() < self._used_at + KEPT_SECONDS:
            kept, self._kept = self._kept, None
            return kept
        self._give_back()
        connection = self._engine.connect()
        if self._is_sqlite:  # its driver begins nothing by itself: see `create_state_engine`
            return connection
        return connection.execution_options(isolation_level="AUTOCOMMIT")

    def _give_back(self) -> None:
        if self._kept:
            self._kept.close()
            self._kept = None

    def _row(self, entry: NewEntry) -> Row:
        return (
            entry.workspace_id,
            entry.source_id,
            entry.channel,
            entry.call,
            self._stored(entry.received_at),
            entry.events,
            entry.body,
        )


def _as_it_is(value: Any) -> Any:
    return value
