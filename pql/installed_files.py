"""The files of an installation, kept from the other users of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from pql.private_files import tighten
from pql.settings import DEFAULT_FOLDER, Settings
from pql.state.store import journal_url

OF_SQLITE = ("", "-wal", "-shm", "-journal")
OF_DUCKDB = ("", ".wal", ".tmp", ".socket")
"""What the name of a store's file and of those beside it ends in."""
SECRET_KEY = "secret-key"  # noqa: S105 - the name of its file


def keep_files_private(settings: Settings) -> list[Path]:
    """Keep others from what an earlier release, or a backup, has left open to them.

    Of the folders only the one that every release made by itself is closed: others may be shared on
    purpose. Gives what others can still read, since it belongs to another user.
    """
    return [path for path in dict.fromkeys(_paths(settings)) if not tighten(path)]


def _paths(settings: Settings) -> Iterator[Path]:
    for file, endings in _stores(settings):
        if file.parent == DEFAULT_FOLDER:
            yield file.parent
        yield file.with_name(SECRET_KEY)
        yield from (file.with_name(f"{file.name}{ending}") for ending in endings)


def _stores(settings: Settings) -> Iterator[tuple[Path, tuple[str, ...]]]:
    if settings.is_embedded:
        for address in (settings.database_url, journal_url(settings.database_url)):
            yield Path(make_url(address).database or ""), OF_SQLITE
    yield Path(make_url(settings.events_url).database or ""), OF_DUCKDB
