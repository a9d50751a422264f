"""Accounts over a time in which their trials were known as the same, with their windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from pql.calendars import Calendar
from pql.definitions.model import Window
from pql.metrics.day_by_day.looks import DailyLooks
from pql.metrics.windows import Placed, place, sides

LAST_DAYS = "last"


class Tracks:
    """Tracks, and each window as wide as all of their looks need it.

    Args:
        frame: see `Following.follow`.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        windows: Iterable[Window],
        looks: DailyLooks,
        calendar: Calendar,
    ) -> None:
        self.looks, self._calendar = looks, calendar
        self.windows: Mapping[Window, int] = {
            window: number for number, window in enumerate(dict.fromkeys(windows))
        }
        self._frame = frame
        self._first, self._last = looks.times(frame["first"]), looks.times(frame["end"] - 1)
        self._placed = {window: self._place(window) for window in self.windows}

    @property
    def shape(self) -> tuple[int, int]:
        """Of the tables: tracks and looks."""
        return len(self._frame), self.looks.count

    @property
    def reach(self) -> int:
        """How many days before a look anything counts that may leave a window again."""
        return max((w.days or 0 for w in self.windows if w.kind == LAST_DAYS), default=0)

    def is_placed(self, window: Window) -> npt.NDArray[np.bool_]:
        """Whether each track has the window at all: one of the trial needs a trial start."""
        return ~self._placed[window].is_unknown

    @property
    def has_begun(self) -> npt.NDArray[np.bool_]:
        """Whether the start of each trial is known."""
        return self._frame["trial_started_at"].notna().to_numpy()

    @cached_property
    def upload(self) -> pd.DataFrame:
        """The tracks that have any window, as `pql.metrics.query` describes moments."""
        of_windows = sides(self._placed, self.windows)
        upload = pd.DataFrame({"account_id": self._frame["account_id"], **of_windows})
        upload["earliest"] = upload.filter(like="begin_").min(axis=1)
        upload["latest"] = upload.filter(like="end_").max(axis=1)
        upload["known_by"] = self._last
        upload = upload.rename_axis("moment_id").reset_index()
        return upload[upload["earliest"].notna()]

    @cached_property
    def moments(self) -> pd.DataFrame:
        """Each track at each look, one track after the other, with what values are told from."""
        rows, looks = self.shape
        as_of = self.looks.times(pd.Series(range(looks))).to_numpy()
        started = self._frame["trial_started_at"].to_numpy()
        return pd.DataFrame(
            {"as_of": np.tile(as_of, rows), "trial_started_at": np.repeat(started, looks)}
        )

    def _place(self, window: Window) -> Placed:
        at_first, at_last = (
            place(window, self._frame.assign(as_of=as_of), self._calendar)
            for as_of in (self._first, self._last)
        )
        return Placed(at_first.begin, at_last.end)
