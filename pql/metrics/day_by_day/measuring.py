"""The values of metrics at each look, as `pql.metrics.measuring.measure` would find them there."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pql.calendars import UTC_CALENDAR, Calendar
from pql.definitions.model import Metric
from pql.events.store import AnySelect, EventStore
from pql.metrics.aggregates import AGGREGATES, AggregateKind, Distinct, Joined
from pql.metrics.day_by_day.looks import DailyLooks, Stretches, Table
from pql.metrics.day_by_day.query import Grid, distinct_select, joined_select
from pql.metrics.day_by_day.spreading import Values, count_at_each, spread, united
from pql.metrics.day_by_day.tracks import LAST_DAYS, Tracks
from pql.metrics.grouping import in_groups
from pql.metrics.query import MOMENTS, Receipt, Scope

Flags = npt.NDArray[np.bool_]

TIME = "M"
NO_TIME = np.iinfo(np.int64).min  # numpy's NaT


def is_followed(metric: Metric) -> bool:
    """Whether `follow` measures it: what its events come to can be told from day to day."""
    return isinstance(AGGREGATES[metric.aggregate.kind], Joined | Distinct)


@dataclass(frozen=True, slots=True)
class Following:
    """Whose events are followed over which looks; the rest as in `measure`."""

    store: EventStore
    workspace_id: int
    looks: DailyLooks
    known_events: Collection[str]
    receipt: Receipt
    calendar: Calendar = UTC_CALENDAR

    def follow(self, metrics: Sequence[Metric], frame: pd.DataFrame) -> Mapping[Metric, Table]:
        """Each metric on each track at each look, with what had been received by then.

        Args:
            metrics: some that are followed.
            frame: a row for each track: columns `account_id`, `first` and `end` (which looks
                matter: the values at others mean nothing), `trial_started_at` and `trial_ends_at`
                (naive UTC, NaT = unknown). One account may have several tracks.

        Returns:
            NaN, infinity and zero mean what they mean to `measure`.

        Raises:
            EventsTooLarge: a metric needs more memory than the event store may take.
        """
        unknown = np.full((len(frame), self.looks.count), math.nan)
        tables = dict.fromkeys(metrics, unknown)
        for together in _passes([m for m in metrics if m.event in self.known_events]):
            tables |= in_groups(together, partial(self._tables, frame))
        return tables

    def _tables(
        self, frame: pd.DataFrame, groups: Sequence[Sequence[Metric]]
    ) -> dict[Metric, Table]:
        tables: dict[Metric, Table] = {}
        for together in groups:
            windows = (metric.window for metric in together)
            tracks = Tracks(frame.reset_index(drop=True), windows, self.looks, self.calendar)
            if len(tracks.upload):
                tables |= dict(_Pass(self, tracks).tables(together))
        return tables


def _passes(metrics: Sequence[Metric]) -> Iterator[list[Metric]]:
    """Metrics that are found in one pass over the events, which reads no more than they need."""
    together = []
    for metric in metrics:
        if isinstance(AGGREGATES[metric.aggregate.kind], Distinct):
            yield [metric]
        else:
            together.append(metric)
    if together:
        yield together


class _Pass:
    def __init__(self, following: Following, tracks: Tracks) -> None:
        self._store = following.store
        self._tracks = tracks
        self._grid = Grid(following.looks, tracks.reach, following.receipt)
        self._scope = Scope(
            following.workspace_id,
            tracks.upload["earliest"].min().to_pydatetime(),
            tracks.upload["latest"].max().to_pydatetime(),
            tracks.windows,
            following.receipt,
            calendar=following.calendar,
        )

    def tables(self, metrics: Sequence[Metric]) -> Iterator[tuple[Metric, Table]]:
        together: list[tuple[Metric, Joined]] = []
        for metric in metrics:
            match AGGREGATES[metric.aggregate.kind]:
                case Joined() as kind:
                    together.append((metric, kind))
                case Distinct() as distinct:
                    yield metric, self._distinct(metric, distinct)
        if together:
            yield from self._joined(together)

    def _distinct(self, metric: Metric, kind: Distinct) -> Table:
        found = self._read(distinct_select(metric, kind, self._scope, self._grid))
        found = self._while_they_count(metric, found)
        different = united(_stretches(found), found["thing"].to_numpy())
        counts = count_at_each(different, self._tracks.shape)
        return self._finish(metric, kind, pd.Series(counts.ravel()), counts > 0)

    def _joined(self, together: Sequence[tuple[Metric, Joined]]) -> Iterator[tuple[Metric, Table]]:
        found = self._read(joined_select(together, self._scope, self._grid))
        for number, (metric, kind) in enumerate(together):
            columns = {f"value_{number}": "value", f"events_{number}": "events"}
            mine = found[found[f"events_{number}"] > 0].rename(columns=columns)
            yield metric, self._table(metric, kind, self._while_they_count(metric, mine))

    def _table(self, metric: Metric, kind: Joined, found: pd.DataFrame) -> Table:
        shape, with_value = self._tracks.shape, found[found["value"].notna()]
        stretches, values = _stretches(with_value), with_value["value"]
        table = spread(stretches, _as_numbers(values), kind.joined, shape)
        has_value = count_at_each(stretches, shape) > 0
        has_events = has_value
        if len(with_value) < len(found):
            has_events = count_at_each(_stretches(found), shape) > 0
        column = _as_told(values, table.ravel(), has_value.ravel())
        return self._finish(metric, kind, column, has_events)

    def _finish(
        self, metric: Metric, kind: AggregateKind, values: pd.Series[Any], has_events: Flags
    ) -> Table:
        told = kind.finish(values, self._tracks.moments, self._scope.calendar).to_numpy(
            dtype="float64"
        )
        table: Table = np.where(has_events, told.reshape(has_events.shape), kind.empty)
        table[~self._tracks.is_placed(metric.window)] = math.nan
        if kind.from_trial_start:
            table[~self._tracks.has_begun] = math.nan
        return table

    def _while_they_count(self, metric: Metric, found: pd.DataFrame) -> pd.DataFrame:
        """With the looks `begin` to `end`; an event leaves the last N days N looks later."""
        end = pd.Series(self._tracks.looks.count, found.index)
        if metric.window.kind == LAST_DAYS:
            end = end.clip(upper=found["happened"] + (metric.window.days or 0))
        found = found.assign(begin=found["seen_from"], end=end)
        return found[found["begin"] < found["end"]]

    def _read(self, statement: AnySelect) -> pd.DataFrame:
        return self._store.frame(statement, {MOMENTS: self._tracks.upload})


def _stretches(found: pd.DataFrame) -> Stretches:
    return Stretches(*(found[name].to_numpy() for name in ("moment_id", "begin", "end")))


def _as_numbers(values: pd.Series[Any]) -> Values:
    """Times as microseconds."""
    if values.dtype.kind == TIME:
        return values.astype("datetime64[us]").astype("int64").to_numpy()
    return values.to_numpy()


def _as_told(values: pd.Series[Any], numbers: Values, has_value: Flags) -> pd.Series[Any]:
    """The numbers as the values were, NaN or NaT where there is none."""
    if values.dtype.kind == TIME:
        whole = np.where(has_value, numbers, NO_TIME).astype("int64")
        return pd.Series(whole.view("datetime64[us]"))
    return pd.Series(np.where(has_value, numbers, math.nan))
