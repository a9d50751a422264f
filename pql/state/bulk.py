"""Many rows at once: `INSERT ... ON CONFLICT` for both engines, `IN` lists of bearable length."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    SQLColumnExpression,
    Table,
    Text,
    UpdateBase,
    any_,
    column,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import NullType

from pql.state.base import UtcDateTime
from pql.state.store import json_text, read_json

LONGEST_LIST = 5_000
"""Values in one IN list. SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535."""

Value = TypeVar("Value")
Insert = sqlite.Insert | postgresql.Insert


def chunks(values: Collection[Value], size: int = LONGEST_LIST) -> Iterator[list[Value]]:
    """The values in lists of at most `size`, in their order."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


def insert_into(session: Session, model: type[DeclarativeBase]) -> Insert:
    """An INSERT that knows `ON CONFLICT`. The two dialects have no common class for it."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table_of(model))
    return postgresql.insert(table_of(model))


def insert_missing(
    session: Session, model: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert the rows that break no unique constraint; the others stay as they are."""
    if rows:
        statement = insert_into(session, model).on_conflict_do_nothing()
        session.connection().execute(statement, rows)


def listed(session: Session, numbers: Sequence[int]) -> SQLColumnExpression[int]:
    """A column of these numbers, to select from: one parameter and one statement for them all."""
    if session.get_bind().dialect.name == "sqlite":
        text = ",".join(map(str, numbers))
        return func.json_each(f"[{text}]").table_valued(column("value", Integer)).c.value
    return func.unnest(literal(list(numbers), postgresql.ARRAY(BigInteger))).column_valued("value")


def listed_with_times(session: Session, times: Mapping[int, datetime | None]) -> FromClause:
    """Rows of a `number` and a time (`at`) to select from: one statement for them all."""
    if session.get_bind().dialect.name == "sqlite":
        naive = [at and at.astimezone(UTC).replace(tzinfo=None) for at in times.values()]
        texts = [at and at.isoformat(" ", "microseconds") for at in naive]
        rows = func.json_each(json_text(list(zip(times, texts, strict=True))))
        pair = rows.table_valued(column("value", Text)).c.value
        number, at = (func.json_extract(pair, f"$[{place}]") for place in range(2))
        return select(number.label("number"), at.label("at")).subquery()
    numbers = literal(list(times), postgresql.ARRAY(BigInteger))
    moments = literal(list(times.values()), postgresql.ARRAY(UtcDateTime))
    return func.unnest(numbers, moments).table_valued("number", "at").render_derived()


def is_one_of(
    session: Session, column: SQLColumnExpression[int], numbers: Sequence[int]
) -> ColumnElement[bool]:
    """Whether a column holds one of many numbers: few parameters, however many they are.

    Numbers without a gap are a range, which takes half the time that a list does.
    """
    if numbers and max(numbers) - min(numbers) + 1 == len(set(numbers)):
        return column.between(min(numbers), max(numbers))
    is_listed: ColumnElement[bool] = column.in_(select(listed(session, numbers)))
    return is_listed


def is_found_to_be(column: SQLColumnExpression[int], number: int) -> ColumnElement[bool]:
    """Whether a column holds a number, in rows that are found by another column.

    Beside a list of ids SQLite would rather look through all rows of a workspace. A sum is in no
    index.
    """
    is_number: ColumnElement[bool] = column + 0 == number
    return is_number


def is_one_of_texts(
    session: Session, column: SQLColumnExpression[str], texts: Sequence[str]
) -> ColumnElement[bool]:
    """Whether a column holds one of many texts, of which SQLite takes `LONGEST_LIST` at once.

    PostgreSQL gets them as one parameter: to read a thousand takes longer than to find them.
    """
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(texts)
    return column == any_(literal(list(texts), postgresql.ARRAY(Text)))


def as_stored(column: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
    """A column as the driver gives it. Times are text on SQLite, and naive: numpy reads both."""
    return type_coerce(column, NullType())


def rows_as_stored(session: Session, statement: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows of a select as the driver gives them: see `as_stored`. JSON is text on SQLite.

    SQLAlchemy would make an object of every row: for thousands that takes longer than reading them.
    """
    with session.connection().execute(statement) as result:
        return cast("list[tuple[Any, ...]]", result.cursor.fetchall())


def as_columns(rows: Sequence[Sequence[Any]], number: int) -> list[list[Any]]:
    """The so many columns of some rows.

    Thousands of arguments to `zip` are as many iterators at once, which the garbage collector then
    looks through: that takes several times as long.
    """
    return [list(map(itemgetter(place), rows)) for place in range(number)]


def documents_as_read(session: Session, stored: Sequence[Any]) -> Sequence[Any]:
    """JSON from `rows_as_stored` as what it stands for."""
    if session.get_bind().dialect.name != "sqlite":
        return stored  # the driver has read it
    documents: list[Any] = read_json(f"[{','.join(stored)}]")
    return documents


def times_as_stored(
    session: Session, times: npt.NDArray[np.datetime64]
) -> list[str | datetime | None]:
    """Naive UTC times (datetime64[us]) as the driver takes them; NaT is NULL."""
    known: list[datetime | None] = times.astype("datetime64[us]").tolist()
    if session.get_bind().dialect.name != "sqlite":
        return list(known)
    return [None if at is None else at.isoformat(" ", "microseconds") for at in known]


def execute_many(
    session: Session,
    statement: UpdateBase,
    rows: Iterable[Sequence[Any]],
    names: Sequence[str],
) -> None:
    """Execute a statement once for each row, whose values are given as the driver takes them.

    SQLAlchemy would look at every value of every row: for thousands of rows that takes longer than
    writing them.

    Args:
        names: of the parameters, in the order of the values: numbers, text, JSON as text, and times
            from `times_as_stored`.
    """
    connection = session.connection()
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    order = getattr(compiled, "positiontup", None)
    if order is None:
        given: Sequence[Any] = [dict(zip(names, row, strict=True)) for row in rows]
    else:
        given = list(map(itemgetter(*map(names.index, order)), rows))
    if given:
        connection.exec_driver_sql(str(compiled), given)


def table_of(model: type[DeclarativeBase]) -> Table:
    """The Core table of a model: what bulk statements work on, without the unit of work."""
    return cast("Table", model.__table__)
