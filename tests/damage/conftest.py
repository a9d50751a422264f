"""Stores that were loaded, and copies of their files as backups."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pql.counting import Counts, count
from pql.events.duckdb_store import DuckDBEventStore
from pql.settings import Settings
from pql.state.opening import opened_state
from pql.state.store import State
from tests.fixtures.loading import Loading, empty_stores, track
from usage_ingest.store_check import own_event_store


@dataclass
class Installation:
    """A state and its event store, which are opened as the worker opens them."""

    loading: Loading
    folder: Path

    @property
    def settings(self) -> Settings:
        return self.loading.settings

    @property
    def state(self) -> State:
        return self.loading.state

    @property
    def events_file(self) -> Path:
        return self.folder / "events.duckdb"

    def load(self, *message_ids: str) -> None:
        """What a worker does with these events in a turn of its own."""
        store = own_event_store(self.settings, self.state)
        loading = Loading(self.state, store, self.settings, self.loading.workspace_id, 0)
        loading.load_sent(*(track(each, group="acme") for each in message_ids))
        store.close()

    def open(self) -> DuckDBEventStore:
        """The event store as a worker opens it."""
        return own_event_store(self.settings, self.state)

    def counts(self) -> Counts:
        """What `pql stats` counts."""
        store = DuckDBEventStore(self.events_file)
        try:
            return count(self.state, store, self.loading.workspace_id)
        finally:
            store.close()

    def back_up(self, name: str) -> Path:
        """A copy of the event store's file."""
        return Path(shutil.copy(self.events_file, self.folder / name))


def adds_up(counts: Counts) -> bool:
    """Whether every event that was acknowledged is somewhere."""
    return counts.journaled == (
        counts.pending + counts.stored + counts.duplicates + counts.quarantined + counts.lost
    )


def loaded(database_url: str, folder: Path) -> Iterator[Installation]:
    """Three events are stored, two and one."""
    for loading in empty_stores(database_url, folder):
        loading.store.close()
        with opened_state(loading.settings):
            pass
        made = Installation(loading, folder)
        made.load("a", "b")
        made.load("c")
        yield made


@pytest.fixture
def installation(migrated_database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """Three events are stored, on SQLite and on PostgreSQL."""
    yield from loaded(migrated_database_url, tmp_path)


@pytest.fixture
def embedded(migrated_sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """Three events are stored, on SQLite."""
    yield from loaded(migrated_sqlite_url, tmp_path)
