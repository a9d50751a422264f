"""Opening the event store behind `EVENTS_URL`: for its one owner, and for everybody else."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from pql.events.duckdb_store import DuckDBEventStore, memory_options
from pql.events.sharing import SharedEventStore, StoreServer
from pql.events.store import EventStore, EventStoreBusy
from pql.settings import Settings

RESTART_SECONDS = 10.0
"""How long an owner that restarts is waited for."""
PAUSE_SECONDS = 0.1


class EventsUrlInvalid(ValueError):
    """`EVENTS_URL` names no event store that we know."""


class OwnedEventStore(DuckDBEventStore):
    """The event store in the process that owns it, which answers the others' selects beside."""

    def __init__(self, file: Path, options: Mapping[str, str]) -> None:
        super().__init__(file, options)
        try:
            self._server = StoreServer(self)
        except BaseException:
            super().close()
            raise

    def close(self) -> None:
        """Answer what was asked, then give the file back."""
        self._server.close()
        super().close()


def open_event_store(settings: Settings) -> OwnedEventStore:
    """The event store as its owner, who alone may append. `EVENTS_URL` may carry DuckDB's options.

    Raises:
        EventStoreBusy: another process owns it; the message says which.
        EventStoreDamaged: its file cannot be used; the message says what to do.
        EventsUrlInvalid: the address is not one of an event store.
    """
    file, options = _read(settings.events_url)
    try:
        return OwnedEventStore(file, {**memory_options(settings.events_memory), **options})
    except (duckdb.CatalogException, duckdb.InvalidInputException, duckdb.ParserException) as error:
        words = str(error).partition("\n")[0]
        raise EventsUrlInvalid(f"EVENTS_URL has an option that DuckDB refuses: {words}") from error


def reach_event_store(settings: Settings) -> EventStore:
    """The event store for reading: through its owner, or as the owner where there is none.

    Raises:
        EventStoreBusy: another process owns it and does not answer.
        EventsUrlInvalid: the address is not one of an event store.
    """
    file, _ = _read(settings.events_url)
    shared = SharedEventStore(file, patience=RESTART_SECONDS)
    give_up_at = time.monotonic() + RESTART_SECONDS
    while True:
        if shared.is_served():
            return shared
        try:
            return open_event_store(settings)
        except EventStoreBusy:  # it has just opened the file, and will listen soon
            if time.monotonic() > give_up_at:
                raise
        time.sleep(PAUSE_SECONDS)


def ask_event_store(settings: Settings, patience: float = RESTART_SECONDS) -> SharedEventStore:
    """The event store through its owner only, who is there or will be in `patience` seconds."""
    file, _ = _read(settings.events_url)
    return SharedEventStore(file, patience)


def event_store_file(settings: Settings) -> Path:
    """The file behind `EVENTS_URL`.

    Raises:
        EventsUrlInvalid: the address is not one of an event store.
    """
    return _read(settings.events_url)[0]


def _read(events_url: str) -> tuple[Path, Mapping[str, str]]:
    # What was set is not repeated: it may be the address of a database, with its password.
    words = "EVENTS_URL must name a file, as in duckdb:///folder/events.duckdb"
    try:
        url = make_url(events_url)
    except (ArgumentError, ValueError) as error:
        raise EventsUrlInvalid(words) from error
    if url.drivername != "duckdb" or not url.database or url.database == ":memory:":
        raise EventsUrlInvalid(words)
    return Path(url.database), {name: str(value) for name, value in url.query.items()}
