"""The migrations make exactly the tables that the models describe, on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint, inspect, text

from pql.state.base import JOURNAL_SCHEMA, Base
from pql.state.migrate import current_revision, latest_revision, migrate
from pql.state.models import ALL_MODELS
from pql.state.store import State


@pytest.fixture
def state(database_url: str) -> Iterator[State]:
    state = State(database_url)
    yield state
    state.close()


def test_a_fresh_store_has_no_revision_and_gets_the_latest(state: State) -> None:
    assert current_revision(state) is None
    migrate(state)
    assert current_revision(state) == latest_revision()


def test_migrating_again_changes_nothing(state: State) -> None:
    migrate(state)
    migrate(state)
    assert current_revision(state) == latest_revision()


def test_the_migrations_make_what_the_models_describe(state: State) -> None:
    migrate(state)
    with state.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": _in_the_state_itself, "include_schemas": False}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_journal_is_where_intake_looks_for_it(state: State) -> None:
    migrate(state)
    schema = None if state.is_sqlite else JOURNAL_SCHEMA
    assert inspect(state.journal_engine).get_table_names(schema=schema) == ["journal_entry"]
    assert ("journal_entry" in inspect(state.engine).get_table_names()) is False


def test_postgresql_packs_what_waits(migrated_postgres_url: str) -> None:
    state = State(migrated_postgres_url)
    body = text("""
        SELECT attstorage, attcompression FROM pg_attribute
        WHERE attrelid = 'journal.journal_entry'::regclass AND attname = 'body'
    """)
    with state.journal_engine.connect() as connection:
        assert tuple(connection.execute(body).one()) == ("x", "l")
    state.close()


def test_two_processes_may_migrate_at_once(database_url: str) -> None:
    script = f"""
from pql.state.migrate import migrate
from pql.state.store import State
migrate(State({database_url!r}))
"""
    processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]


def test_every_table_but_the_shared_ones_belongs_to_a_workspace() -> None:
    shared = {"workspace", "job_run", "lease", "staged_batch", "store_record"}
    through_a_parent = {"contact_account", "benchmark_row", "benchmark_document"}
    unscoped = {
        model.__tablename__ for model in ALL_MODELS if "workspace_id" not in model.__table__.columns
    }
    assert unscoped == shared | through_a_parent


def test_no_index_is_the_beginning_of_another() -> None:
    indexed = [
        (table.name, tuple(column.name for column in each.columns))
        for table in Base.metadata.sorted_tables
        for each in (*table.indexes, *table.constraints)
        if isinstance(each, (Index, PrimaryKeyConstraint, UniqueConstraint))
    ]
    superfluous = [
        (table, columns)
        for table, columns in indexed
        for other_table, others in indexed
        if table == other_table and columns != others and others[: len(columns)] == columns
    ]
    assert not superfluous, "it answers the same questions, and every row pays for both"


def _in_the_state_itself(
    item: object, _name: str | None, type_: str, _reflected: bool, _other: object
) -> bool:
    return not (type_ == "table" and getattr(item, "schema", None) == JOURNAL_SCHEMA)
