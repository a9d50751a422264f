"""Lines of a file that is imported, of which none can fill the memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import AnyStr, Generic

from pql.delimited import lines
from pql.delimited.lines import LARGEST_ROW, Readable, UnreadableText
from usage_ingest.importers.open_file import UnreadableFile


class Lines(Generic[AnyStr]):
    """Those of `pql.delimited.lines`; a row that is too long is told with the file it is in."""

    def __init__(self, file: Readable[AnyStr], path: Path) -> None:
        self._lines: lines.Lines[AnyStr] = lines.Lines(file, LARGEST_ROW)
        self._path = path

    def begin_row(self) -> None:
        """A row may have several lines: its length is counted from here."""
        self._lines.begin_row()

    def __iter__(self) -> Iterator[AnyStr]:
        return self

    def __next__(self) -> AnyStr:
        """The next line.

        Raises:
            UnreadableFile: the row is longer than `LARGEST_ROW`.
        """
        try:
            return next(self._lines)
        except UnreadableText as problem:
            raise UnreadableFile(f"{self._path}: {problem}") from problem
