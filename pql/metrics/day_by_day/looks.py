"""Looks a day apart, and the stretches of them at which something counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

A_DAY = pd.Timedelta(days=1)

Places = npt.NDArray[np.int64]

Table = npt.NDArray[np.float64]
"""A row for each track and a column for each look."""


@dataclass(frozen=True, slots=True)
class DailyLooks:
    """`count` looks, the first of them at `first` (naive UTC), numbered from 0."""

    first: pd.Timestamp
    count: int

    def times(self, numbers: pd.Series[int]) -> pd.Series[Any]:
        """When the looks of these numbers are."""
        return (self.first + numbers * A_DAY).astype("datetime64[us]")


@dataclass(frozen=True, slots=True)
class Stretches:
    """Something counts in a row of a table, at the looks from `begin` to before `end`.

    An entry for each of them in every column.
    """

    row: Places
    begin: Places
    end: Places

    def __getitem__(self, chosen: Any) -> Stretches:
        """Those in some places."""
        return Stretches(self.row[chosen], self.begin[chosen], self.end[chosen])
