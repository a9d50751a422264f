"""One cell of a file becomes a value: text, number, boolean or time, or it is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from pql.delimited.formats import AUTO, DAY_FIRST, ISO, MONTH_FIRST, UNIX, UNIX_MILLISECONDS
from pql.delimited.numbers import PROGRAMS
from pql.delimited.rows import LARGEST_CELL
from pql.delimited.times import TimeForm
from pql.delimited.words import is_missing, truth_of
from usage_ingest.importers.mapping import Field, Formats

Row = Mapping[str, object]

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before this, a time is a mistake: a zero that was read as 1970, or a two-digit year."""

# A number as JSON writes it. `007` and `+1` stay text: they are codes more often than amounts.
PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
WHOLE_NUMBER = re.compile(r"-?\d{1,18}")
UNUSABLE = re.compile("[\x00\ud800-\udfff]")
ISO_EXAMPLES = "a date or time as in 2026-01-31 or 2026-01-31T09:30:00Z"
TIMES_ALLOWED = {
    AUTO: f"{ISO_EXAMPLES}, 31.01.2026, 31 Jan 2026, or 1/31/2026 with time_format: month_first",
    ISO: ISO_EXAMPLES,
    DAY_FIRST: "a date as in 31.01.2026 or 31/1/2026",
    MONTH_FIRST: "a date as in 1/31/2026",
    UNIX: "seconds since 1970",
    UNIX_MILLISECONDS: "milliseconds since 1970",
}
LONGEST_SHOWN = 200


class BadCell(Exception):
    """A cell that cannot be used: which column, why, what was found and what would be allowed."""

    def __init__(self, column: str, reason: str, found: object, allowed: str) -> None:
        super().__init__(f"{column}: {reason}: {found!r}; allowed: {allowed}")
        self.column = column
        self.reason = reason
        self.found = shown(found)
        self.allowed = allowed

    def of_used_row(self) -> BadCell:
        """The same of a row that goes in without the cell."""
        reason = f"{self.reason}: unknown, the rest of the row went in"
        return BadCell(self.column, reason, self.found, self.allowed)


class Cells:
    """The values of one row, by the names of ours. Reading a bad one raises `BadCell`."""

    def __init__(self, row: Row, formats: Formats) -> None:
        self._row = row
        self._formats = formats

    def found(self, used: Field) -> object:
        """What the row says; `None` where it is empty, listed as missing, or not there."""
        cell = self._row.get(used.column) if used.column is not None else used.value
        if isinstance(cell, str):
            cell = cell.strip()
            return None if cell == "" or cell in self._formats.missing else cell
        is_nan = isinstance(cell, float) and math.isnan(cell)
        return None if is_nan else cell

    def known(self, used: Field) -> object:
        """The same where no text is wanted: `None` for words such as NULL, n/a and -, too."""
        cell = self.found(used)
        return None if isinstance(cell, str) and is_missing(cell) else cell

    def text(self, used: Field) -> str | None:
        """Text, also of whole numbers and other plain values.

        Raises:
            BadCell: it is a list or an object, or holds characters that no store can keep.
        """
        cell = self.found(used)
        if cell is None:
            return None
        if isinstance(cell, list | dict | bytes):
            raise BadCell(name_of(used), "not text", cell, "text or a number")
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        return _usable(str(cell), used)

    def time(self, used: Field) -> datetime | None:
        """A moment in UTC.

        Raises:
            BadCell: it does not follow the time format, or lies before `EARLIEST`.
        """
        cell = self.found(used)
        if cell is None:
            return None
        form = self._formats.of_column(used.column).time
        try:
            moment = _moment(cell, form, self._formats)
        except (ValueError, OverflowError, OSError, TypeError) as problem:
            if self.known(used) is None:
                return None
            allowed = TIMES_ALLOWED.get(form.format, f"a time written as {form.format}")
            raise BadCell(name_of(used), "not a time", cell, allowed) from problem
        if moment < EARLIEST:
            raise BadCell(name_of(used), "too long ago", cell, f"{EARLIEST:%Y-%m-%d} or later")
        return moment

    def value(self, used: Field) -> object:
        """A trait or property, in the type that the mapping names.

        Raises:
            BadCell: the cell is not of that type.
        """
        is_text = used.type in {"auto", "text"}
        cell = self.found(used) if is_text else self.known(used)
        return None if cell is None else TYPES[used.type](self, used, cell)

    def number(self, used: Field, cell: object) -> float | int:
        """A finite number; text is read as the numbers of its column are written."""
        if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal | str):
            raise BadCell(name_of(used), "not a number", cell, "a number")
        if not isinstance(cell, str):
            return cell if isinstance(cell, int) else _finite(float(cell), used)
        form = self._formats.of_column(used.column).number
        try:
            return _number(form.plain(cell), used)
        except ValueError as problem:
            allowed = f"a number with '{form.decimal}' before its decimals"
            raise BadCell(name_of(used), "not a number", cell, allowed) from problem

    def boolean(self, used: Field, cell: object) -> bool:
        """True or false, also written yes, no, 1 or 0."""
        known = truth_of(str(cell))
        if known is None:
            allowed = "true, false, t, f, yes, no, won, lost, 1, 0"
            raise BadCell(name_of(used), "not true or false", cell, allowed)
        return known

    def automatic(self, used: Field, cell: object) -> object:
        """What the cell looks like: a number as its column writes them is one, and in a column of
        numbers NULL, n/a and - are missing; other text stays text.
        """
        if isinstance(cell, date):
            return cell.isoformat()
        if isinstance(cell, Decimal):
            return float(cell)
        if not isinstance(cell, str):
            return _plain(cell, used)
        form = self._formats.of_column(used.column)
        plain = cell if form.number is PROGRAMS else form.number.plain(cell)
        if PLAIN_NUMBER.fullmatch(plain) is not None:
            return _number(plain, used)
        return None if form.is_number and is_missing(cell) else _usable(cell, used)


TYPES: Mapping[str, Callable[[Cells, Field, object], object]] = {
    "auto": Cells.automatic,
    "text": lambda cells, used, _cell: cells.text(used),
    "number": Cells.number,
    "boolean": Cells.boolean,
    "time": lambda cells, used, _cell: _iso(cells.time(used)),
}


def name_of(used: Field) -> str:
    """What to call a field in a message: its column, or that it is a constant."""
    return used.column if used.column is not None else "(constant)"


def shown(found: object) -> str:
    """What was found, short and printable."""
    text = "" if found is None else str(found)
    text = text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def _usable(text: str, used: Field) -> str:
    if UNUSABLE.search(text):
        allowed = "UTF-8 text without NUL"
        raise BadCell(name_of(used), "characters that are not text", text, allowed)
    if len(text) > LARGEST_CELL:
        raise BadCell(name_of(used), "too large", text, f"at most {LARGEST_CELL:,} characters")
    return text


def _plain(cell: object, used: Field) -> object:
    """A value of JSON or Parquet, checked all the way down."""
    if isinstance(cell, str):
        return _usable(cell, used)
    if isinstance(cell, list):
        return [_plain(item, used) for item in cell]
    if isinstance(cell, dict):
        return {_usable(str(key), used): _plain(item, used) for key, item in cell.items()}
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    if cell is None or isinstance(cell, bool | int | float):
        return cell
    return _usable(str(cell), used)


def _number(plain: str, used: Field) -> float | int:
    return int(plain) if WHOLE_NUMBER.fullmatch(plain) else _finite(float(plain), used)


def _finite(number: float, used: Field) -> float:
    if not math.isfinite(number):
        raise BadCell(name_of(used), "not a number", number, "a finite number")
    return number


def _moment(cell: object, form: TimeForm, formats: Formats) -> datetime:
    if isinstance(cell, datetime):
        moment = cell
    elif isinstance(cell, date):
        moment = datetime.combine(cell, datetime.min.time())
    else:
        moment = form.read(str(cell))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=formats.time_zone or UTC)
    return moment.astimezone(UTC)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
