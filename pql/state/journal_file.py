"""The journal of a SQLite state is a file of its own: whether it is the one that belongs to it.

Its numbers must never be given twice, as staged batches and what was loaded name entries by them.
On PostgreSQL the journal is in the same database, and what is restored is restored together.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from pql.state.bulk import table_of
from pql.state.damage import RESTORE, StateDamaged
from pql.state.models import JournalEntry
from pql.state.store import State, journal_url, state_url
from pql.state.store_record import last_entry_known, read_record, write_record

TABLE = {"table": JournalEntry.__tablename__}
BOTH = 2
"""Tables: the entries, and the one in which SQLite keeps the highest number that it gave."""
HIGHEST_IDENTITY = 2**31 - 1
"""SQLite keeps 32 bits for who uses it, with a sign. 0 stands for nobody."""


class JournalMismatch(StateDamaged):
    """The journal's file is not the one that belongs to the state, or is older than it."""


class JournalOlder(JournalMismatch):
    """The journal is of an earlier time: it would give numbers that were given already."""


def journal_file(database_url: str) -> Path:
    """The file of a SQLite state's journal."""
    return Path(str(state_url(journal_url(database_url)).database))


def is_in_use(state: State) -> bool:
    """Whether the journal's file belongs to a state, or ever held an entry."""
    with state.journal_engine.connect() as connection:
        return bool(_identity(connection) or _last_given(connection))


def check_journal(state: State) -> None:
    """Let only the state's own journal be used. The first is remembered.

    Raises:
        JournalMismatch: it is gone or another's, or (`JournalOlder`) from an older backup.
        StateDamaged: it cannot be read.
    """
    if not state.is_sqlite:
        return
    with state.journal_engine.connect() as connection:
        identity, last_given = _identity(connection), _last_given(connection)
    with state.reading() as session:
        known, loaded = read_record(session).journal, last_entry_known(session)
    if last_given is None:
        raise JournalMismatch(_words(state, "holds no journal: it was deleted or emptied"))
    if known is None:
        _remember(state)
    elif identity != known:
        raise JournalMismatch(_words(state, "is not the journal that belongs to the state"))
    elif last_given < loaded:
        raise JournalOlder(_words(state, "is from an earlier time than the state"))


def begin_anew(state: State, session: Session) -> None:
    """Make an empty journal whose numbers go on where the old one's ended, and remember it."""
    with state.journal_engine.begin() as connection:
        table_of(JournalEntry).create(connection, checkfirst=True)
    raise_numbers(state, session)
    write_record(session, journal=_mark(state))


def raise_numbers(state: State, session: Session) -> None:
    """See to it that no number is given again that was given before."""
    last_given = {"number": last_entry_known(session)}
    with state.journal_engine.begin() as connection:
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), TABLE)
        given = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :number)")
        connection.execute(given, TABLE | last_given)


def _remember(state: State) -> None:
    with state.writing() as session:  # of two processes that start together, the second waits
        if read_record(session).journal is None:
            write_record(session, journal=_mark(state))


def _mark(state: State) -> int:
    """The identity of the journal's file, which is given one where it has none."""
    with state.journal_engine.begin() as connection:
        identity = _identity(connection) or secrets.randbelow(HIGHEST_IDENTITY) + 1
        connection.execute(text(f"PRAGMA user_version = {identity}"))
    return identity


def _identity(connection: Connection) -> int:
    return int(connection.scalar(text("PRAGMA user_version")) or 0)


def _last_given(connection: Connection) -> int | None:
    """The highest number that was given to an entry; None where there is no journal."""
    tables = text("SELECT count(*) FROM sqlite_master WHERE name IN (:table, 'sqlite_sequence')")
    if connection.scalar(tables, TABLE) != BOTH:
        return None
    given = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
    return int(connection.scalar(given, TABLE) or 0)


def _words(state: State, what: str) -> str:
    return (
        f"{journal_file(state.database_url)} {what}: {RESTORE}, or go on without what it held: "
        "`pql stores accept-loss` shows what would be lost"
    )
