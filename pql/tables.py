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
MARKED_STARTS = (*FORMULA_STARTS, TEXT_MARK)
"""What begins so is written with the mark. Whoever takes one off has the value."""
AS_THEY_ARE = (type(None), int)


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a table, header first (RFC 4180). What is unknown (`None`) is an empty cell."""
    yield csv_text([columns])
    for row in rows:
        yield csv_text([row])


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Lines of a table as one text: many rows at once are written faster than each alone."""
    lines = io.StringIO()
    # The writer itself knows what to do with None and numbers.
    cells = ([each if type(each) in AS_THEY_ARE else _cell(each) for each in row] for row in rows)
    csv.writer(lines).writerows(cells)
    return lines.getvalue()


def read_cell(cell: str) -> str:
    """A cell as it was before `csv_lines` wrote it. A word of others that begins with ' stays."""
    value = cell.removeprefix(TEXT_MARK)
    return value if value != cell and value.startswith(MARKED_STARTS) else cell


def _cell(value: object) -> str:
    if isinstance(value, str):
        return f"{TEXT_MARK}{value}" if value.startswith(MARKED_STARTS) else value
    return value.isoformat() if isinstance(value, datetime) else str(value)
