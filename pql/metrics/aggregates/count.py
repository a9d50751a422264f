"""How many events."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, func

from pql.definitions.model import Aggregate
from pql.metrics.aggregates.kind import Events, Joined


def _column(_aggregate: Aggregate, events: Events) -> ColumnElement[Any]:
    return func.count().filter(events.belongs)


COUNT = Joined(column=_column, joined=np.add, empty=0.0)
