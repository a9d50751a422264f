"""On how many different dates, by the calendar of the workspace."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, cast, func

from pql.definitions.model import Aggregate
from pql.events.functions import DifferentNumbers
from pql.metrics.aggregates.kind import Distinct, Events

MOST_BITS = 1_000
"""Days that are told apart by a bit each, for every moment; more are told apart in a table."""


def _column(_aggregate: Aggregate, events: Events) -> ColumnElement[Any]:
    day = _day(events)
    if events.days is None or events.days > MOST_BITS:
        return func.count(case((events.belongs, day)).distinct())
    since = cast(day - events.date_of(events.begin), BigInteger)
    return DifferentNumbers(case((events.belongs, since)), events.days)


def _day(events: Events) -> ColumnElement[Any]:
    return events.date


DISTINCT_DAYS = Distinct(column=_column, thing=_day, empty=0.0)
