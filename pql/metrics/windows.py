"""Which stretch of time counts for an account at a moment. Half-open, cut at `as_of`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from pql.definitions.model import Window

Moments = pd.DataFrame
"""Columns `as_of`, `trial_started_at` and `trial_ends_at`: naive UTC, NaT where unknown."""


def place(window: Window, moments: Moments) -> pd.DataFrame:
    """The columns `begin` and `end` of the window at each moment, with the index of `moments`.

    NaT in both where the window cannot be placed: one of the trial without a known trial start.
    `end` may lie before `begin`: nothing happened yet.
    """
    placed = _PLACINGS[window.kind](window.days, moments)
    return placed.where(placed["begin"].notna() & placed["end"].notna())


def _first_days(days: int | None, moments: Moments) -> pd.DataFrame:
    begin = moments["trial_started_at"]
    return _frame(begin, _earlier(begin + _span(days), moments["as_of"]))


def _last_days(days: int | None, moments: Moments) -> pd.DataFrame:
    return _frame(moments["as_of"] - _span(days), moments["as_of"])


def _whole_trial(_days: int | None, moments: Moments) -> pd.DataFrame:
    end = moments["trial_ends_at"].fillna(moments["as_of"])
    return _frame(moments["trial_started_at"], _earlier(end, moments["as_of"]))


_PLACINGS: Mapping[str, Callable[[int | None, Moments], pd.DataFrame]] = {
    "first": _first_days,
    "last": _last_days,
    "trial": _whole_trial,
}


def _span(days: int | None) -> pd.Timedelta:
    if days is None:
        raise ValueError("windows of kind first and last have a number of days")
    return pd.Timedelta(days=days)


def _earlier(left: pd.Series[Any], right: pd.Series[Any]) -> pd.Series[Any]:
    return left.where(left <= right, right)  # NaT in `left` gives `right`: callers rule it out


def _frame(begin: pd.Series[Any], end: pd.Series[Any]) -> pd.DataFrame:
    return pd.DataFrame({"begin": begin, "end": end}).astype("datetime64[us]")
