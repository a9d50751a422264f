"""The sum of a property. Events without it add nothing; where all are without, it is unknown."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, case, func

from pql.definitions.model import Aggregate
from pql.events.functions import AccurateSum
from pql.metrics.aggregates.kind import Events, Joined


def _column(aggregate: Aggregate, events: Events) -> ColumnElement[Any]:
    no_events = func.count().filter(events.belongs) == 0
    return case((no_events, 0.0), else_=AccurateSum(events.number(aggregate.property)))


SUM = Joined(column=_column, joined=np.add, empty=0.0)
