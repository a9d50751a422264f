"""Whether values of now are still distributed as those of before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pql.statistics.arrays import Floats, Integers, without_unknown

LARGE_INDEX = 0.2
LARGE_GAP = 0.2
UNLIKELY = 0.05
MOST_BINS = 10
FEWEST_A_BIN = 30
"""Of the smaller group. Without any drift the index is about (bins - 1) (1/n + 1/m), so with small
bins it would pass 0.2 by chance alone; with these it does so in at most 1.5 % of comparisons."""
SMOOTHING = 0.5
"""Added to the count of each bin, so that an empty one does not make the index infinite."""


@dataclass(frozen=True, slots=True, eq=False)
class StabilityIndex:
    """The population stability index (0 = unchanged) and the shares that it compares.

    `edges` (bins - 1,) are the upper ends (inclusive) of all bins but the last; `before` and `now`
    (bins,) the smoothed shares. `value` is `None` where either group is too small for two bins.
    """

    value: float | None
    edges: Floats
    before: Floats
    now: Floats


@dataclass(frozen=True, slots=True)
class LargestGap:
    """The largest distance (0 to 1) between two distribution functions, and its p-value."""

    distance: float
    p_value: float


def population_stability_index(before: npt.ArrayLike, now: npt.ArrayLike) -> StabilityIndex:
    """How far `now` (m,) moved from `before` (n,), over bins at the quantiles of `before`.

    The sum over the bins of (now - before) log(now / before) of the shares. At most 10 bins, fewer
    where the smaller group has not 30 a bin, and equal quantiles are one edge. NaN is left out;
    infinity is the largest value.
    """
    earlier, later = without_unknown(before), without_unknown(now)
    bins = min(MOST_BINS, min(len(earlier), len(later)) // FEWEST_A_BIN)
    if bins < 2:
        nothing = np.array([], dtype=np.float64)
        return StabilityIndex(None, nothing, nothing, nothing)
    shares = np.arange(1, bins) / bins
    edges = np.unique(np.quantile(earlier, shares, method="inverted_cdf"))
    counts = [_counts(values, edges) for values in (earlier, later)]
    value, old, new = stability_of_counts(*counts)
    return StabilityIndex(value, edges, old, new)


def stability_of_counts(before: npt.ArrayLike, now: npt.ArrayLike) -> tuple[float, Floats, Floats]:
    """The index of two tables of counts (bins,), for categories too, and both smoothed shares."""
    shares = [
        (counts + SMOOTHING) / (counts + SMOOTHING).sum()
        for counts in (np.asarray(before, dtype=np.float64), np.asarray(now, dtype=np.float64))
    ]
    old, new = shares
    return float(np.sum((new - old) * np.log(new / old))), old, new


def kolmogorov_smirnov(before: npt.ArrayLike, now: npt.ArrayLike) -> LargestGap | None:
    """The two-sample test of Kolmogorov and Smirnov; `None` where either group has no values.

    The p-value is the limit distribution's with Stephens' correction for small groups (1970). It
    holds for values without ties; with ties (counts) it is too large, so it errs towards "has not
    moved". NaN is left out; infinity is the largest value.
    """
    earlier, later = np.sort(without_unknown(before)), np.sort(without_unknown(now))
    if not len(earlier) or not len(later):
        return None
    places = np.concatenate([earlier, later])
    heights = [
        np.searchsorted(values, places, side="right") / len(values) for values in (earlier, later)
    ]
    distance = float(np.max(np.abs(heights[0] - heights[1])))
    size = np.sqrt(len(earlier) * len(later) / (len(earlier) + len(later)))
    return LargestGap(distance, _kolmogorov_tail((size + 0.12 + 0.11 / size) * distance))


def has_moved(index: float | None, gap: LargestGap | None, adjusted: float | None) -> bool:
    """Whether values moved far, and further than chance explains.

    Far: a stability index above 0.2; where the groups are too small for one, a largest gap of at
    least 0.2. `adjusted` is the p-value of the gap, after everything else that was compared.
    """
    if gap is None or adjusted is None or not adjusted <= UNLIKELY:
        return False
    return gap.distance >= LARGE_GAP if index is None else index > LARGE_INDEX


def _counts(values: Floats, edges: Floats) -> Integers:
    return np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)


def _kolmogorov_tail(reach: float) -> float:
    """2 sum over k of (-1)^(k-1) exp(-2 k^2 x^2); it is 1 below 0.2, where the sum is slow."""
    if reach < 0.2:
        return 1.0
    terms = np.arange(1, 101)
    tail = 2 * np.sum((-1.0) ** (terms - 1) * np.exp(-2 * (terms * reach) ** 2))
    return float(np.clip(tail, 0.0, 1.0))
