"""What the finder searches: a matrix of numbers, an outcome, and when each unit began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pql.definitions.model import Metric
from pql.statistics.arrays import Flags, Floats, Integers

Times = npt.NDArray[np.datetime64]

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Column:
    """A number for each unit. `source` is the event or the file's column that it is made from.

    `category` is set where the column says whether the source has this value (1) or another (0).
    `metric` is how a definition file computes it. `is_guess`: what anybody would try first.
    `is_timed`: it counts only what is recorded with a time before the unit was judged.
    """

    name: str
    source: str
    category: str | None = None
    metric: Metric | None = None
    is_guess: bool = False
    is_timed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ValueTable:
    """Units (n) by columns (k).

    `values` (n, k) are floats, NaN where unknown. `outcome` (n,) is whether the unit converted.
    `started_at` (n,) is t0 as datetime64; `None` where no time is known. `cluster` (n,) names the
    account of each unit: units of one account share its outcome.
    """

    columns: tuple[Column, ...]
    values: Floats
    outcome: Flags
    started_at: Times | None
    cluster: Integers

    def __len__(self) -> int:
        return len(self.outcome)

    def rows(self, chosen: npt.NDArray[Any]) -> ValueTable:
        """The units that a mask or row numbers choose, with every column."""
        started_at = None if self.started_at is None else self.started_at[chosen]
        return ValueTable(
            self.columns,
            self.values[chosen],
            self.outcome[chosen],
            started_at,
            self.cluster[chosen],
        )

    def only(self, numbers: Sequence[int]) -> ValueTable:
        """Every unit, with the columns of those numbers."""
        return ValueTable(
            tuple(self.columns[number] for number in numbers),
            self.values[:, list(numbers)],
            self.outcome,
            self.started_at,
            self.cluster,
        )

    @property
    def first_of_cluster(self) -> Integers:
        """A row of each account."""
        return np.unique(self.cluster, return_index=True)[1]

    @property
    def units_a_cluster(self) -> float:
        """By how much the units of one account repeat one another: 1 where each is its own.

        The design effect of a mean over clusters whose members share the outcome, sum of squared
        sizes by sum of sizes. Counts divided by it have honest intervals (Rao and Scott 1992).
        """
        sizes = np.unique(self.cluster, return_counts=True)[1]
        return float((sizes**2).sum() / sizes.sum()) if len(sizes) else 1.0


def columns_by_source(table: ValueTable) -> dict[str, list[int]]:
    """The numbers of the columns that are made from each source."""
    found: dict[str, list[int]] = {}
    for number, column in enumerate(table.columns):
        found.setdefault(column.source, []).append(number)
    return found


def weeks_since_first(started_at: Times | None, units: int) -> Integers:
    """The week of each t0, from 0 at the earliest; one week for all where no time is known."""
    if started_at is None or not units:
        return np.zeros(units, dtype=np.int64)
    days = (started_at - started_at.min()) // np.timedelta64(1, "D")
    weeks: Integers = days.astype(np.int64) // DAYS_A_WEEK
    return weeks
