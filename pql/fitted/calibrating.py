"""From out-of-fold predictions to probabilities that come true: Platt's line or isotonic steps."""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import IsotonicRegression

from pql.fitted.applying import logistic
from pql.fitted.model import Calibration
from pql.statistics.arrays import Flags, Floats

ENOUGH_FOR_STEPS = 1_000
"""Converters, and others, from which on isotonic steps may be taken: they overfit with fewer
(Niculescu-Mizil & Caruana 2005)."""

MOST_STEPS = 50


class PredictsNothing(ValueError):
    """Out of fold, higher predictions went with fewer conversions."""


def calibrate(linear: Floats, converted: Flags) -> Calibration:
    """The calibration learnt from linear predictors of trials that the fit had not seen.

    Raises:
        PredictsNothing: the line does not rise.
    """
    slope, intercept = platt(linear, converted)
    if slope <= 0:
        raise PredictsNothing("higher predictions went with fewer conversions")
    if min(converted.sum(), (~converted).sum()) < ENOUGH_FOR_STEPS:
        return Calibration("platt", slope, intercept)
    return Calibration("isotonic", knots=isotonic(linear, converted))


def platt(linear: Floats, converted: Flags) -> tuple[float, float]:
    """Slope and intercept of the logistic line (Platt 1999), targets a little inside 0 and 1.

    Newton's method with step halving (Lin, Lin & Weng 2007).
    """
    positive, negative = converted.sum(), (~converted).sum()
    targets = np.where(converted, (positive + 1) / (positive + 2), 1 / (negative + 2))
    columns = np.column_stack([linear, np.ones(len(linear))])
    line = np.array([0.0, np.log((positive + 1) / (negative + 1))])
    loss = _loss(columns @ line, targets)
    for _ in range(100):
        shares = logistic(columns @ line)
        gradient = columns.T @ (shares - targets)
        weights = shares * (1 - shares)
        step = np.linalg.solve((columns.T * weights) @ columns + 1e-12 * np.eye(2), gradient)
        line, loss, gained = _descend(columns, targets, line, step, loss)
        if gained < 1e-10 * len(linear):
            break
    return float(line[0]), float(line[1])


def _descend(
    columns: Floats, targets: Floats, line: Floats, step: Floats, loss: float
) -> tuple[Floats, float, float]:
    for halvings in range(30):
        tried: Floats = line - step / 2**halvings
        tried_loss = _loss(columns @ tried, targets)
        if tried_loss < loss:
            return tried, tried_loss, loss - tried_loss
    return line, loss, 0.0


def _loss(linear: Floats, targets: Floats) -> float:
    return float((np.logaddexp(0, linear) - targets * linear).sum())


def isotonic(linear: Floats, converted: Flags) -> tuple[tuple[float, float], ...]:
    """Knots of a rising curve: isotonic regression with its steps drawn to their middles.

    Straight lines between the middles of the steps (centred isotonic regression: Oron & Flournoy
    2017) rise everywhere, so a score in parts does not jump. Trials are first taken together in at
    most `MOST_STEPS` groups of equal size.
    """
    groups = np.array_split(np.argsort(linear, kind="stable"), MOST_STEPS)
    at = np.array([linear[group].mean() for group in groups])
    share = np.array([converted[group].mean() for group in groups])
    size = np.array([len(group) for group in groups], dtype="float64")
    level = IsotonicRegression().fit_transform(at, share, sample_weight=size)
    return tuple(
        (float(np.average(at[step], weights=size[step])), float(value))
        for value in np.unique(level)
        for step in [level == value]
    )
