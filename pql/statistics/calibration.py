"""Whether what was expected came true: of a hundred at 20 %, did about twenty convert?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pql.statistics.arrays import Flags, Floats
from pql.statistics.intervals import STANDARD_NORMAL_975, Rate, wilson

CLOSEST_TO_CERTAIN = 1e-6
"""Probabilities are kept so far from 0 and 1: their logit is infinite there."""
MOST_STEPS = 50
SMALL_STEP = 1e-10


@dataclass(frozen=True, slots=True)
class Bin:
    """Some with about the same expectation: what was expected of them on average, and seen."""

    expected: float
    lowest: float
    highest: float
    seen: Rate


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of a logistic regression, with its 95 % interval (Wald)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Expected against seen: by bin, on average, and by how much expectations exaggerate.

    `slope` is that of the outcome on the logit of the expectation (Cox 1958): 1 where they are
    right, below 1 where they are too extreme. `intercept` is calibration in the large: 0 where the
    mean is right, on the logit scale with slope 1. Both are `None` where the outcome or the
    expectations do not vary, or where the two are apart.
    """

    bins: tuple[Bin, ...]
    mean_expected: float | None
    seen: Rate
    slope: Coefficient | None
    intercept: Coefficient | None

    @property
    def alarms(self) -> tuple[str, ...]:
        """Why the expectations must not be shown: `unknown`, or `slope` or `mean`, or neither."""
        if self.slope is None or self.intercept is None:
            return ("unknown",)
        wrong = {
            "slope": not self.slope.low <= 1 <= self.slope.high,
            "mean": not self.intercept.low <= 0 <= self.intercept.high,
        }
        return tuple(name for name, is_wrong in wrong.items() if is_wrong)


def calibrate(expected: npt.ArrayLike, outcome: npt.ArrayLike, bins: int = 10) -> Calibration:
    """Compare probabilities (n,) with what happened (n,).

    Bins hold equally many, in the order of their expectation (Hosmer and Lemeshow 1980); equal
    expectations stay together, so there may be fewer. Their seen shares have Wilson intervals.

    Raises:
        ValueError: a probability outside 0 to 1, or unknown.
    """
    probabilities, happened = np.asarray(expected, dtype=np.float64), np.asarray(outcome, bool)
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("a probability is outside 0 to 1, or unknown")
    return Calibration(
        bins=_bins(probabilities, happened, bins),
        mean_expected=float(probabilities.mean()) if len(probabilities) else None,
        seen=wilson(int(happened.sum()), len(happened)),
        slope=_slope(probabilities, happened),
        intercept=_intercept(probabilities, happened),
    )


def _bins(probabilities: Floats, happened: Flags, bins: int) -> tuple[Bin, ...]:
    if not len(probabilities):
        return ()
    shares = np.arange(1, bins) / bins
    edges = np.unique(np.quantile(probabilities, shares, method="inverted_cdf"))
    numbers = np.searchsorted(edges, probabilities, side="left")
    return tuple(
        Bin(
            expected=float(probabilities[numbers == number].mean()),
            lowest=float(probabilities[numbers == number].min()),
            highest=float(probabilities[numbers == number].max()),
            seen=wilson(int(happened[numbers == number].sum()), int((numbers == number).sum())),
        )
        for number in np.unique(numbers)
    )


def _slope(probabilities: Floats, happened: Flags) -> Coefficient | None:
    logits = _logit(probabilities)
    if not len(logits) or np.ptp(logits) == 0:
        return None
    return _logistic(
        np.column_stack([np.ones(len(logits)), logits]), np.zeros_like(logits), happened
    )


def _intercept(probabilities: Floats, happened: Flags) -> Coefficient | None:
    return _logistic(np.ones((len(probabilities), 1)), _logit(probabilities), happened)


def _logistic(columns: Floats, offset: Floats, happened: Flags) -> Coefficient | None:
    """The last coefficient by Newton's method; `None` where there is no finite maximum."""
    if happened.all() or not happened.any():
        return None
    coefficients = np.zeros(columns.shape[1])
    for _ in range(MOST_STEPS):
        fitted = 1 / (1 + np.exp(-np.clip(offset + columns @ coefficients, -500, 500)))
        information = columns.T @ (columns * (fitted * (1 - fitted))[:, None])
        if np.linalg.cond(information) > 1 / SMALL_STEP:
            return None
        step = np.linalg.solve(information, columns.T @ (happened - fitted))
        coefficients += step
        if np.abs(step).max() < SMALL_STEP * max(1.0, np.abs(coefficients).max()):
            reach = STANDARD_NORMAL_975 * float(np.sqrt(np.linalg.inv(information)[-1, -1]))
            value = float(coefficients[-1])
            return Coefficient(value, value - reach, value + reach)
    return None


def _logit(probabilities: Floats) -> Floats:
    kept = np.clip(probabilities, CLOSEST_TO_CERTAIN, 1 - CLOSEST_TO_CERTAIN)
    logits: Floats = np.log(kept) - np.log1p(-kept)
    return logits
