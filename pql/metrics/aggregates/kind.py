"""What an aggregate consists of, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, FromClause, case
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

from pql.calendars import Calendar
from pql.definitions.model import Aggregate
from pql.events.store import AnySelect
from pql.metrics.properties import NUMBER, Values

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Events:
    """Events joined to moments: a row for each event in the windows of a moment.

    The columns come from `rows` under the condition `scope`: `columns` are those of the event, by
    their names in the event store, `values` its properties. `belongs` says whether the event is one
    of the metric's and inside its window, which begins at `begin` and touches at most `days` dates;
    `None` where that is not told. `date_of` makes a date of a time, by the workspace's calendar.
    """

    rows: FromClause
    scope: ColumnElement[bool]
    belongs: ColumnElement[bool]
    moment_id: ColumnElement[int]
    columns: ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]
    values: Values
    begin: ColumnElement[Any]
    days: int | None
    date_of: Callable[[ColumnElement[Any]], ColumnElement[Any]]

    @property
    def contact_id(self) -> ColumnElement[Any]:
        """Whose event it is; NULL is nobody's."""
        return self.columns["contact_id"]

    @property
    def occurred_at(self) -> ColumnElement[Any]:
        """When it happened."""
        return self.columns["occurred_at"]

    @property
    def date(self) -> ColumnElement[Any]:
        """On which date it happened."""
        return self.date_of(self.occurred_at)

    def number(self, name: str | None) -> ColumnElement[Any]:
        """A property of the events that belong, NULL for the others."""
        return case((self.belongs, self.values.get(name, NUMBER)))


def as_number(
    values: pd.Series[Any], _moments: pd.DataFrame, _calendar: Calendar
) -> pd.Series[float]:
    """The column as it is; NULL is unknown."""
    return values.astype("float64")


def in_days(spans: pd.Series[Any]) -> pd.Series[float]:
    """Time spans as days and fractions of them; NaT is NaN."""
    seconds: pd.Series[float] = spans.dt.total_seconds()
    return seconds / SECONDS_PER_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateKind:
    """What every aggregate has.

    `empty` is the value of a window without any event of the metric. `finish` makes numbers of what
    the store found, given the moments with the same index and the workspace's calendar.
    `from_trial_start` says that the value is unknown without one, whatever the window.
    How a file says it: `pql.definitions.grammar`.
    """

    empty: float
    finish: Callable[[pd.Series[Any], pd.DataFrame, Calendar], pd.Series[float]] = as_number
    from_trial_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InOnePass(AggregateKind):
    """An aggregate that is one column of the select all metrics share.

    `is_heavy` says that it takes as long as the rest of the select, whichever events belong.
    """

    is_heavy: bool = False
    column: Callable[[Aggregate, Events], ColumnElement[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(InOnePass):
    """Such an aggregate whose value for all events is that for some `joined` with that for others.

    Where none of the events has a value, the column is NULL.
    """

    joined: np.ufunc


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinct(InOnePass):
    """Such an aggregate that counts how many different things events have; NULL is none."""

    thing: Callable[[Events], ColumnElement[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnItsOwn(AggregateKind):
    """An aggregate that needs a select of its own, with the columns `moment_id` and `value`."""

    select: Callable[[Aggregate, Events], AnySelect]
