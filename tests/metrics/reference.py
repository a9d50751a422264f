"""What `measure` must find, computed event by event in Python and pandas: slow and obvious."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pql.comparison import as_number
from pql.definitions.model import Metric, PropertyFilter, Window
from pql.paths import value_at
from pql.rules.comparing import compare_values
from pql.rules.states import MET

DAY = pd.Timedelta(days=1)
Found = list[dict[str, Any]]


def expected(
    events: Sequence[dict[str, Any]],
    metrics: Sequence[Metric],
    moments: pd.DataFrame,
    zone: str = "UTC",
) -> pd.DataFrame:
    """The frame `measure` must return for the events of one workspace."""
    moments = moments.assign(zone=zone)
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
    length = (window.days or 0) * DAY
    if window.kind == "last":
        return as_of - length, as_of
    if window.kind == "first":
        end = day_end(start, window.days or 0, moment["zone"]) if pd.notna(start) else pd.NaT
        return start, min(end, as_of) if pd.notna(start) else pd.NaT
    end = moment["trial_ends_at"]
    return start, as_of if pd.isna(end) else min(end, as_of)


def day_end(start: pd.Timestamp, days: int, zone: str) -> pd.Timestamp:
    """When a day of a trial ends: the clock shows what it showed at the start, days later."""
    shown = start.tz_localize("UTC").tz_convert(zone).tz_localize(None) + days * DAY
    return shown.tz_localize(zone, ambiguous=True).tz_convert("UTC").tz_localize(None)


def _dates(found: Found, moment: pd.Series) -> pd.Series:
    shown = _times(found).dt.tz_localize("UTC").dt.tz_convert(moment["zone"])
    dates: pd.Series = shown.dt.tz_localize(None).dt.normalize()
    return dates


def _meets(values: dict[str, Any], condition: PropertyFilter) -> bool:
    """Properties are compared as a rule compares traits; what is unknown to it is not met."""
    operator = "is" if condition.operator == "is_not" else condition.operator
    found = value_at(values, condition.property)
    is_met = compare_values(operator, [found], condition.value)[0] == MET
    return bool(is_met) != (condition.operator == "is_not")


def _aggregate(metric: Metric, found: Found, moment: pd.Series) -> float:
    return AGGREGATED[metric.aggregate.kind](metric, found, moment)


def _distinct_contacts(_metric: Metric, found: Found, _moment: pd.Series) -> float:
    return len({event["contact_id"] for event in found} - {None})


def _sum(metric: Metric, found: Found, _moment: pd.Series) -> float:
    return _numbers(metric, found).sum(min_count=1) if found else 0


def _days_since_last(_metric: Metric, found: Found, moment: pd.Series) -> float:
    return (moment["as_of"] - _times(found).max()) / DAY if found else np.inf


def _first_time(_metric: Metric, found: Found, moment: pd.Series) -> float:
    if pd.isna(moment["trial_started_at"]):
        return np.nan
    if not found:
        return np.inf
    first, start, zone = _times(found).min(), moment["trial_started_at"], moment["zone"]
    if first < start:
        return float((first - start) / DAY)
    days = 0
    while day_end(start, days + 1, zone) <= first:
        days += 1
    begin, end = (day_end(start, day, zone) for day in (days, days + 1))
    return float(days + (first - begin) / (end - begin))


def _contacts_active(metric: Metric, found: Found, moment: pd.Series) -> float:
    days, within = metric.aggregate.days or 0, metric.aggregate.within or 0
    active: dict[int, set[pd.Timestamp]] = {}
    for event, day in zip(found, _dates(found, moment), strict=True):
        if event["contact_id"] is not None:
            active.setdefault(event["contact_id"], set()).add(day)
    return sum(
        any(len([d for d in of if day <= d < day + within * DAY]) >= days for day in of)
        for of in active.values()
    )


AGGREGATED: dict[str, Callable[[Metric, Found, pd.Series], float]] = {
    "count": lambda _metric, found, _moment: len(found),
    "distinct_contacts": _distinct_contacts,
    "distinct_days": lambda _metric, found, moment: _dates(found, moment).nunique(),
    "sum": _sum,
    "max": lambda metric, found, _moment: _numbers(metric, found).max(),
    "days_since_last": _days_since_last,
    "first_time": _first_time,
    "contacts_active": _contacts_active,
}


def _times(found: Found) -> pd.Series:
    return pd.Series([event["occurred_at"] for event in found], dtype="datetime64[us]")


def _numbers(metric: Metric, found: Found) -> pd.Series:
    name = metric.aggregate.property or ""
    values = [as_number(value_at(event["values"], name)) for event in found]
    return pd.Series([v for v in values if v is not None and np.isfinite(v)], dtype="float64")
