"""From a fitted model and an account's metrics to a score in parts. numpy alone: workers run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan, nan

import numpy as np

from pql.fitted.model import Calibration, Fitted, FittedModel, FittedPart, Form, Term
from pql.scores import FULL_SCORE, Points, largest_remainder
from pql.statistics.arrays import Floats

LOW, HIGH = 0.025, 0.975
LEAST_DISTANCE = 1e-9
"""Predictors nearer to one another than this are the same: their difference divides nothing."""


def apply(model: FittedModel, metrics: Mapping[str, float]) -> Fitted:
    """The fitted score of one account. `metrics`: by name; NaN is unknown, inf is "never"."""
    values = {name: np.array([metrics.get(name, nan)]) for name in model.metrics}
    return apply_all(model, values)[0]


def apply_all(model: FittedModel, values: Mapping[str, Floats]) -> list[Fitted]:
    """The fitted scores of many accounts. `values` has one array of equal length a metric."""
    added = _added(model, values)
    linear = model.intercept + added.sum(axis=0)
    shares = probabilities(model.calibration, linear)
    points = _points(model, linear, shares, added)
    lows, highs = _intervals(model, values, shares)
    return [
        _fitted(
            model,
            {name: float(values[name][row]) for name in model.metrics},
            added[:, row],
            points[:, row],
            (float(shares[row]), float(lows[row]), float(highs[row])),
        )
        for row in range(len(shares))
    ]


def predict(model: FittedModel, values: Mapping[str, Floats]) -> Floats:
    """The calibrated probability of each account, whatever is unknown of it."""
    linear = model.intercept + contributions(model.terms, values).sum(axis=1)
    return probabilities(model.calibration, linear)


def predict_drawn(model: FittedModel, values: Mapping[str, Floats]) -> Floats:
    """The probability of each account by each bootstrap fit: (draws, accounts)."""
    draws = np.array(model.draws)
    linear = draws[:, :1] + draws[:, 1:] @ standardised(model.terms, values).T
    return probabilities(model.calibration, linear)


def contributions(terms: Sequence[Term], values: Mapping[str, Floats]) -> Floats:
    """What each term adds to the linear predictor: a row an account, a column a term."""
    standard = standardised(terms, values)
    coefficients = np.array([term.coefficient for term in terms], dtype="float64")
    weighted: Floats = standard * coefficients
    return weighted


def standardised(terms: Sequence[Term], values: Mapping[str, Floats]) -> Floats:
    """(form of the value - centre) / spread; 0 where the value is unknown."""
    columns = [
        (formed(values[term.metric], term.form) - term.centre) / term.spread for term in terms
    ]
    return np.nan_to_num(np.column_stack(columns), nan=0.0)


def formed(values: Floats, form: Form) -> Floats:
    """The values in the form in which they enter the model. NaN stays NaN but in `is_unknown`."""
    if form == "is_unknown":
        return np.isnan(values).astype("float64")
    if form == "recency":
        recency: Floats = 1 / (1 + np.maximum(values, 0.0))
        return recency
    amount: Floats = np.sign(values) * np.log1p(np.abs(values))
    return amount


def probabilities(calibration: Calibration, linear: Floats) -> Floats:
    """Calibrated probabilities of linear predictors, any shape."""
    if calibration.kind == "platt":
        return logistic(linear)
    at, shares = zip(*calibration.knots, strict=True)
    curve: Floats = np.interp(linear, at, shares)
    return curve


def logistic(linear: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * linear))


def _intervals(
    model: FittedModel, values: Mapping[str, Floats], shares: Floats
) -> tuple[Floats, Floats]:
    """The 95 % percentile interval over the bootstrap fits, never without the probability itself.

    Without draws there is no interval: NaN.
    """
    if not model.draws:
        nothing = np.full(len(shares), nan)
        return nothing, nothing
    low, high = np.quantile(predict_drawn(model, values), [LOW, HIGH], axis=0)
    return np.minimum(low, shares), np.maximum(high, shares)


def _added(model: FittedModel, values: Mapping[str, Floats]) -> Floats:
    """What each metric adds to the linear predictor: a row a metric, a column an account."""
    of_terms = contributions(model.terms, values)
    return np.stack(
        [
            of_terms[:, [term.metric == name for term in model.terms]].sum(axis=1)
            for name in model.metrics
        ]
    )


def _points(model: FittedModel, linear: Floats, shares: Floats, added: Floats) -> Points:
    """The average trial's points and each metric's, whole, summing to the rounded score.

    Along the straight way from the average trial to the account's, each metric gets of the
    difference in probability what its contribution is of the difference in the linear predictor
    (integrated gradients: Sundararajan, Taly & Yan 2017); whole numbers by largest remainder.
    """
    average = probabilities(model.calibration, np.array([model.intercept]))[0]
    distance = linear - model.intercept
    is_far = np.abs(distance) > LEAST_DISTANCE
    slope = np.full(len(linear), _slope(model.calibration, model.intercept))
    rate = np.divide(shares - average, distance, out=slope, where=is_far)
    base = np.full((1, len(linear)), FULL_SCORE * average)
    return largest_remainder(np.concatenate([base, FULL_SCORE * rate * added]))


def _fitted(
    model: FittedModel,
    metrics: Mapping[str, float],
    added: Floats,
    points: Points,
    ends: tuple[float, float, float],
) -> Fitted:
    unknown = model.unreadable(name for name, value in metrics.items() if isnan(value))
    base, *given = points.tolist()
    if unknown:
        parts = _parts(metrics, [None] * len(metrics), added)
        return Fitted(None, None, None, None, None, parts, unknown)
    share, low, high = (None if isnan(end) else end for end in ends)
    return Fitted(sum(points.tolist()), share, low, high, base, _parts(metrics, given, added))


def _parts(
    metrics: Mapping[str, float], points: Sequence[int | None], added: Floats
) -> tuple[FittedPart, ...]:
    return tuple(
        FittedPart(name, given, value, float(contribution))
        for (name, value), given, contribution in zip(metrics.items(), points, added, strict=True)
    )


def _slope(calibration: Calibration, linear: float) -> float:
    """How fast the probability grows with the linear predictor."""
    around = probabilities(calibration, np.array([linear - 1e-4, linear + 1e-4]))
    return float(around[1] - around[0]) / 2e-4
