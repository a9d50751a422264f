"""Which stretch of time counts for an account at a moment. Half-open, cut at `as_of`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pql.calendars import Calendar, Times
from pql.definitions.model import Window

Moments = pd.DataFrame
"""Columns `as_of`, `trial_started_at` and `trial_ends_at`: naive UTC, NaT where unknown."""


class Placed(NamedTuple):
    """Where a window lies at each of some moments; NaT in both where it cannot be placed.

    `end` may lie before `begin`: nothing happened yet.
    """

    begin: Times
    end: Times

    @property
    def is_unknown(self) -> npt.NDArray[np.bool_]:
        """At which moments it cannot be placed."""
        return np.isnat(self.begin)

    def where(self, chosen: npt.NDArray[np.bool_] | np.bool_) -> Placed:
        """The same at the chosen moments, and not to be placed at the others."""
        return Placed(*(np.where(chosen, times, NO_TIME) for times in self))

    def same(self, other: Placed) -> npt.NDArray[np.bool_]:
        """At which moments it lies where the other does."""
        same: npt.NDArray[np.bool_] = (self.begin == other.begin) & (self.end == other.end)
        return same


def place(window: Window, moments: Moments, calendar: Calendar) -> Placed:
    """Where the window lies at each moment; one of the trial needs a known trial start.

    The first days are days of the trial by the calendar, the last ones 24 hours each.
    """
    match window.kind:
        case "first":
            begin, end = _first_days(_days(window), moments, calendar)
        case "last":
            begin, end = _last_days(_days(window), moments)
        case _:
            begin, end = _whole_trial(moments)
    unknown = np.isnat(begin) | np.isnat(end)
    return Placed(np.where(unknown, NO_TIME, begin), np.where(unknown, NO_TIME, end))


def sides(placed: Mapping[Window, Placed], numbers: Mapping[Window, int]) -> dict[str, Times]:
    """The sides of numbered windows by the names that `pql.metrics.query` knows them by."""
    return {
        f"{side}_{number}": times
        for window, number in numbers.items()
        for side, times in placed[window]._asdict().items()
    }


def _first_days(days: int, moments: Moments, calendar: Calendar) -> tuple[Times, Times]:
    begin = _times(moments, "trial_started_at")
    return begin, np.minimum(calendar.day_ends(begin, days), _times(moments, "as_of"))


def _last_days(days: int, moments: Moments) -> tuple[Times, Times]:
    end = _times(moments, "as_of")
    return end - np.timedelta64(days, "D"), end


def _whole_trial(moments: Moments) -> tuple[Times, Times]:
    # Of a time and none, fmin is the time: no end is known, or it lies ahead.
    end = np.fmin(_times(moments, "trial_ends_at"), _times(moments, "as_of"))
    return _times(moments, "trial_started_at"), end


NO_TIME = np.datetime64("NaT", "us")


def _times(moments: Moments, name: str) -> Times:
    # Not by pandas: for a thousand accounts its bookkeeping takes longer than the arithmetic.
    return moments[name].to_numpy(dtype="datetime64[us]")


def _days(window: Window) -> int:
    if window.days is None:
        raise ValueError("windows of kind first and last have a number of days")
    return window.days
