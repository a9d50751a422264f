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
    yield csv_text([columns])
    for row in rows:
        yield csv_text([row])


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Lines of a table as one text: many rows at once are written faster than each alone."""
    lines = io.StringIO()
    csv.writer(lines).writerows([[_cell(value) for value in row] for row in rows])
    return lines.getvalue()


def read_cell(cell: str) -> str:
    """A cell as it was before `csv_lines` wrote it."""
    return cell[len(TEXT_MARK) :] if _is_marked(cell) else cell


def _is_marked(cell: str) -> bool:
    return cell.startswith(TEXT_MARK) and cell.lstrip(TEXT_MARK).startswith(FORMULA_STARTS)


def _cell(value: object) -> str:
    if isinstance(value, str):
        # What begins with the mark and a formula gets another mark, or it would be read without.
        is_formula = value.startswith(FORMULA_STARTS) or _is_marked(value)
        return f"{TEXT_MARK}{value}" if is_formula else value
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)
