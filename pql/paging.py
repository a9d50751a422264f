"""Pages of a list that stay right while rows come and go: each begins after the last row before it.

Rows whose value is unknown come last, whichever way the list is sorted. The source of the method is
Markus Winand, "We need tool support for keyset pagination" (use-the-index-luke.com/no-offset).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, or_, true

Row = TypeVar("Row")
Value = int | str | datetime | None

LARGEST_PAGE = 500
LARGEST_NUMBER = 2**63 - 1


class CursorInvalid(ValueError):
    """The cursor is none that this list gave out. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursor that gives the next; `None` where these were the last."""

    data: Sequence[Row]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """One way to sort a list: by `column`, which holds values of `kind`, then by `identifier`."""

    name: str
    column: SQLColumnExpression[Any]
    kind: type[int] | type[str] | type[datetime]
    identifier: SQLColumnExpression[int]
    descending: bool = False

    def sorted(self, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """The query in this order."""
        value = self.column.desc() if self.descending else self.column.asc()
        return query.order_by(self.column.is_(None), value, self.identifier)

    def after(self, cursor: str | None) -> ColumnElement[bool]:
        """The condition for rows that come after the one `cursor` stands for.

        Raises:
            CursorInvalid: the cursor was not made by `cursor` of the same order.
        """
        if cursor is None:
            return true()
        value, row = self._decode(cursor)
        later_row = self.identifier > row
        if value is None:
            return and_(self.column.is_(None), later_row)
        beyond = self.column < value if self.descending else self.column > value
        return or_(beyond, and_(self.column == value, later_row), self.column.is_(None))

    def cursor(self, value: Value, row: int) -> str:
        """The cursor of the row with this value and identifier."""
        shown = value.isoformat() if isinstance(value, datetime) else value
        document = json.dumps([self.name, shown, row], separators=(",", ":"))
        return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")

    def _decode(self, cursor: str) -> tuple[Value, int]:
        name, value, row = _read_document(cursor)
        if name != self.name:
            raise CursorInvalid("this cursor belongs to another sort; begin again without a cursor")
        if type(row) is not int or not 0 <= row <= LARGEST_NUMBER:
            raise _damaged()
        return self._read_value(value), row

    def _read_value(self, value: object) -> Value:
        if value is None:
            return None
        if self.kind is datetime and isinstance(value, str):
            return _read_time(value)
        if self.kind is int and type(value) is int and abs(value) <= LARGEST_NUMBER:
            return value
        if self.kind is str and isinstance(value, str) and is_storable(value):
            return value
        raise _damaged()


def is_storable(text: str) -> bool:
    """Whether every database can compare with the text: no NUL and no lone surrogate in it."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _read_document(cursor: str) -> tuple[object, object, object]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        name, value, row = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        raise _damaged() from None
    return name, value, row


def _read_time(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _damaged() from None
    if moment.tzinfo is None:
        raise _damaged()
    return moment


def _damaged() -> CursorInvalid:
    return CursorInvalid("not a cursor of this list; send `next_cursor` of a page as it was")
