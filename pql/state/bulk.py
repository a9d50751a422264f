"""Many rows at once: `INSERT ... ON CONFLICT` for both engines, `IN` lists of bearable length."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    SQLColumnExpression,
    Table,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

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


def is_one_of(
    session: Session, column: SQLColumnExpression[int], numbers: Sequence[int]
) -> ColumnElement[bool]:
    """Whether a column holds one of many numbers: one parameter, however many they are."""
    is_listed: ColumnElement[bool] = column.in_(select(listed(session, numbers)))
    return is_listed


def table_of(model: type[DeclarativeBase]) -> Table:
    """The Core table of a model: what bulk statements work on, without the unit of work."""
    return cast("Table", model.__table__)
