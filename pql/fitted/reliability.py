"""The calibration of later trials, with what is uncertain about the fit itself in its intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pql.fitted.applying import logistic
from pql.statistics.arrays import Flags, Floats
from pql.statistics.calibration import CLOSEST_TO_CERTAIN, Calibration, Coefficient
from pql.statistics.intervals import STANDARD_NORMAL_975

STEPS = 12
"""Of Newton's method from a standardised start: more than it takes."""
SMALLEST_SPREAD = 1e-9
TINY = 1e-9 * np.eye(2)
"""Keeps equations solvable where all expectations are equal."""


def widen(calibration: Calibration, drawn: Floats, converted: Flags) -> Calibration:
    """The same calibration with wider intervals of slope and intercept.

    Those of `calibration` know only how few the later trials are. A fit to few earlier trials is
    also off by chance: with as many earlier as later trials and everything as it should be, the
    mean would leave its interval 17 times in a hundred, not 5. So the variance over bootstrap fits
    (`drawn`: the probabilities (draws, n) each gives the later trials) is added.
    """
    if calibration.slope is None or calibration.intercept is None:
        return calibration
    logits = _logit(drawn)
    return replace(
        calibration,
        slope=_wider(calibration.slope, _slopes(logits, converted)),
        intercept=_wider(calibration.intercept, _intercepts(logits, converted)),
    )


def _wider(coefficient: Coefficient, drawn: Floats) -> Coefficient:
    deviation = (coefficient.high - coefficient.value) / STANDARD_NORMAL_975
    reach = STANDARD_NORMAL_975 * float(np.hypot(deviation, drawn.std(ddof=1)))
    return Coefficient(coefficient.value, coefficient.value - reach, coefficient.value + reach)


def _intercepts(logits: Floats, converted: Flags) -> Floats:
    found = np.zeros((len(logits), 1))
    for _ in range(STEPS):
        shares = logistic(found + logits)
        missing = (converted - shares).sum(axis=1, keepdims=True)
        found += missing / (shares * (1 - shares)).sum(axis=1, keepdims=True)
    return found[:, 0]


def _slopes(logits: Floats, converted: Flags) -> Floats:
    """Slopes of the outcome on each row of logits, which are standardised on the way."""
    spread = np.maximum(logits.std(axis=1, keepdims=True), SMALLEST_SPREAD)
    standard = (logits - logits.mean(axis=1, keepdims=True)) / spread
    rate = converted.mean()
    line = np.tile([np.log(rate / (1 - rate)), 0.0], (len(logits), 1))
    for _ in range(STEPS):
        shares = logistic(line[:, :1] + line[:, 1:] * standard)
        missing, weights = converted - shares, shares * (1 - shares)
        gradient = np.stack([missing.sum(axis=1), (missing * standard).sum(axis=1)], axis=1)
        cross, square = (weights * standard).sum(axis=1), (weights * standard**2).sum(axis=1)
        information = np.stack([weights.sum(axis=1), cross, cross, square], axis=1)
        steps = np.linalg.solve(information.reshape(-1, 2, 2) + TINY, gradient[..., None])
        line += steps[..., 0]
    slopes: Floats = line[:, 1] / spread[:, 0]
    return slopes


def _logit(probabilities: Floats) -> Floats:
    kept = np.clip(probabilities, CLOSEST_TO_CERTAIN, 1 - CLOSEST_TO_CERTAIN)
    logits: Floats = np.log(kept) - np.log1p(-kept)
    return logits
