"""On how many different UTC days."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func

from pql.definitions.model import Aggregate
from pql.metrics.aggregates.kind import Events, InOnePass


def _column(_aggregate: Aggregate, events: Events) -> ColumnElement[Any]:
    return func.count(cast(events.occurred_at, Date).distinct()).filter(events.belongs)


DISTINCT_DAYS = InOnePass(column=_column, empty=0.0)
