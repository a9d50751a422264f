"""What accounts had done at given moments: for scores, benchmarks, cohorts and replay alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from pql.definitions.model import Metric, Window
from pql.events.store import EventStore
from pql.metrics.aggregates import AGGREGATES
from pql.metrics.query import MOMENTS, Receipt, Scope, value_selects
from pql.metrics.recorded import known_events as find_known_events
from pql.metrics.windows import place

Placed = Mapping[Window, pd.DataFrame]


def measure(
    store: EventStore,
    workspace_id: int,
    metrics: Sequence[Metric],
    moments: pd.DataFrame,
    known_events: Collection[str] | None = None,
    *,
    receipt: Receipt | None = None,
) -> pd.DataFrame:
    """Each metric of each account at each moment.

    Args:
        moments: columns `moment_id` (int, unique), `account_id`, `as_of`, `trial_started_at` and
            `trial_ends_at` (naive UTC, NaT = unknown). One account may have several moments.
        known_events: the event names the workspace ever recorded; looked up where they are not
            given.
        receipt: count only what had been received by `known_by`, which moments may have as a
            column, and by `as_of` where they have not; left out, everything received since.

    Returns:
        Index `moment_id` in the order of `moments`, one float column for each metric by its name.
        NaN is unknown: the window cannot be placed, the workspace never recorded the event, or no
        event in the window has the property. Infinity is never (days since last, first time).
    """
    moments = moments.set_index("moment_id")
    if known_events is None:
        known_events = find_known_events(store, workspace_id, {m.event for m in metrics})
    placed = {window: place(window, moments) for window in {m.window for m in metrics}}
    windows = {window: number for number, window in enumerate(placed)}
    upload = _upload(moments, placed, windows)
    scope = partial(
        Scope,
        workspace_id,
        windows=windows,
        receipt=receipt,
        days={window: _days(each) for window, each in placed.items()},
        is_one_each=moments["account_id"].is_unique,
    )
    values = {} if upload.empty else _values(store, metrics, upload, scope)
    columns = {
        metric.name: _finish(metric, values.get(metric.name), moments, placed[metric.window])
        if metric.event in known_events
        else pd.Series(math.nan, index=moments.index)
        for metric in metrics
    }
    return pd.DataFrame(columns, index=moments.index, dtype="float64")


def _values(
    store: EventStore,
    metrics: Sequence[Metric],
    upload: pd.DataFrame,
    scope_of: Callable[..., Scope],
) -> dict[str, pd.Series[Any]]:
    """What the store found, by metric name and `moment_id`; moments without events are missing."""
    scope = scope_of(
        earliest=upload["earliest"].min().to_pydatetime(),
        latest=upload["latest"].max().to_pydatetime(),
    )
    values: dict[str, pd.Series[Any]] = {}
    for computed, statement in value_selects(metrics, scope):
        frame = store.frame(statement, {MOMENTS: upload}).set_index("moment_id")
        values |= {m.name: frame.iloc[:, number] for number, m in enumerate(computed)}
    return values


def _days(window: pd.DataFrame) -> int:
    """How many UTC days the window touches at most, wherever it is placed."""
    spans = window["end"].dt.floor("D") - window["begin"].dt.floor("D")
    longest = spans.max()
    return 1 if pd.isna(longest) else max(longest.days, 0) + 1


def _upload(moments: pd.DataFrame, placed: Placed, windows: Mapping[Window, int]) -> pd.DataFrame:
    """The moments with at least one placed window, as `query.py` describes them."""
    sides = {
        f"{side}_{number}": placed[window][side]
        for window, number in windows.items()
        for side in ("begin", "end")
    }
    upload = pd.DataFrame({"account_id": moments["account_id"], **sides})
    upload["earliest"] = upload.filter(like="begin_").min(axis=1)
    upload["latest"] = upload.filter(like="end_").max(axis=1)
    upload["known_by"] = moments.get("known_by", moments["as_of"])
    return upload[upload["earliest"] < upload["latest"]].reset_index()


def _finish(
    metric: Metric,
    found: pd.Series[Any] | None,
    moments: pd.DataFrame,
    window: pd.DataFrame,
) -> pd.Series[float]:
    kind = AGGREGATES[metric.aggregate.kind]
    values = pd.Series(kind.empty, index=moments.index, dtype="float64")
    if found is not None and not found.empty:
        values.loc[found.index] = kind.finish(found, moments.loc[found.index])
    unknown = window["begin"].isna()
    if kind.from_trial_start:
        unknown |= moments["trial_started_at"].isna()
    return values.mask(unknown)
