"""How many events."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func

from pql.definitions.model import Aggregate
from pql.metrics.aggregates.kind import Events, InOnePass


def _column(_aggregate: Aggregate, events: Events) -> ColumnElement[Any]:
    return func.count().filter(events.belongs)


COUNT = InOnePass(column=_column, empty=0.0)
