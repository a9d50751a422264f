"""Percentiles of a group of accounts, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MINIMUM_ACCOUNTS = 25
PERCENTS = (10, 25, 50, 75, 90)
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Percentiles:
    """What a group of `accounts` had done. `None` where it is not known or lies at "never".

    `median_low` and `median_high` are the 95 % bootstrap interval of `p50`, `p10_low` and so on
    those of the others.
    """

    accounts: int
    p10: float | None = None
    p25: float | None = None
    p50: float | None = None
    p75: float | None = None
    p90: float | None = None
    median_low: float | None = None
    median_high: float | None = None
    p10_low: float | None = None
    p10_high: float | None = None
    p25_low: float | None = None
    p25_high: float | None = None
    p75_low: float | None = None
    p75_high: float | None = None
    p90_low: float | None = None
    p90_high: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether there are enough accounts to say anything."""
        return self.accounts >= MINIMUM_ACCOUNTS

    @property
    def knots(self) -> tuple[tuple[float, float], ...]:
        """The finite percentiles as (value, share of the group at or below it), ascending."""
        values = (self.p10, self.p25, self.p50, self.p75, self.p90)
        pairs = zip(values, PERCENTS, strict=True)
        return tuple((value, percent / 100) for value, percent in pairs if value is not None)


def percentiles(values: Values) -> Percentiles:
    """Percentiles of type 7 (Hyndman & Fan 1996) of one value for each account.

    NaN is unknown and left out of the group; `inf` is "never happened" and stays, as the largest
    value. A percentile that falls on or next to `inf` is `None`: no number describes it.
    """
    known = np.sort(values[~np.isnan(values)])
    if len(known) < MINIMUM_ACCOUNTS:
        return Percentiles(accounts=len(known))
    p10, p25, p50, p75, p90 = map(_finite, _type_seven(known))
    lows, highs = (list(map(_finite, ends)) for ends in _intervals(known))
    return Percentiles(
        len(known),
        *(p10, p25, p50, p75, p90),
        *(lows[2], highs[2]),
        *(lows[0], highs[0], lows[1], highs[1]),
        *(lows[3], highs[3], lows[4], highs[4]),
    )


def _type_seven(ascending: Values) -> Values:
    lower, fraction = _places(len(ascending))
    upper = np.where(fraction > 0, lower + 1, lower)
    return _between(ascending[lower], ascending[upper], fraction)


def _places(size: int) -> tuple[Places, Values]:
    """Between which two values, from 0, each percentile lies, and how far from the first."""
    positions = np.array(PERCENTS) / 100 * (size - 1)
    lower = np.floor(positions).astype(np.int64)
    return lower, positions - lower


def _between(lower: Values, upper: Values, fraction: Values) -> Values:
    """The value at a fraction of the way; between something and "never" it is "never"."""
    finite = np.isfinite(upper)
    step = np.subtract(upper, lower, out=np.full_like(upper, np.inf), where=finite)
    return np.where(finite, lower + step * np.where(finite, fraction, 1.0), np.inf)


def _intervals(ascending: Values) -> tuple[Values, Values]:
    """The 2.5 % and 97.5 % points of each percentile over resamples of the group."""
    lower, upper = _drawn_ranks(len(ascending))
    fraction = np.broadcast_to(_places(len(ascending))[1][:, None], lower.shape)
    resampled = _between(ascending[lower], ascending[upper], fraction)
    ends = int(RESAMPLES * 0.025), int(RESAMPLES * 0.975) - 1
    resampled = np.partition(resampled, ends, axis=1)
    return resampled[:, ends[0]], resampled[:, ends[1]]


@lru_cache(maxsize=128)
def _drawn_ranks(size: int) -> tuple[Places, Places]:
    """Which of the group's values, from 0, lie around each percentile (5, resamples) of a resample.

    These are order statistics of as many uniform numbers, Beta distributed (David and Nagaraja
    2003, 2.2). Drawing them gives the same distribution as drawing whole resamples, in a time that
    does not grow with the group. Groups of one size share them: equal data give equal intervals.
    """
    generator = np.random.default_rng(size)
    rank = _places(size)[0][:, None] + 1
    shape = (len(PERCENTS), RESAMPLES)
    lower = generator.beta(rank, size - rank + 1, shape)
    upper = lower + (1 - lower) * generator.beta(1, size - rank, shape)
    lower_rank, upper_rank = (
        np.minimum((drawn * size).astype(np.int64), size - 1) for drawn in (lower, upper)
    )
    return lower_rank, upper_rank


def _finite(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None
