"""The rows of a delimited file, one by one and in bounded memory."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from pql.delimited.layouts import Layout
from pql.delimited.lines import LARGEST_ROW, Lines, UnreadableText
from pql.tables import read_cell

LARGEST_CELL = 16 * 1024 * 1024
"""Characters."""
NAMES_SHOWN = 5


class ColumnsRepeated(UnreadableText):
    """Two columns have one name: which of them is meant, nobody can tell."""

    def __init__(self, header: Sequence[str]) -> None:
        numbers = {name: [] for name, times in Counter(header).items() if times > 1}
        for number, name in enumerate(header, start=1):
            if name in numbers:
                numbers[name].append(number)
        told = [f"{name} ({' and '.join(map(str, places))})" for name, places in numbers.items()]
        more = f", and {len(told) - NAMES_SHOWN} more names" if len(told) > NAMES_SHOWN else ""
        super().__init__(
            f"columns of one name: {', '.join(told[:NAMES_SHOWN])}{more}. Rename or leave out all "
            "but one of each"
        )


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row cannot be read: the reason, what was found and what is allowed."""

    reason: str
    found: str
    allowed: str


def as_text(file: BinaryIO, layout: Layout) -> TextIO:
    """The text of a file. Bytes that are not of its encoding become surrogates: only their row is
    rejected.
    """
    return io.TextIOWrapper(file, layout.encoding, errors="surrogateescape", newline="")


class DelimitedRows:
    """The rows of an open file, after its header: number, cells, and why they cannot be read.

    `header` are the names of the columns; one without a name is called by its number, `column 3`.
    Numbers of rows are those of a spreadsheet: the header is row 1.
    """

    def __init__(self, text: TextIO, layout: Layout) -> None:
        """Read the header.

        Raises:
            UnreadableText: there is none, or columns of one name.
        """
        csv.field_size_limit(LARGEST_CELL)
        self._lines = Lines(text, LARGEST_ROW)
        self._reader = csv.reader(self._lines, delimiter=layout.delimiter)
        for _ in range(layout.lines_before):
            next(self._lines, None)
        self._first = layout.lines_before + 2
        self.header = read_header(next(self._reader, []))

    @property
    def row_size(self) -> int:
        """How many characters the row has that was read last."""
        return self._lines.row_size

    def __iter__(self) -> Iterator[tuple[int, list[str], RowFault | None]]:
        number, width = self._first - 1, len(self.header)
        while True:
            number += 1
            self._lines.begin_row()
            try:
                cells = next(self._reader, None)
            except csv.Error as problem:
                yield number, [], RowFault("not CSV", str(problem), "a row of CSV")
                continue
            if cells is None:
                return
            if len(cells) == width:
                yield number, cells, None
            elif cells:
                yield number, *_fitted(cells, width)


def read_header(cells: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns.

    Raises:
        UnreadableText: none has a name, or two have one name.
    """
    names = [read_cell(name.strip("\ufeff \t\r\n")).strip() for name in cells]
    if not any(names):
        raise UnreadableText("no header in its first line")
    header = tuple(name or f"column {number}" for number, name in enumerate(names, start=1))
    require_different_names(header)
    return header


def require_different_names(header: Sequence[str]) -> None:
    """Refuse a table of which nobody can tell the columns apart.

    Raises:
        ColumnsRepeated: two columns have one name.
    """
    if len(set(header)) < len(header):
        raise ColumnsRepeated(header)


def _fitted(cells: list[str], width: int) -> tuple[list[str], RowFault | None]:
    """Delimiters at the end of a row say nothing; whatever else is too much or too little does."""
    if len(cells) > width and not any(cells[width:]):
        return cells[:width], None
    reason = "too many cells" if len(cells) > width else "too few cells"
    return [], RowFault(reason, f"{len(cells)} cells", f"{width} cells, as in the header")
