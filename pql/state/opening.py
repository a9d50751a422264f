"""Open the state store at the schema of this release, or say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pql.faults import PlainError
from pql.settings import Settings
from pql.state.journal_file import check_journal
from pql.state.migrate import current_revision, latest_revision, migrate
from pql.state.store import State


class SchemaStale(PlainError):
    """The state store has not the schema of this release."""


@contextmanager
def opened_state(settings: Settings) -> Iterator[State]:
    """The state store, closed when the block ends. On the embedded default it is migrated first.

    Raises:
        SchemaStale: PostgreSQL is at another revision. Only `pql migrate` migrates it, so that a
            release rolled out to one node does not pull the tables from under the others.
        StateDamaged: a file of SQLite's is gone, damaged, or not one that belongs to the others.
        StateUrlInvalid: `DATABASE_URL` names no database that we know.
        OSError: the folder cannot be made.
    """
    with opened_without_journal(settings) as state:
        check_journal(state)
        yield state


@contextmanager
def opened_without_journal(settings: Settings) -> Iterator[State]:
    """The same, whatever is wrong with the journal's file: for who mends it."""
    state = State(settings.database_url)
    try:
        _bring_to_schema(state, settings)
        yield state
    finally:
        state.close()


def _bring_to_schema(state: State, settings: Settings) -> None:
    if current_revision(state) == latest_revision():
        return
    if not settings.is_embedded:
        raise SchemaStale(
            "the database has not the schema of this release: run `pql migrate` first"
        )
    migrate(state)
