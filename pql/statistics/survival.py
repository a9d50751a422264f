"""Time until something happens, where for some it has not happened yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from pql.statistics.arrays import Flags, Floats, Integers
from pql.statistics.intervals import STANDARD_NORMAL_975, wilson_bounds

CENSORED = 0
"""The cause of those to whom nothing had happened when watching them ended."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A probability at a time with its 95 % interval; `at_risk` were still watched until then."""

    value: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The probability that something has happened by each time; a step function from 0.

    Each array is (times,): the times at which it rose, in the unit of the durations; those at risk
    just before; to how many it happened then; the probability and its 95 % interval.
    `durations` are those of everybody, ascending.
    """

    times: Floats
    at_risk: Integers
    events: Integers
    probability: Floats
    low: Floats
    high: Floats
    durations: Floats

    @property
    def total(self) -> int:
        """How many were watched."""
        return len(self.durations)

    def by(self, time: float) -> Estimate:
        """The probability that it has happened by a time (inclusive).

        Before the first time the curve is 0, with the upper end of Wilson's interval for nobody out
        of those at risk. After the longest duration nothing is known: the last step is repeated
        with `at_risk` 0.
        """
        return self._after_step(time, int(np.searchsorted(self.times, time, side="right")) - 1)

    def before(self, time: float) -> Estimate:
        """The probability that it has happened before a time; else as `by`."""
        return self._after_step(time, int(np.searchsorted(self.times, time, side="left")) - 1)

    def _after_step(self, time: float, step: int) -> Estimate:
        at_risk = int(self.total - np.searchsorted(self.durations, time, side="left"))
        if step < 0:
            high = float(wilson_bounds(0, at_risk)[1]) if at_risk else 1.0
            return Estimate(0.0, 0.0, high, at_risk)
        ends = float(self.low[step]), float(self.high[step])
        return Estimate(float(self.probability[step]), *ends, at_risk)

    def quantile(self, share: float) -> tuple[float | None, float | None, float | None]:
        """When the share (0 to 1) is first reached, with its 95 % interval; `None` is never yet.

        The interval is where those of the curve reach the share (Brookmeyer and Crowley 1982).
        """
        return (
            self._reaches(self.probability, share),
            self._reaches(self.high, share),
            self._reaches(self.low, share),
        )

    def _reaches(self, heights: Floats, share: float) -> float | None:
        # Half of a group is half, whatever the rounding of a long product makes of it.
        reached = np.flatnonzero(heights >= share - 1e-12)
        return float(self.times[reached[0]]) if len(reached) else None


def kaplan_meier(durations: npt.ArrayLike, observed: npt.ArrayLike) -> Curve:
    """The probability that it has happened by each time (Kaplan and Meier 1958).

    Args:
        durations: (n,) how long each was watched, or took; not negative, any unit.
        observed: (n,) whether it happened at the end of the duration. Who was censored at a time is
            still at risk for what happened at that time.

    The intervals are Greenwood's on the log(-log) scale (Kalbfleisch and Prentice 1980).
    """
    ordered, happened = _ordered(durations, observed)
    times, at_risk, events = _steps(ordered, happened.astype(bool))
    remaining = _remaining(events, at_risk)
    survived_all = np.maximum(at_risk - events, 0)
    terms = np.divide(
        events, at_risk * survived_all, out=np.zeros(len(times)), where=survived_all > 0
    )
    error: Floats = remaining * np.sqrt(np.cumsum(terms))
    low, high = _log_log(remaining, error)
    reached_all = remaining <= 0
    low[reached_all] = 0.0
    if reached_all.any():  # the formula has no end there: what was known before still holds
        high[reached_all] = high[~reached_all][-1] if (~reached_all).any() else _nobody(at_risk[-1])
    return Curve(times, at_risk, events, 1 - remaining, 1 - high, 1 - low, ordered)


def aalen_johansen(
    durations: npt.ArrayLike, causes: npt.ArrayLike, of: Sequence[int]
) -> dict[int, Curve]:
    """The probability of each cause in `of` by each time, where causes exclude one another.

    Args:
        durations: (n,) as in `kaplan_meier`.
        causes: (n,) what happened at the end of the duration, 1 and more; 0 is censored.

    The cumulative incidences of all causes and the share without any sum to 1 (Aalen and Johansen
    1978). Variance by the delta method (Marubini and Valsecchi 1995), interval on the log(-log)
    scale. Steps are at the times of the cause itself.
    """
    ordered, happened = _ordered(durations, causes)
    times, at_risk, all_events = _steps(ordered, happened != CENSORED)
    before = np.concatenate([[1.0], _remaining(all_events, at_risk)[:-1]])
    return {
        cause: _incidence(
            _Steps(times, at_risk, all_events, before, ordered),
            _count_at(times, ordered[happened == cause]),
        )
        for cause in of
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    times: Floats
    at_risk: Integers
    all_events: Integers
    before: Floats
    """The share without any event just before each time."""
    durations: Floats


def _incidence(steps: _Steps, events: Integers) -> Curve:
    probability = np.cumsum(steps.before * events / steps.at_risk)
    error = np.sqrt(np.maximum(_incidence_variance(steps, events, probability), 0.0))
    low, high = _log_log(probability, error)
    rises = events > 0
    return Curve(
        steps.times[rises],
        steps.at_risk[rises],
        events[rises],
        probability[rises],
        low[rises],
        high[rises],
        steps.durations,
    )


def _incidence_variance(steps: _Steps, events: Integers, probability: Floats) -> Floats:
    """At each time t: the sum over times s <= t of three terms in F(t) - F(s), multiplied out."""
    at_risk = steps.at_risk.astype(np.float64)
    left = at_risk - steps.all_events
    # Where nobody is left, F(t) - F(s) is 0 from then on, and so is what it is multiplied with.
    any_event = np.divide(
        steps.all_events, at_risk * left, out=np.zeros(len(at_risk)), where=left > 0
    )
    own = steps.before**2 * events * (at_risk - events) / at_risk**3
    mixed = steps.before * events / at_risk**2
    squares = (
        probability**2 * np.cumsum(any_event)
        - 2 * probability * np.cumsum(probability * any_event)
        + np.cumsum(probability**2 * any_event)
    )
    products = probability * np.cumsum(mixed) - np.cumsum(probability * mixed)
    variance: Floats = squares + np.cumsum(own) - 2 * products
    return variance


def _ordered(durations: npt.ArrayLike, marks: npt.ArrayLike) -> tuple[Floats, Integers]:
    taken = np.asarray(durations, dtype=np.float64)
    order = np.argsort(taken, kind="stable")
    if len(taken) and not (taken[order[0]] >= 0 and taken[order[-1]] < inf):
        raise ValueError("a duration is negative, infinite or unknown")
    return taken[order], np.asarray(marks, dtype=np.int64)[order]


def _steps(ordered: Floats, happened: Flags) -> tuple[Floats, Integers, Integers]:
    """The times at which anything happened, those at risk just before, and to how many."""
    times = np.unique(ordered[happened])
    at_risk = len(ordered) - np.searchsorted(ordered, times, side="left")
    return times, at_risk, _count_at(times, ordered[happened])


def _remaining(events: Integers, at_risk: Integers) -> Floats:
    return np.cumprod(1 - events / at_risk).astype(np.float64)


def _count_at(times: Floats, ordered: Floats) -> Integers:
    ends = np.searchsorted(ordered, times, side="right")
    return ends - np.searchsorted(ordered, times, side="left")


def _log_log(share: Floats, error: Floats) -> tuple[Floats, Floats]:
    """share ** exp(-+ z error / (share log share)): an interval that stays within 0 and 1."""
    inside = (share > 0) & (share < 1)
    some = np.where(inside, share, 0.5)
    exponent = np.exp(STANDARD_NORMAL_975 * error / (some * np.abs(np.log(some))))
    low = np.where(inside, some**exponent, share)
    high = np.where(inside, some ** (1 / exponent), share)
    return low, high


def _nobody(at_risk: int) -> float:
    return float(wilson_bounds(0, at_risk)[1])
