"""What `measure` must find, computed event by event in plain Python and pandas: slow and obvious."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pql.definitions.model import Metric, PropertyFilter, Window

DAY = pd.Timedelta(days=1)


def expected(
    events: Sequence[dict[str, Any]], metrics: Sequence[Metric], moments: pd.DataFrame
) -> pd.DataFrame:
    """The frame `measure` must return for the events of one workspace."""
    rows = {
        moment["moment_id"]: {metric.name: _value(events, metric, moment) for metric in metrics}
        for _, moment in moments.iterrows()
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=[m.name for m in metrics])
    return frame.astype("float64").rename_axis("moment_id")


def _value(events: Sequence[dict[str, Any]], metric: Metric, moment: pd.Series) -> float:
    activity = [e for e in events if e["kind"] in ("track", "page", "screen")]
    if not any(metric.event in ("any", e["name"]) for e in activity):
        return np.nan
    begin, end = _window(metric.window, moment)
    if pd.isna(begin) or pd.isna(end):
        return np.nan
    found = [
        e
        for e in activity
        if e["account_id"] == moment["account_id"]
        and not e["filtered"]
        and metric.event in ("any", e["name"])
        and begin <= e["occurred_at"] < end
        and all(_meets(e["values"], condition) for condition in metric.where)
    ]
    return _aggregate(metric, found, moment)


def _window(window: Window, moment: pd.Series) -> tuple[Any, Any]:
    start, as_of = moment["trial_started_at"], moment["as_of"]
    if window.kind == "last":
        return as_of - window.days * DAY, as_of
    if window.kind == "first":
        return start, min(start + window.days * DAY, as_of) if pd.notna(start) else pd.NaT
    end = moment["trial_ends_at"]
    return start, as_of if pd.isna(end) else min(end, as_of)


def _meets(values: dict[str, Any], condition: PropertyFilter) -> bool:
    found, wanted = values.get(condition.property), condition.value
    number = isinstance(found, int | float) and not isinstance(found, bool)
    match condition.operator:
        case "is":
            return _same(found, wanted)
        case "is_not":
            return not _same(found, wanted)
        case "in":
            return any(_same(found, one) for one in wanted)
        case "at_least":
            return number and found >= wanted
        case "at_most":
            return number and found <= wanted
    return (found is not None) == wanted


def _same(found: object, wanted: object) -> bool:
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def _aggregate(metric: Metric, found: list[dict[str, Any]], moment: pd.Series) -> float:
    times = pd.Series([e["occurred_at"] for e in found], dtype="datetime64[us]")
    numbers = pd.Series(_numbers(metric, found), dtype="float64")
    match metric.aggregate.kind:
        case "count":
            return len(found)
        case "distinct_contacts":
            return len({e["contact_id"] for e in found} - {None})
        case "distinct_days":
            return times.dt.normalize().nunique()
        case "sum":
            return numbers.sum(min_count=1) if found else 0
        case "max":
            return numbers.max()
        case "days_since_last":
            return (moment["as_of"] - times.max()) / DAY if found else np.inf
        case "first_time":
            if pd.isna(moment["trial_started_at"]):
                return np.nan
            return (times.min() - moment["trial_started_at"]) / DAY if found else np.inf
    return _contacts_active(metric, found)


def _numbers(metric: Metric, found: list[dict[str, Any]]) -> list[float]:
    values = [e["values"].get(metric.aggregate.property) for e in found]
    return [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]


def _contacts_active(metric: Metric, found: list[dict[str, Any]]) -> int:
    days, within = metric.aggregate.days, metric.aggregate.within
    active: dict[int, set[pd.Timestamp]] = {}
    for event in found:
        if event["contact_id"] is not None:
            day = pd.Timestamp(event["occurred_at"]).normalize()
            active.setdefault(event["contact_id"], set()).add(day)
    return sum(
        any(len([d for d in of if day <= d < day + within * DAY]) >= days for day in of)
        for of in active.values()
    )
