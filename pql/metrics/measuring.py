"""What accounts had done at given moments: for scores, benchmarks, cohorts and replay alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from pql.calendars import UTC_CALENDAR, Calendar, Times
from pql.definitions.model import Metric, Window
from pql.events.store import EventStore
from pql.metrics.aggregates import AGGREGATES
from pql.metrics.grouping import in_groups
from pql.metrics.query import MOMENTS, Receipt, Scope, Stretch, value_selects
from pql.metrics.recorded import known_events as find_known_events
from pql.metrics.windows import NO_TIME, Placed, place, sides

Windows = Mapping[Window, Placed]
Numbers = npt.NDArray[np.float64]


def measure(
    store: EventStore,
    workspace_id: int,
    metrics: Sequence[Metric],
    moments: pd.DataFrame,
    known_events: Collection[str] | None = None,
    *,
    receipt: Receipt | None = None,
    measured: Mapping[str, Numbers] | None = None,
    calendar: Calendar = UTC_CALENDAR,
) -> pd.DataFrame:
    """Each metric of each account at each moment.

    Args:
        moments: columns `moment_id` (int, unique), `account_id`, `as_of`, `trial_started_at` and
            `trial_ends_at` (naive UTC, NaT = unknown). One account may have several moments.
        known_events: the event names the workspace ever recorded; looked up where they are not
            given.
        receipt: count only what had been received by `known_by`, which moments may have as a
            column, and by `as_of` where they have not; left out, everything received since.
        measured: what is known already, by metric name: a number for each moment, NaN where it is
            not known. No event is looked at for these.
        calendar: by which days are counted; the workspace's own.

    Returns:
        Index `moment_id` in the order of `moments`, one float column for each metric by its name.
        NaN is unknown: the window cannot be placed, the workspace never recorded the event, or no
        event in the window has the property. Infinity is never (days since last, first time).

    Raises:
        EventsTooLarge: a metric needs more memory than the event store may take.
    """
    moments = moments.set_index("moment_id")
    measured = measured or {}
    placed = {window: place(window, moments, calendar) for window in {m.window for m in metrics}}
    asked = _asked(metrics, placed, measured)
    windows = {window: number for number, window in enumerate(asked)}
    upload = _upload(moments, asked, windows)
    scope = partial(
        Scope,
        workspace_id,
        windows=windows,
        receipt=receipt,
        days={window: _dates(each, calendar) for window, each in asked.items()},
        stretches=_stretches(asked),
        calendar=calendar,
        is_one_each=moments["account_id"].is_unique,
    )
    to_find = [metric for metric in metrics if metric.window in asked]
    found = {} if upload.empty else _values(store, to_find, upload, moments, scope)
    if known_events is None:
        shown = _events_shown(metrics, measured, found)
        known_events = shown | find_known_events(
            store, workspace_id, {metric.event for metric in metrics} - shown
        )
    columns = {
        metric.name: _finish(metric, found.get(metric.name), moments, placed[metric.window])
        if metric.event in known_events
        else np.full(len(moments), math.nan)
        for metric in metrics
    }
    for name, values in measured.items():
        columns[name] = np.where(np.isnan(values), columns[name], values)
    return pd.DataFrame(columns, index=moments.index, dtype="float64")


def _asked(metrics: Sequence[Metric], placed: Windows, measured: Mapping[str, Numbers]) -> Windows:
    """The windows in which anything is to be looked for, placed at those moments alone."""
    asked = {}
    for window, lies in placed.items():
        known = [measured.get(m.name, math.nan) for m in metrics if m.window == window]
        is_open = np.any([np.isnan(values) for values in known], axis=0)
        asked[window] = lies.where(is_open)
    return {window: lies for window, lies in asked.items() if not lies.is_unknown.all()}


def _values(
    store: EventStore,
    metrics: Sequence[Metric],
    upload: pd.DataFrame,
    moments: pd.DataFrame,
    scope_of: Callable[..., Scope],
) -> dict[str, Numbers]:
    """What the store found, by metric name, for each moment; without events it is the empty."""
    scope = scope_of(
        earliest=upload["earliest"].min().to_pydatetime(),
        latest=upload["latest"].max().to_pydatetime(),
    )
    values: dict[str, Numbers] = {}

    def compute(groups: Sequence[Sequence[Metric]]) -> list[tuple[Sequence[Metric], pd.DataFrame]]:
        selects = [each for group in groups for each in value_selects(group, scope)]
        frames = store.frames([statement for _, statement in selects], {MOMENTS: upload})
        return [(of, frame) for (of, _), frame in zip(selects, frames, strict=True)]

    for computed, frame in in_groups(metrics, compute):
        places = moments.index.get_indexer(pd.Index(frame["moment_id"]))
        of_moments = moments.iloc[places].set_axis(frame.index)
        for number, metric in enumerate(computed, start=1):
            kind = AGGREGATES[metric.aggregate.kind]
            column = values[metric.name] = np.full(len(moments), kind.empty)
            if len(places):
                column[places] = kind.finish(frame.iloc[:, number], of_moments, scope.calendar)
    return values


def _events_shown(
    metrics: Sequence[Metric], measured: Mapping[str, Numbers], found: Mapping[str, Numbers]
) -> set[str]:
    """Those of the metrics' events of which the numbers show that the workspace recorded them.

    Only about the others the store is to be asked. Of one never recorded no number is known.
    """
    return {
        metric.event
        for metric in metrics
        if (metric.name in found and _says_something(metric, found[metric.name]))
        or not np.isnan(measured.get(metric.name, math.nan)).all()
    }


def _says_something(metric: Metric, values: Numbers) -> bool:
    empty = AGGREGATES[metric.aggregate.kind].empty
    return not np.array_equal(values, np.full(len(values), empty), equal_nan=True)


def _dates(window: Placed, calendar: Calendar) -> int:
    """How many dates the window touches at most, wherever it is placed."""
    begin, end = map(calendar.dates, window)
    spans = (end - begin)[~window.is_unknown].astype(np.int64)
    return int(spans.max(initial=0)) + 1


def _stretches(placed: Windows) -> dict[Window, Stretch]:
    """From when to when each window reaches over all moments; it is placed for some."""
    return {
        window: Stretch(np.fmin.reduce(each.begin).item(), np.fmax.reduce(each.end).item())
        for window, each in placed.items()
    }


def _upload(moments: pd.DataFrame, placed: Windows, windows: Mapping[Window, int]) -> pd.DataFrame:
    """The moments with at least one placed window, as `query.py` describes them."""
    of_windows = sides(placed, windows)
    columns = {
        "moment_id": moments.index.to_numpy(),
        "account_id": moments["account_id"].to_numpy(),
        **of_windows,
        "earliest": _outermost(np.fmin, of_windows, "begin", len(moments)),
        "latest": _outermost(np.fmax, of_windows, "end", len(moments)),
        "known_by": moments.get("known_by", moments["as_of"]).to_numpy(),
    }
    is_placed = columns["earliest"] < columns["latest"]
    upload: pd.DataFrame = pd.DataFrame(columns)[is_placed]
    return upload


def _outermost(choose: np.ufunc, ends: Mapping[str, Times], side: str, size: int) -> Times:
    """The earliest or latest side of the placed windows of each moment."""
    outermost = np.full(size, NO_TIME)
    for name, times in ends.items():
        if name.startswith(side):
            outermost = choose(outermost, times)
    return outermost


def _finish(
    metric: Metric, found: Numbers | None, moments: pd.DataFrame, window: Placed
) -> Numbers:
    kind = AGGREGATES[metric.aggregate.kind]
    values = np.full(len(moments), kind.empty) if found is None else found
    unknown = window.is_unknown
    if kind.from_trial_start:
        unknown |= moments["trial_started_at"].isna().to_numpy()
    return np.where(unknown, math.nan, values)
