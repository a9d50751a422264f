"""How closely a condition or a value goes together with an outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pql.statistics.arrays import Floats
from pql.statistics.intervals import STANDARD_NORMAL_975

HALVINGS = 60
"""Steps of a bisection on 0 to 1: more than the digits of a float."""


@dataclass(frozen=True, slots=True)
class Area:
    """The chance (0 to 1) that someone with the outcome has the larger value; ties count half.

    `None` where nobody, or everybody, has the outcome.
    """

    value: float | None
    low: float | None
    high: float | None
    with_outcome: int
    without_outcome: int


def matthews(
    population: npt.ArrayLike,
    converted: npt.ArrayLike,
    met: npt.ArrayLike,
    met_and_converted: npt.ArrayLike,
) -> Floats:
    """Matthews' correlation (phi, -1 to 1) from four counts, or arrays of them that broadcast.

    With n all, c converted, m met and a both: (n a - m c) / sqrt(m (n - m) c (n - c)) (Chicco and
    Jurman 2020). NaN where nobody or everybody met, or converted: there is nothing to compare.
    """
    everyone, paid, reached, both = (
        np.asarray(counts, dtype=np.float64)
        for counts in (population, converted, met, met_and_converted)
    )
    # Two roots, as the product of four large counts is more than a float holds exactly.
    spread = np.sqrt(reached * (everyone - reached)) * np.sqrt(paid * (everyone - paid))
    agreement = everyone * both - reached * paid
    phi: Floats = np.divide(
        agreement, spread, out=np.full(np.shape(spread), np.nan), where=spread > 0
    )
    return phi


def area_under_curve(values: npt.ArrayLike, outcome: npt.ArrayLike) -> Area:
    """The area under the ROC curve of a value (n,) for an outcome (n,), by Mann and Whitney.

    Unknown values (NaN) are left out; infinity is the largest value. The 95 % interval is method 5
    of Newcombe 2006: the score interval with Hanley and McNeil's variance (1982), which stays
    within 0 and 1 and does not vanish where the two groups are apart.
    """
    numbers, has = np.asarray(values, dtype=np.float64), np.asarray(outcome, dtype=bool)
    is_known = ~np.isnan(numbers)
    numbers, has = numbers[is_known], has[is_known]
    ones = int(has.sum())
    others = len(has) - ones
    if ones == 0 or others == 0:
        return Area(None, None, None, ones, others)
    larger = middle_ranks(numbers)[has].sum() - ones * (ones + 1) / 2
    area = float(larger / (ones * others))
    low, high = _area_ends(area, ones, others)
    return Area(area, low, high, ones, others)


def middle_ranks(values: Floats) -> Floats:
    """The rank of each value (n,), from 1; equal values share the middle of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middles: Floats = (last - (counts - 1) / 2)[places]
    return middles


def _area_ends(area: float, ones: int, others: int) -> tuple[float, float]:
    return (
        _furthest(area, 0.0, ones, others) if area > 0 else 0.0,
        _furthest(area, 1.0, ones, others) if area < 1 else 1.0,
    )


def _furthest(area: float, end: float, ones: int, others: int) -> float:
    """The area furthest towards `end` from which the seen one lies within the interval's reach."""
    inside, outside = area, end
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        reach = STANDARD_NORMAL_975 * _deviation(middle, ones, others)
        if abs(area - middle) <= reach:
            inside = middle
        else:
            outside = middle
    return inside


def _deviation(area: float, ones: int, others: int) -> float:
    """Hanley and McNeil's standard error of an area, with both group sizes at their mean."""
    weight = (ones + others) / 2 - 1
    spread = 1 + weight * (1 - area) / (2 - area) + weight * area / (1 + area)
    return float(np.sqrt(area * (1 - area) * spread / (ones * others)))
