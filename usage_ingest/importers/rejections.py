"""The file beside an import that says which rows did not go in, and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pql.private_files import open_private
from pql.tables import csv_text
from usage_ingest.importers.cells import BadCell

HEADER = ("row", "column", "reason", "found", "allowed")


class Rejections:
    """Writes rejected rows as CSV, and cells without which a row went in; the file is made with the
    first of them.

    `names_files`: where several files are read, each row says first which one it is of.
    """

    def __init__(self, path: Path, *, names_files: bool = False) -> None:
        self.path = path
        self._names_files = names_files
        self._file: TextIO | None = None

    def add(self, number: int, problem: BadCell, file: str = "") -> None:
        """Note one row."""
        if self._file is None:
            self._file = open_private(self.path)
            self._file.write(csv_text([(*self._of("file"), *HEADER)]))
        cells = (number, problem.column, problem.reason, problem.found, problem.allowed)
        self._file.write(csv_text([(*self._of(file), *cells)]))

    def _of(self, file: str) -> tuple[str, ...]:
        return (file,) if self._names_files else ()

    def close(self) -> None:
        """Finish the file, if there is one."""
        if self._file is not None:
            self._file.close()


@contextmanager
def rejecting_to(path: Path, *, names_files: bool = False) -> Iterator[Rejections]:
    """Rejections of one import. What an earlier import of the same file left there is removed."""
    path.unlink(missing_ok=True)
    rejections = Rejections(path, names_files=names_files)
    try:
        yield rejections
    finally:
        rejections.close()
