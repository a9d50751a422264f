"""Days from the trial's start to the first event in the window; infinite where there was none."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, func

from pql.calendars import Calendar
from pql.definitions.model import Aggregate
from pql.metrics.aggregates.kind import Events, Joined


def _column(_aggregate: Aggregate, events: Events) -> ColumnElement[Any]:
    return func.min(events.occurred_at).filter(events.belongs)


def _finish(first: pd.Series[Any], moments: pd.DataFrame, calendar: Calendar) -> pd.Series[float]:
    started, at = (each.to_numpy("datetime64[us]") for each in (moments["trial_started_at"], first))
    return pd.Series(calendar.ages(started, at), first.index).fillna(math.inf)


FIRST_TIME = Joined(
    column=_column, joined=np.minimum, empty=math.inf, finish=_finish, from_trial_start=True
)
