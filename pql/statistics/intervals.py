"""95 % intervals of rates and of the ratio of two rates. An empty sample has neither."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

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


def wilson(successes: int, total: int) -> Rate:
    """The share and its 95 % score interval (Wilson 1927), which never leaves 0 to 1.

    Raises:
        ValueError: more successes than there were tries, or fewer than none.
    """
    if not 0 <= successes <= total:
        raise ValueError(f"{successes} successes out of {total}")
    if total == 0:
        return Rate(0, 0, None, None, None)
    share, square = successes / total, STANDARD_NORMAL_975**2
    centre = (share + square / (2 * total)) / (1 + square / total)
    spread = sqrt(share * (1 - share) / total + square / (4 * total**2))
    reach = STANDARD_NORMAL_975 * spread / (1 + square / total)
    # At the ends the formula gives exactly 0 and 1, but for the rounding of floats.
    low = 0.0 if successes == 0 else centre - reach
    high = 1.0 if successes == total else centre + reach
    return Rate(successes, total, share, low, high)


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
        highest = wilson(0, met).high
        return Lift(0.0, 0.0, None if highest is None else highest / base_rate)
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
