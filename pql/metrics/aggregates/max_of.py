"""The largest value of a property; unknown where there is none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, func

from pql.definitions.model import Aggregate
from pql.metrics.aggregates.kind import Events, Joined


def _column(aggregate: Aggregate, events: Events) -> ColumnElement[Any]:
    return func.max(events.number(aggregate.property))


MAX = Joined(column=_column, joined=np.maximum, empty=math.nan)
