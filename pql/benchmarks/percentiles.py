"""Percentiles of a group of accounts, with the interval of their median."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

MINIMUM_ACCOUNTS = 25
PERCENTS = (10, 25, 50, 75, 90)
RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Percentiles:
    """What a group of `accounts` had done. `None` where it is not known or lies at "never".

    `median_low` and `median_high` are the 95 % bootstrap interval of `p50`.
    """

    accounts: int
    p10: float | None = None
    p25: float | None = None
    p50: float | None = None
    p75: float | None = None
    p90: float | None = None
    median_low: float | None = None
    median_high: float | None = None

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
    p10, p25, p50, p75, p90 = (_finite(float(value)) for value in _type_seven(known))
    low, high = _median_interval(known)
    return Percentiles(len(known), p10, p25, p50, p75, p90, _finite(low), _finite(high))


def _type_seven(ascending: Values) -> Values:
    positions = np.array(PERCENTS) / 100 * (len(ascending) - 1)
    lower = np.floor(positions).astype(np.int64)
    fraction = positions - lower
    upper = np.where(fraction > 0, lower + 1, lower)
    return _between(ascending[lower], ascending[upper], fraction)


def _between(lower: Values, upper: Values, fraction: Values) -> Values:
    """The value at a fraction of the way; between something and "never" it is "never"."""
    finite = np.isfinite(upper)
    step = np.subtract(upper, lower, out=np.full_like(upper, np.inf), where=finite)
    return np.where(finite, lower + step * np.where(finite, fraction, 1.0), np.inf)


def _median_interval(ascending: Values) -> tuple[float, float]:
    """The 2.5 % and 97.5 % points of the median over resamples of the group, seeded by its content.

    The median of a resample is the mean of its two middle values, and those depend on nothing but
    which ranks were drawn: the middle order statistics of as many uniform numbers, Beta distributed
    (David & Nagaraja 2003, 2.2). Drawing these two gives the same distribution as drawing the whole
    resample, in a time that does not grow with the group.
    """
    size = len(ascending)
    generator = np.random.default_rng(content_seed(ascending))
    lower_rank = (size + 1) // 2
    lower = generator.beta(lower_rank, size - lower_rank + 1, RESAMPLES)
    upper = lower
    if size % 2 == 0:
        upper = lower + (1 - lower) * generator.beta(1, size - lower_rank, RESAMPLES)
    half = np.full(RESAMPLES, 0.5)
    medians = np.sort(_between(_drawn(ascending, lower), _drawn(ascending, upper), half))
    return float(medians[int(RESAMPLES * 0.025)]), float(medians[int(RESAMPLES * 0.975) - 1])


def _drawn(ascending: Values, uniform: Values) -> Values:
    ranks = np.minimum((uniform * len(ascending)).astype(np.int64), len(ascending) - 1)
    drawn: Values = ascending[ranks]
    return drawn


def content_seed(values: Values) -> int:
    """A seed that depends on nothing but the values: the same data give the same interval."""
    return int.from_bytes(blake2b(values.tobytes(), digest_size=8).digest())


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
