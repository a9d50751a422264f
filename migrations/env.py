"""How Alembic reaches the state store: `pql migrate` passes it in, nothing is read from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from alembic import context
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Connection, inspect, make_url, text

from pql.private_files import make_file
from pql.state.base import JOURNAL_SCHEMA, UtcDateTime
from pql.state.models import ALL_MODELS
from pql.state.store import State, journal_url

MIGRATION_LOCK = 7_245_001
PLAIN_JSON = "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"


def run() -> None:
    state: State = context.config.attributes["state"]
    engine = state.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
    with engine.connect() as connection:
        if state.is_sqlite:
            _attach_journal(connection, state)
        with connection.begin():
            if state.is_sqlite:
                _drop_half_made_journal(connection)
            else:
                _wait_for_others(connection)
            _migrate(connection, state)
        if state.is_sqlite:
            connection.invalidate()  # the attached journal must not stay with a pooled connection


def _migrate(connection: Connection, state: State) -> None:
    context.configure(
        connection=connection,
        target_metadata=ALL_MODELS[0].metadata,
        include_schemas=True,
        include_name=_is_ours,
        render_as_batch=state.is_sqlite,
        render_item=_render_plain_type,
    )
    with context.begin_transaction():
        context.run_migrations()


def _wait_for_others(connection: Connection) -> None:
    """Of two processes that start together, the second waits here and finds nothing to do."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {JOURNAL_SCHEMA}"))


def _attach_journal(connection: Connection, state: State) -> None:
    journal_file = make_url(journal_url(state.database_url)).database or ""
    make_file(Path(journal_file))
    cursor = connection.connection.cursor()
    cursor.execute(f"ATTACH DATABASE ? AS {JOURNAL_SCHEMA}", (journal_file,))
    cursor.execute(f"PRAGMA {JOURNAL_SCHEMA}.journal_mode = WAL")
    cursor.close()


def _drop_half_made_journal(connection: Connection) -> None:
    """Two files are not committed together: a full disk may have left the journal's half alone."""
    if MigrationContext.configure(connection).get_current_revision() is not None:
        return
    tables = inspect(connection).get_table_names(schema=JOURNAL_SCHEMA)
    for table in tables:  # one that was ever used is refused before (see `migrate`)
        connection.execute(text(f'DROP TABLE {JOURNAL_SCHEMA}."{table}"'))


def _is_ours(name: str | None, type_: str, _parents: Any) -> bool:
    return name in {None, "main", JOURNAL_SCHEMA} if type_ == "schema" else True


def _render_plain_type(type_: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration must not change when our types do, so it names what they are in the database."""
    if type_ != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    return PLAIN_JSON if isinstance(item, JSON) else False


run()
