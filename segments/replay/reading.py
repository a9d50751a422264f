"""Measuring the past with only what had been received by each moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pql.calendars import Calendar
from pql.definitions.model import Metric
from pql.events.store import EventStore
from pql.metrics.day_by_day.looks import DailyLooks, Table
from pql.metrics.day_by_day.measuring import Following, is_followed
from pql.metrics.measuring import measure
from pql.metrics.query import Receipt
from pql.metrics.recorded import find_receipt, first_known

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PastEvents:
    """A workspace's events as they were known. `first_known`: since when, by event name."""

    store: EventStore
    workspace_id: int
    receipt: Receipt
    first_known: pd.Series[Any]
    calendar: Calendar

    def measure(self, metrics: Iterable[Metric], moments: pd.DataFrame) -> Mapping[Metric, Values]:
        """Each metric at each moment, by its `meaning`; `moments` as `measure` takes them.

        An event name that had never been recorded by then makes its metrics unknown.
        """
        distinct = sorted({meaning(metric) for metric in metrics}, key=repr)
        named = [replace(metric, name=str(number)) for number, metric in enumerate(distinct)]
        numbered = moments.reset_index(drop=True).rename_axis("moment_id").reset_index()
        measured = measure(
            self.store,
            self.workspace_id,
            named,
            numbered,
            frozenset(self.first_known.index),
            receipt=self.receipt,
            calendar=self.calendar,
        )
        known_by = numbered.get("known_by", numbered["as_of"]).to_numpy()
        return {
            metric: self.known(metric, measured[each.name].to_numpy(), known_by)
            for metric, each in zip(distinct, named, strict=True)
        }

    def follow(
        self, metrics: Iterable[Metric], tracks: pd.DataFrame, looks: DailyLooks
    ) -> Followed:
        """Each metric on each track at each look; `tracks` as `Following.follow` takes them."""
        distinct = {meaning(metric) for metric in metrics}
        followed = [metric for metric in sorted(distinct, key=repr) if is_followed(metric)]
        known_events = frozenset(self.first_known.index)
        following = Following(
            self.store, self.workspace_id, looks, known_events, self.receipt, self.calendar
        )
        tables = following.follow(followed, tracks)
        return Followed(self, tables, distinct.difference(followed))

    def known(self, metric: Metric, values: Values, known_by: npt.NDArray[Any]) -> Values:
        """The values where the metric's event had been recorded by then, NaN at other moments."""
        since = self.first_known.get(metric.event)
        if since is None:
            return values
        return np.where(known_by > np.datetime64(since), values, np.nan)


@dataclass(frozen=True, slots=True)
class Followed:
    """What was found at every look, and which metrics have to be measured at each by itself."""

    events: PastEvents
    tables: Mapping[Metric, Table]
    others: Set[Metric]

    def at(self, moments: pd.DataFrame) -> Mapping[Metric, Values]:
        """Each metric at some moments, by its `meaning`: those have a `track` and a `look`."""
        where = moments["track"].to_numpy(), moments["look"].to_numpy()
        known_by = moments["as_of"].to_numpy()
        followed = {
            metric: self.events.known(metric, table[where], known_by)
            for metric, table in self.tables.items()
        }
        return followed | dict(self.events.measure(self.others, moments) if self.others else {})


def read_past_events(store: EventStore, workspace_id: int, calendar: Calendar) -> PastEvents:
    """What of a workspace's events was known when."""
    receipt = find_receipt(store, workspace_id)
    since = first_known(store, workspace_id, receipt)
    return PastEvents(store, workspace_id, receipt, since, calendar)


def meaning(metric: Metric) -> Metric:
    """The metric without what it is called: two files may name the same number differently."""
    return replace(metric, name="", description="", owner="")


def values_by_name(
    metrics: Sequence[Metric], measured: Mapping[Metric, Values]
) -> dict[str, Values]:
    """The measured values under the names that a file gives its metrics."""
    return {metric.name: measured[meaning(metric)] for metric in metrics}
