"""Lines of a text file, of which none can fill the memory: a packed file may unpack to one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import AnyStr, Generic, Protocol, TypeVar

LARGEST_ROW = 64 * 1024 * 1024
"""Characters, or bytes: what is longer is no row, and would fill the memory before it ends."""

Line_co = TypeVar("Line_co", str, bytes, covariant=True)


class UnreadableText(Exception):
    """A file is not the delimited text that it should be, or larger than can be read."""


class Readable(Protocol[Line_co]):
    """An open file, of text or of bytes."""

    def readline(self, size: int, /) -> Line_co:
        """The next line, or as much of it as `size` says."""
        ...


class Lines(Generic[AnyStr]):
    """The lines of a file, one by one. `begin_row` is called where a row begins, which may have
    several lines; `row_size` is how much was read since, and `largest` how much one may have.
    """

    def __init__(self, file: Readable[AnyStr], largest: int) -> None:
        self._file: Readable[AnyStr] = file
        self._largest = largest
        self.row_size = 0

    def begin_row(self) -> None:
        """Count from here."""
        self.row_size = 0

    def __iter__(self) -> Iterator[AnyStr]:
        return self

    def __next__(self) -> AnyStr:
        """The next line.

        Raises:
            UnreadableText: the row is longer than `largest`.
        """
        line: AnyStr = self._file.readline(self._largest + 1)
        if not line:
            raise StopIteration
        self.row_size += len(line)
        if self.row_size > self._largest:
            raise UnreadableText(
                f"a row is longer than {self._largest // 2**20} MiB. "
                "Is a line break or a quotation mark missing?"
            )
        return line
