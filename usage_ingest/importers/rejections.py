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
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def add(self, number: int, problem: BadCell) -> None:
        """Note one row."""
        if self._file is None:
            self._file = open_private(self.path)
            self._file.write(csv_text([HEADER]))
        row = (number, problem.column, problem.reason, problem.found, problem.allowed)
        self._file.write(csv_text([row]))

    def close(self) -> None:
        """Finish the file, if there is one."""
        if self._file is not None:
            self._file.close()


@contextmanager
def rejecting_to(path: Path) -> Iterator[Rejections]:
    """Rejections of one import. What an earlier import of the same file left there is removed."""
    path.unlink(missing_ok=True)
    rejections = Rejections(path)
    try:
        yield rejections
    finally:
        rejections.close()
