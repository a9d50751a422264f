"""Days from the last event to the moment; infinite where there was none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, func

from pql.calendars import Calendar
from pql.definitions.model import Aggregate
from pql.metrics.aggregates.kind import Events, Joined, in_days


def _column(_aggregate: Aggregate, events: Events) -> ColumnElement[Any]:
    return func.max(events.occurred_at).filter(events.belongs)


def _finish(last: pd.Series[Any], moments: pd.DataFrame, _calendar: Calendar) -> pd.Series[float]:
    return in_days(moments["as_of"] - last).fillna(math.inf)


DAYS_SINCE_LAST = Joined(column=_column, joined=np.maximum, empty=math.inf, finish=_finish)
