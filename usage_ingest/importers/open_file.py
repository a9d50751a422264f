"""A file whose rows are read: its columns, its numbered rows, and how large both may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from usage_ingest.importers.cells import BadCell, Row

MOST_COLUMNS = 5_000
LARGEST_ROW = 64 * 1024 * 1024
"""Characters, or bytes: what is longer is no row, and would fill the memory before it ends."""
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


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file: its columns, its rows, and how far it has been read, in bytes."""

    columns: tuple[str, ...]
    rows: Iterator[NumberedRow]
    size: int
    position: Callable[[], int]
    has_header: bool = True


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
