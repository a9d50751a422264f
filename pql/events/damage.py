"""What is said where the file of an event store cannot be opened, read or written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pql.events.store import EventsRefused, EventStoreBusy, EventStoreDamaged

DAMAGES = (
    duckdb.IOException,
    duckdb.SerializationException,
    duckdb.InternalException,
    duckdb.FatalException,
)
"""What DuckDB raises for a file, and not for what it was asked."""
NO_ROOM = ("No space left", "File too large", "quota exceeded")
RESTORE = (
    "stop the service and restore the file from the backup, or go on without it: "
    "`pql stores accept-loss` shows what would be lost"
)


@contextmanager
def telling_damage(file: Path) -> Iterator[None]:
    """Say in words of ours what DuckDB says of its file.

    Raises:
        EventStoreBusy: another process has the file.
        EventStoreDamaged: the file cannot be used.
    """
    try:
        yield
    except duckdb.Error as error:
        # A checksum that does not match has no class of its own.
        if isinstance(error, DAMAGES) or type(error) is duckdb.Error:
            raise _failure(file, _first_line(error)) from error
        raise


@contextmanager
def telling_refusals() -> Iterator[None]:
    """Raise `EventsRefused` for what the store cannot keep because of what it is."""
    try:
        yield
    except (duckdb.DataError, duckdb.IntegrityError, ValueError) as error:
        raise EventsRefused(str(error)) from error


def _failure(file: Path, words: str) -> Exception:
    if "Could not set lock" in words:
        holder = re.search(r"held in (.*) \(PID (\d+)\)", words)
        program = f"process {holder[2]} ({holder[1]})" if holder else "another process"
        return EventStoreBusy(
            f"{file} is in use by {program}: end that process, or wait until it has ended"
        )
    return EventStoreDamaged(f"{file} cannot be used ({words}): {_remedy(words)}")


def _remedy(words: str) -> str:
    if any(each in words for each in NO_ROOM):
        return "make room on its disk"
    if "Permission denied" in words:
        return "let the user that runs the service read and write it"
    return RESTORE


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".!")
