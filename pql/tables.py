"""Comma-separated values that a spreadsheet opens without running anything that is in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

# A cell that begins with one of these is a formula to a spreadsheet:
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
TEXT_MARK = "'"
"""Before a cell it makes a spreadsheet take the cell for text, and not show the mark."""


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a table, header first (RFC 4180). What is unknown (`None`) is an empty cell."""
    yield _line(columns)
    yield from map(csv_line, rows)


def csv_line(row: Sequence[object]) -> str:
    """One row as a line of a table."""
    return _line([_cell(value) for value in row])


def read_cell(cell: str) -> str:
    """A cell as it was before `csv_lines` wrote it."""
    return cell[len(TEXT_MARK) :] if _is_marked(cell) else cell


def _is_marked(cell: str) -> bool:
    return cell.startswith(TEXT_MARK) and cell.lstrip(TEXT_MARK).startswith(FORMULA_STARTS)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    # One that begins with the mark and a formula gets another mark, or it would be read without.
    if isinstance(value, str) and (value.startswith(FORMULA_STARTS) or _is_marked(value)):
        return f"{TEXT_MARK}{value}"
    return str(value)


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
