"""A file whose rows are read: its columns, its numbered rows, and how large both may be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pql.delimited.layouts import Layout
from usage_ingest.importers.cells import BadCell, Row

MOST_COLUMNS = 5_000
CELL_OVERHEAD = 64
"""Bytes that a cell takes in memory beside its content."""


class UnreadableFile(Exception):
    """The file is not what its name says, is larger than can be read, or cannot be read at all."""


@dataclass(frozen=True, slots=True)
class NumberedRow:
    """A row with its number in the file. An unreadable one has a `problem` instead of cells.

    Numbers are those an editor or a spreadsheet shows: the header of a CSV file is row 1. `size` is
    about how many bytes of memory the row takes, `file` which one it is of, where several are read.
    """

    number: int
    cells: Row
    problem: BadCell | None = None
    size: int = 0
    file: str = ""


Texts = Callable[[Collection[str]], Iterator[Mapping[str, set[str]]]]
"""From names of columns to the different texts in each, a part of the rows at a time."""
ROWS_OF_A_PART = 10_000
CHARACTERS_LOOKED_AT = 64
"""Characters: what is longer is neither a number nor a time."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file: its columns, its rows, and how far it has been read, in bytes.

    `layout` is that of a delimited file. `texts` reads the file instead of `rows`.
    """

    columns: tuple[str, ...]
    rows: Iterator[NumberedRow]
    size: int
    position: Callable[[], int]
    has_header: bool = True
    layout: Layout | None = None
    texts: Texts | None = None

    def distinct_texts(self, columns: Collection[str]) -> Iterator[Mapping[str, set[str]]]:
        """The different texts in each of the columns, a part of the rows at a time.

        It reads the file, as `rows` does: only one of them can be had of an open file.
        """
        return (self.texts or self._texts_of_rows)(columns)

    def _texts_of_rows(self, columns: Collection[str]) -> Iterator[Mapping[str, set[str]]]:
        while part := list(islice(self._cells_of(columns), ROWS_OF_A_PART)):
            yield {name: {row[name] for row in part if name in row} for name in columns}

    def _cells_of(self, columns: Collection[str]) -> Iterator[Mapping[str, str]]:
        for row in self.rows:
            cells = ((name, row.cells.get(name)) for name in columns)
            texts = ((name, cell) for name, cell in cells if isinstance(cell, str))
            yield {name: text[:CHARACTERS_LOOKED_AT].strip() for name, text in texts}


def require_few_columns(path: Path, columns: Sequence[str]) -> None:
    """Refuse a table so wide that a few of its rows would fill the memory.

    Raises:
        UnreadableFile: it has more than `MOST_COLUMNS`.
    """
    if len(columns) > MOST_COLUMNS:
        raise UnreadableFile(
            f"{path}: {len(columns):,} columns; at most {MOST_COLUMNS:,} can be read. "
            "Leave out those that the mapping does not name"
        )
