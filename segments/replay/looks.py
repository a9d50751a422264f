"""When the past is looked at: once a day, at the same time of day, up to now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from pql.metrics.day_by_day.looks import DailyLooks

DAYS_A_WEEK = 7
A_DAY = pd.Timedelta(days=1)

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of some weeks, numbered from 0. Look 0 tells what was so when the weeks began.

    Times are naive UTC. Week 0 has the looks 1 to 7.
    """

    last: pd.Timestamp
    weeks: int

    @property
    def count(self) -> int:
        """How many there are."""
        return self.weeks * DAYS_A_WEEK + 1

    def at(self, look: int) -> pd.Timestamp:
        """When the look of this number is."""
        return self.last - (self.count - 1 - look) * A_DAY

    @property
    def first(self) -> pd.Timestamp:
        """When look 0 is."""
        return self.at(0)

    @property
    def daily(self) -> DailyLooks:
        """All of them."""
        return DailyLooks(self.first, self.count)

    def parts(self) -> Iterator[range]:
        """The looks that share their benchmarks: seven at a time, and the last one by itself."""
        for start in range(0, self.count - 1, DAYS_A_WEEK):
            yield range(start, start + DAYS_A_WEEK)
        yield range(self.count - 1, self.count)


def aware(moment: datetime) -> datetime:
    """A moment as frames hold it, saying that it is UTC."""
    return pd.Timestamp(moment).to_pydatetime().replace(tzinfo=UTC)


def week_of(looks: Numbers) -> Numbers:
    """The week of each look; -1 for look 0, which is before the first."""
    weeks: Numbers = (looks - 1) // DAYS_A_WEEK
    return weeks
