"""95 % intervals of rates, and of the ratio and the difference of two. No tries, no interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
import numpy.typing as npt

from pql.statistics.arrays import Floats

STANDARD_NORMAL_975 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rate:
    """`successes` out of `total`, with the interval of the share; `None` without a total."""

    successes: int
    total: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Lift:
    """How many times the rate of the whole population a part of it has, with its interval."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One rate less another (-1 to 1), with its interval; `None` where either has no tries."""

    value: float | None
    low: float | None
    high: float | None


def wilson(successes: int, total: int) -> Rate:
    """The share and its 95 % score interval (Wilson 1927), which never leaves 0 to 1.

    Raises:
        ValueError: more successes than there were tries, or fewer than none.
    """
    if not 0 <= successes <= total:
        raise ValueError(f"{successes} successes out of {total}")
    if total == 0:
        return Rate(0, 0, None, None, None)
    low, high = wilson_bounds(successes, total)
    return Rate(successes, total, successes / total, float(low), float(high))


def wilson_bounds(successes: npt.ArrayLike, totals: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Both ends of `wilson` for arrays of counts that broadcast; NaN where the total is 0."""
    tried = np.asarray(totals, dtype=np.float64)
    tried, won = np.broadcast_arrays(
        np.where(tried > 0, tried, np.nan), np.asarray(successes, dtype=np.float64)
    )
    share, square = won / tried, STANDARD_NORMAL_975**2
    centre = (share + square / (2 * tried)) / (1 + square / tried)
    spread = np.sqrt(share * (1 - share) / tried + square / (4 * tried**2))
    reach = STANDARD_NORMAL_975 * spread / (1 + square / tried)
    # At the ends the formula gives exactly 0 and 1, but for the rounding of floats.
    low = np.where(share == 0, 0.0, centre - reach)
    high = np.where(share == 1, 1.0, centre + reach)
    return low, high


def newcombe(successes: int, total: int, other_successes: int, other_total: int) -> Difference:
    """The first rate less the other, with the 95 % hybrid score interval (Newcombe 1998, no. 10).

    The two groups must not overlap. Each end takes the Wilson end that lies on its side.

    Raises:
        ValueError: more successes than there were tries, or fewer than none.
    """
    one, other = wilson(successes, total), wilson(other_successes, other_total)
    if one.value is None or other.value is None:
        return Difference(None, None, None)
    difference = one.value - other.value
    below = sqrt((one.value - _known(one.low)) ** 2 + (_known(other.high) - other.value) ** 2)
    above = sqrt((_known(one.high) - one.value) ** 2 + (other.value - _known(other.low)) ** 2)
    return Difference(difference, difference - below, difference + above)


def lift(population: int, converted: int, met: int, met_and_converted: int) -> Lift:
    """Precision over base rate, with a 95 % interval by the delta method on its logarithm.

    Those who met the criterion are part of the population, so the two rates are not independent:
    with the four counts multinomial, the variance of log lift is 1/a - 1/m - 1/c - 1/n + 2a/(mc),
    where a met and converted, m met, c converted and n are all. (Katz et al. 1978 is the case of
    separate groups.) Where nobody met and converted, the upper end is Wilson's for the precision
    over the base rate.
    """
    if met == 0 or converted == 0:
        return Lift(None, None, None)
    base_rate = converted / population
    if met_and_converted == 0:
        return Lift(0.0, 0.0, _known(wilson(0, met).high) / base_rate)
    value = met_and_converted / met / base_rate
    variance = (
        1 / met_and_converted
        - 1 / met
        - 1 / converted
        - 1 / population
        + 2 * met_and_converted / (met * converted)
    )
    reach = STANDARD_NORMAL_975 * sqrt(max(variance, 0.0))
    return Lift(value, exp(log(value) - reach), exp(log(value) + reach))


def _known(end: float | None) -> float:
    if end is None:
        raise ValueError("no tries, no interval")
    return end
