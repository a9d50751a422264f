"""Lines of a file that is imported, of which none can fill the memory."""

from __future__ import annotations

from pathlib import Path
from typing import AnyStr

from pql.delimited import lines
from pql.delimited.lines import LARGEST_ROW, Readable, UnreadableText
from usage_ingest.importers.open_file import UnreadableFile


class Lines(lines.Lines[AnyStr]):
    """The same lines; one that is too long is told with the file it is in."""

    def __init__(self, file: Readable[AnyStr], path: Path) -> None:
        super().__init__(file, LARGEST_ROW)
        self._path = path

    def __next__(self) -> AnyStr:
        """The next line.

        Raises:
            UnreadableFile: the row is longer than `LARGEST_ROW`.
        """
        try:
            return super().__next__()
        except UnreadableText as problem:
            raise UnreadableFile(f"{self._path}: {problem}") from problem
