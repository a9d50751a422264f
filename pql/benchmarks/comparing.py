"""Where a value stands among what later customers had done by the end of the same day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isinf

from pql.benchmarks.percentiles import PERCENTS, Percentiles
from pql.definitions.model import BenchmarkThreshold, Metric
from pql.metrics.aggregates import AGGREGATES

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
    positions: dict[tuple[str, int | None, float | None], float | None] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """Positions asked for before: many accounts have the same few values."""

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

    def position(self, metric: str, day: int | None, value: float | None) -> float | None:
        """The share (0 to 1) of later customers that had done less by the end of the day.

        Picture a line drawn over the values: it starts at 0 where nothing was done, goes straight
        from one percentile to the next (0.10 at p10, ..., 0.90 at p90) and on to 1 at twice p90,
        where it stays. Where several percentiles are equal the line jumps, and a value on the jump
        gets its middle. Nothing done is always 0, however many customers had done nothing either.

        For a metric where smaller is better the line falls: 1 at 0 days, 0.90 at p10, ..., 0.10 at
        p90, 0 at twice p90 and for "never". Where a share of the customers never did it, whoever
        did stands above that share.

        `None` where the value or the benchmark is unknown.
        """
        asked = (metric, day, value)
        if asked not in self.positions:
            self.positions[asked] = self._position(metric, day, value)
        return self.positions[asked]

    def _position(self, metric: str, day: int | None, value: float | None) -> float | None:
        row = self.row(metric, LATER_CUSTOMERS, day)
        if row is None or not row.is_known or value is None:
            return None
        if metric in self.smaller_is_better:
            return _position_from_above(row, value)
        return _position_from_below(row, value)


def _position_from_below(row: Percentiles, value: float) -> float:
    if value <= 0:
        return 0.0
    knots = [(max(threshold, 0.0), share) for threshold, share in row.knots]
    return _on_line([(0.0, 0.0), *knots, (2 * _largest(knots), 1.0)], value)


def _position_from_above(row: Percentiles, value: float) -> float:
    if isinf(value):
        return 0.0
    never = _share_that_never_did(row)
    line = [(0.0, 0.0), *row.knots, (2 * _largest(row.knots), 1 - never)]
    return 1 - _on_line(line, max(value, 0.0))


def _largest(knots: Sequence[tuple[float, float]]) -> float:
    return knots[-1][0] if knots else 0.0


def _share_that_never_did(row: Percentiles) -> float:
    """The least share of the group that is known to lie at "never"."""
    highest_finite = len(row.knots)
    return 0.0 if highest_finite == len(PERCENTS) else 1 - PERCENTS[highest_finite] / 100


def _on_line(line: list[tuple[float, float]], value: float) -> float:
    """The height of an ascending line of (value, height) at a value; its middle where it jumps."""
    heights = [height for at, height in line if at == value]
    if heights:
        return (heights[0] + heights[-1]) / 2
    left = [point for point in line if point[0] < value][-1]
    right = next((point for point in line if point[0] > value), None)
    if right is None:
        return left[1]
    return left[1] + (right[1] - left[1]) * (value - left[0]) / (right[0] - left[0])
