"""The usage score: where accounts stand among later customers, in parts that add up to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FULL_SCORE = 100
LEAST_COVERAGE = 0.5
NO_POINTS = -1
"""Points of a part that is unknown, or of an unknown score."""
MOST_DIGITS = 32
"""Parts that are told apart at once, so that 64 bits hold them beside what was told before."""
_DIGITS = 9  # positions are floats: 33.000000001 points are 33 points

Numbers = npt.NDArray[np.float64]
Points = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class UsageScores:
    """`scores` are 0 to 100, NaN where less than half of the weight is known. One an account.

    `coverage` is the known share of the weight. `positions` (0 to 1, NaN unknown), `points` and
    what they are out of (`possible`) have a row for each of `metrics`. The points of the known
    parts sum exactly to the score, and what they are out of sums to 100; others have `NO_POINTS`.
    """

    metrics: tuple[str, ...]
    scores: Numbers
    coverage: Numbers
    positions: Numbers
    points: Points
    possible: Points


def usage_scores(weights: Mapping[str, float], positions: Numbers) -> UsageScores:
    """The weighted mean of the known positions, times 100. Unknown parts are left out, not zero.

    The 100 points are shared out to the known parts in proportion to their weights, then each part
    gets its position's share of its points; both by largest remainder (Hamilton's method), so that
    whole numbers sum to a whole number. Since a part is out of a whole number of points, it never
    gets more points than it is out of, and none at position 0.

    Args:
        weights: of each metric.
        positions: a row for each metric, in the order of `weights`, with an entry for each account;
            NaN is unknown.
    """
    known = ~np.isnan(positions)
    each = np.array(list(weights.values()), dtype=np.float64).reshape(-1, 1)
    total = sum(weights.values())
    coverage = _sums(np.where(known, each, 0.0)) / (total or 1.0)
    counts = known & (known.any(axis=0) & (coverage >= LEAST_COVERAGE))
    possible = _possible(each, counts)
    shares = np.where(counts, possible * np.where(known, positions, 0.0), np.nan)
    points = largest_remainder(shares)
    scores = np.where(counts.any(axis=0), points.sum(axis=0), np.nan)
    return UsageScores(
        metrics=tuple(weights),
        scores=scores,
        coverage=coverage,
        positions=positions,
        points=np.where(counts, points, NO_POINTS),
        possible=np.where(counts, possible, NO_POINTS),
    )


def _possible(weights: Numbers, counts: npt.NDArray[np.bool_]) -> Points:
    """What each part is out of. The same few sets of metrics are known of most accounts."""
    if not len(weights):
        return np.zeros(counts.shape, dtype=np.int64)
    codes = _numbered(counts)
    sets = counts[:, np.unique(codes, return_index=True)[1]]
    of_sets = np.where(sets, weights, np.nan)
    totals = _sums(np.where(sets, weights, 0.0))
    shares = FULL_SCORE * of_sets / np.where(totals > 0, totals, 1.0)
    possible: Points = largest_remainder(shares)[:, codes]
    return possible


def _numbered(counts: npt.NDArray[np.bool_]) -> Points:
    """Which of the different columns each is: a digit of a binary number for each row."""
    codes = np.zeros(counts.shape[1], dtype=np.int64)
    for first in range(0, len(counts), MOST_DIGITS):
        for row in counts[first : first + MOST_DIGITS]:
            codes = 2 * codes + row
        _, codes = np.unique(codes, return_inverse=True)
    return codes


def largest_remainder(shares: Numbers) -> Points:
    """Whole numbers that sum to the rounded sum of `shares`, each its share rounded down or up.

    What rounding down leaves over goes to the largest fractions, to the first of equal ones.

    Args:
        shares: a column for each account. NaN is no share: it stays 0.
    """
    exact = np.asarray(np.round(np.nan_to_num(shares, nan=0.0), _DIGITS), dtype=np.float64)
    whole: Numbers = np.floor(exact)
    total: Numbers = np.round(_sums(exact), _DIGITS)
    left_over = np.floor(total + 0.5) - whole.sum(axis=0)
    fractions = np.where(np.isnan(shares), -np.inf, exact - whole)
    ranks = np.argsort(np.argsort(-fractions, axis=0, kind="stable"), axis=0)
    points: Points = (whole + (ranks < left_over)).astype(np.int64)
    return points


def _sums(rows: Numbers) -> Numbers:
    """Row by row: numpy's own order of adding depends on the shape, and the last bits with it."""
    total = np.zeros(rows.shape[1])
    for row in rows:
        total += row
    return total
