"""Where a value stands among what later customers had done by the end of the same day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isinf

import numpy as np
import numpy.typing as npt

from pql.benchmarks.percentiles import PERCENTS, Percentiles
from pql.definitions.model import BenchmarkThreshold, Metric
from pql.metrics.aggregates import AGGREGATES
from pql.rules.comparing import Numbers
from pql.rules.facts import NO_DAY, Days

LATER_CUSTOMERS = "later_customers"
CUSTOMERS_NOW = "customers_now"
NON_CONVERTERS = "non_converters"
POPULATIONS = (LATER_CUSTOMERS, CUSTOMERS_NOW, NON_CONVERTERS)

NO_TRIAL_DAY = 0
"""The day under which `customers_now` is kept."""

Key = tuple[str, str, int]


def is_smaller_better(metric: Metric) -> bool:
    """Whether less of this metric means more usage: where nothing done is infinitely far away."""
    return isinf(AGGREGATES[metric.aggregate.kind].empty)


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """One version of every benchmark of a workspace, by metric, population and day.

    `smaller_is_better` names the metrics whose order is turned round.
    """

    rows: Mapping[Key, Percentiles]
    version_id: int | None = None
    smaller_is_better: frozenset[str] = frozenset()
    last_days: Mapping[tuple[str, str], int] = field(init=False)

    def __post_init__(self) -> None:
        last_days: dict[tuple[str, str], int] = {}
        for metric, population, day in self.rows:
            last_days[metric, population] = max(day, last_days.get((metric, population), 0))
        object.__setattr__(self, "last_days", last_days)

    def row(self, metric: str, population: str, day: int | None) -> Percentiles | None:
        """The percentiles for a trial day; a day after the last one compared counts as the last.

        `None` where there are none, or where the day is unknown. `customers_now` has no days.
        """
        if population == CUSTOMERS_NOW:
            day = NO_TRIAL_DAY
        if day is None:
            return None
        return self.rows.get((metric, population, min(day, self.last_day(metric, population))))

    def last_day(self, metric: str, population: str) -> int:
        """The last day that is compared; 0 where the metric has no benchmark."""
        return self.last_days.get((metric, population), 0)

    @property
    def longest_day(self) -> int:
        """The last day on which any metric is compared; 0 without benchmarks."""
        return max(self.last_days.values(), default=0)

    def threshold(
        self, metric: str, day: int | None, threshold: BenchmarkThreshold
    ) -> float | None:
        """The number behind `customer p50` on a day; `None` where it is unknown or "never"."""
        row = self.row(metric, threshold.population, day)
        if row is None or threshold.percentile not in PERCENTS:
            return None
        value: float | None = getattr(row, f"p{threshold.percentile}")
        return value

    def positions(self, metric: str, days: Days, values: Numbers) -> Numbers:
        """The share (0 to 1) of later customers that had done less by the end of each day.

        Picture a line drawn over the values: it starts at 0 where nothing was done, goes straight
        from one percentile to the next (0.10 at p10, ..., 0.90 at p90) and on to 1 at twice p90,
        where it stays. Where several percentiles are equal the line jumps, and a value on the jump
        gets its middle. Nothing done is always 0, however many customers had done nothing either.

        For a metric where smaller is better the line falls: 1 at 0 days, 0.90 at p10, ..., 0.10 at
        p90, 0 at twice p90 and for "never". Where a share of the customers never did it, whoever
        did stands above that share.

        Args:
            days: the trial day of each account, `NO_DAY` where it is unknown.
            values: the metric's value for each account, NaN where it is unknown.

        Returns: NaN where the value or the benchmark is unknown.
        """
        place = _from_above if metric in self.smaller_is_better else _from_below
        compared = np.minimum(days, self.last_day(metric, LATER_CUSTOMERS))
        compared = np.where(np.isnan(values), NO_DAY, compared)
        positions = np.full(len(values), np.nan)
        for day, here in _by_day(compared):
            row = self.row(metric, LATER_CUSTOMERS, day)
            if row is not None and row.is_known:
                positions[here] = place(row, values[here])
        return positions


def _by_day(days: Days) -> Iterator[tuple[int, npt.NDArray[np.intp]]]:
    """Each day that occurs, and where; without `NO_DAY`."""
    order = np.argsort(days.astype(np.uint16), kind="stable")  # numbers so small need no comparing
    counts = np.bincount(days)
    ends = np.cumsum(counts)
    for day in np.flatnonzero(counts).tolist():
        if day != NO_DAY:
            yield day, order[ends[day] - counts[day] : ends[day]]


def _from_below(row: Percentiles, values: Numbers) -> Numbers:
    knots = [(max(threshold, 0.0), share) for threshold, share in row.knots]
    line = [(0.0, 0.0), *knots, (2 * _largest(knots), 1.0)]
    return np.where(values <= 0, 0.0, _on_line(line, values))


def _from_above(row: Percentiles, values: Numbers) -> Numbers:
    never = _share_that_never_did(row)
    line = [(0.0, 0.0), *row.knots, (2 * _largest(row.knots), 1 - never)]
    return np.where(np.isinf(values), 0.0, 1 - _on_line(line, np.maximum(values, 0.0)))


def _largest(knots: Sequence[tuple[float, float]]) -> float:
    return knots[-1][0] if knots else 0.0


def _share_that_never_did(row: Percentiles) -> float:
    """The least share of the group that is known to lie at "never"."""
    highest_finite = len(row.knots)
    return 0.0 if highest_finite == len(PERCENTS) else 1 - PERCENTS[highest_finite] / 100


def _on_line(line: Sequence[tuple[float, float]], values: Numbers) -> Numbers:
    """The heights of an ascending line of (value, height) at values; its middle where it jumps."""
    at, height = np.array(line).T
    first = np.searchsorted(at, values, side="left")
    last = np.searchsorted(at, values, side="right") - 1
    left, right = np.maximum(first - 1, 0), np.minimum(first, len(at) - 1)
    span = at[right] - at[left]
    run = np.where(span > 0, span, 1.0)
    way = np.minimum(values, at[-1]) - at[left]
    between = height[left] + (height[right] - height[left]) * way / run
    on_the_line = np.where(first < len(at), between, height[-1])
    middle = (height[right] + height[np.maximum(last, 0)]) / 2
    heights: Numbers = np.where(last >= first, middle, on_the_line)
    return heights
