"""What is said where a file of the state is gone or damaged. PostgreSQL says it itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError

RESTORE = "stop the service and restore it from the backup"
REMEDIES = {
    sqlite3.SQLITE_CORRUPT: RESTORE,
    sqlite3.SQLITE_NOTADB: RESTORE,
    sqlite3.SQLITE_CANTOPEN: "let the user that runs the service read and write it and its folder",
    sqlite3.SQLITE_READONLY: "let the user that runs the service write it and its folder",
    sqlite3.SQLITE_IOERR: f"look at its disk, or {RESTORE}",
    sqlite3.SQLITE_FULL: "make room on its disk",
}
"""By what SQLite says of its file, and not of a statement."""
PRIMARY_CODE = 0xFF


class StateDamaged(OperationalError):
    """A file of the state, or of its journal, cannot be used.

    The text names the file, what is wrong and what to do.
    """

    def __init__(self, words: str, cause: BaseException | None = None) -> None:
        super().__init__(None, None, cause or Exception(words))
        self.words = words

    def __str__(self) -> str:
        return self.words

    def __reduce__(self) -> tuple[type[StateDamaged], tuple[str]]:
        """Between processes only the words travel."""
        return type(self), (self.words,)


class FileReplaced(StateDamaged):
    """A file was deleted or replaced while it was open. What is written to it will be gone.

    `holds` says what was in it: `state` or `journal`.
    """

    holds = ""


def naming_file(file: Path) -> Callable[[ExceptionContext], None]:
    """A listener for `handle_error` that says which file SQLite speaks of, and what to do."""

    def name_file(context: ExceptionContext) -> None:
        error = context.original_exception
        code = getattr(error, "sqlite_errorcode", None)
        if code is None or code & PRIMARY_CODE not in REMEDIES:
            return
        words = f"{file} cannot be used ({error}): {REMEDIES[code & PRIMARY_CODE]}"
        raise StateDamaged(words, error) from error

    return name_file


class WatchedFile:
    """A file that SQLite has open. Deleted or replaced, it would be written on unseen."""

    def __init__(self, path: Path, holds: str) -> None:
        self.path = path
        self.holds = holds
        self._opened: tuple[int, int] | None = None

    def note_opened(self) -> None:
        """Remember which file is there; the first counts."""
        self._opened = self._opened or self._present()

    def require_in_place(self) -> None:
        """Refuse where the file that was opened is not there any more.

        Raises:
            FileReplaced: it is not.
        """
        if self._opened and self._present() != self._opened:
            replaced = FileReplaced(
                f"{self.path} was deleted or replaced while it was in use: {RESTORE}, then start it"
            )
            replaced.holds = self.holds
            raise replaced

    def _present(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
