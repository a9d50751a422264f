"""One way to open a session: `State.reading()`, or `State.writing()`, which commits at its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from pql.private_files import make_file, make_folder
from pql.state.base import JOURNAL_SCHEMA
from pql.state.damage import WatchedFile, naming_file
from pql.state.patience import WORK, Patience, limit_patience

DRIVERS = ("sqlite", "postgresql+psycopg")
BUSY_TIMEOUT_MILLISECONDS = 30_000
CHECKPOINT_PAGES = 8_000
"""Of 4 KB: so much is written ahead before it is moved into the file. Accounts evaluated together
lie anywhere in it: moved rarely, a page that changed often is moved once."""
CACHE_KILOBYTES = 8_000
"""Of each connection. A thousand accounts change some 2,000 pages: with fewer in memory, some of
them would be written and read again before the transaction ends."""


def journal_url(database_url: str) -> str:
    """Where the journal is: a file beside the state on SQLite, the same database on PostgreSQL.

    SQLite has one writer per file. A journal of its own keeps intake from queueing behind
    evaluation.
    """
    url = state_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return database_url
    state_file = Path(url.database)
    journal_file = state_file.with_name(f"{state_file.stem}-journal{state_file.suffix}")
    return url.set(database=str(journal_file)).render_as_string(hide_password=False)


class StateUrlInvalid(ValueError):
    """`DATABASE_URL` names no database that we know."""


def state_url(database_url: str) -> URL:
    """The address of the state, checked. What was set is not repeated: it may hold a password.

    Raises:
        StateUrlInvalid: it names no database, or one of another kind.
    """
    words = (
        "DATABASE_URL must be sqlite:///folder/state.db or postgresql+psycopg://user@host/name; "
        "what it is set to is neither"
    )
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError) as error:
        raise StateUrlInvalid(words) from error
    if url.drivername not in DRIVERS:
        raise StateUrlInvalid(words)
    if url.drivername == "sqlite" and url.database in {None, "", ":memory:"}:
        raise StateUrlInvalid("DATABASE_URL must name a file: web and worker are two processes")
    return url


class State:
    """The state store behind `DATABASE_URL`. Threads may share it, forked processes may not.

    `patience` is for PostgreSQL; SQLite waits for its one writer as `BUSY_TIMEOUT_MILLISECONDS`
    says.
    """

    def __init__(self, database_url: str, patience: Patience = WORK) -> None:
        self.database_url = database_url
        self._files: list[WatchedFile] = []
        self.engine = create_state_engine(database_url, patience, self._files)
        self.journal_engine = self._create_journal_engine()
        self._before_closing: list[Callable[[], None]] = []

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session whose changes are thrown away."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is committed when the block ends and rolled back when it raises.

        On SQLite the write lock is taken at once: a reader that turns writer later could fail as
        busy.
        """
        engine = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    def require_files(self) -> None:
        """Refuse where a file of SQLite's was deleted or replaced since it was opened.

        What is written to it then is gone when the process ends. Takes some microseconds.

        Raises:
            FileReplaced: it was.
        """
        for file in self._files:
            file.require_in_place()

    def before_closing(self, action: Callable[[], None]) -> None:
        """Have something done first by `close`: for who keeps a connection."""
        self._before_closing.append(action)

    def close(self) -> None:
        """Give every connection back."""
        for action in self._before_closing:
            action()
        self.engine.dispose()
        self.journal_engine.dispose()

    def _create_journal_engine(self) -> Engine:
        if not self.is_sqlite:
            return self.engine
        engine = create_state_engine(journal_url(self.database_url), files=self._files)
        return engine.execution_options(schema_translate_map={JOURNAL_SCHEMA: None})


def create_state_engine(
    database_url: str, patience: Patience = WORK, files: list[WatchedFile] | None = None
) -> Engine:
    """An engine with what SQLite needs to be a durable store for several processes.

    SQLite's file is added to `files`: the state's, then the journal's.

    Raises:
        StateUrlInvalid: the address is not one of a database that we know.
        OSError: the folder of SQLite's file cannot be made.
    """
    url = state_url(database_url)
    if url.get_backend_name() != "sqlite":
        engine = create_engine(
            url,
            json_serializer=json_text,
            json_deserializer=read_json,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=20,
        )
        limit_patience(engine, patience)
        return engine
    file = Path(str(url.database))
    make_folder(file.parent)
    engine = create_engine(
        url,
        json_serializer=json_text,
        json_deserializer=read_json,
        hide_parameters=True,
        pool_size=10,
        max_overflow=20,
    )
    watched = WatchedFile(file, holds="journal" if files else "state")
    if files is not None:
        files.append(watched)
    event.listen(engine, "handle_error", naming_file(file))
    event.listen(engine, "do_connect", lambda *_: make_file(file))
    event.listen(engine, "connect", lambda *_: watched.note_opened())
    event.listen(engine, "connect", _prepare_sqlite_connection)
    event.listen(engine, "begin", _begin_sqlite_transaction)
    return engine


def json_text(document: object) -> str:
    """A document as it is stored."""
    try:
        return msgspec.json.encode(document).decode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can escape and UTF-8 cannot
        return json.dumps(document)


def read_json(text: str | bytes) -> Any:
    """A document as it was stored."""
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError:  # what it does not take: half of a surrogate pair, NaN
        return json.loads(text)


def _prepare_sqlite_connection(connection: Any, _record: Any) -> None:
    # The driver would begin transactions on its own and too late; `begin` below does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}")
    cursor.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    # FULL: an acknowledged event survives a power cut, not only a killed process.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite_transaction(connection: Any) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
