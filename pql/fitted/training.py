"""Fits the score: regularised logistic regression, its penalty chosen by later trials each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.linear_model import LogisticRegression

from pql.fitted.applying import formed, standardised
from pql.fitted.calibrating import calibrate
from pql.fitted.model import Calibration, FittedModel, Form, Term
from pql.fitted.resampling import bootstrap_fits
from pql.statistics.arrays import Flags, Floats

STRENGTHS = (1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0)
BLOCKS, FOLDS = 5, 10


@dataclass(frozen=True, slots=True)
class Trials:
    """Past trials in the order in which they began: one value a trial and metric, and the outcome.

    `forms` says in which form each metric enters; `tells_unknown` are the metrics that also get a
    term for being unknown.
    """

    values: Mapping[str, Floats]
    converted: Flags
    forms: Mapping[str, Form]
    tells_unknown: frozenset[str] = frozenset()


def train(trials: Trials) -> FittedModel:
    """Choose the penalty, fit to all of the trials, and calibrate on what no fit had seen.

    The penalty is chosen forward in time: each block of trials is predicted by what came before
    it, and the strongest penalty within one standard error of the best mean log loss is taken
    (Breiman et al. 1984). The calibration is learnt out of fold, every tenth trial by the others:
    blocks forward in time would put the chance errors of fits to few trials into it.

    Raises:
        pql.fitted.calibrating.PredictsNothing: out of fold it is no better than the reverse.
    """
    terms = _terms(trials)
    matrix, converted = standardised(terms, trials.values), trials.converted
    strength = _choose([_losses(matrix, converted, each) for each in STRENGTHS])
    calibration = calibrate(_out_of_fold(matrix, converted, strength), converted)
    weights = _calibrated(_fit(matrix, converted, strength), calibration)
    fitted = tuple(
        replace(term, coefficient=float(weight))
        for term, weight in zip(terms, weights[1:], strict=True)
    )
    return FittedModel(fitted, float(weights[0]), calibration, strength)


def with_draws(model: FittedModel, trials: Trials, seed: int) -> FittedModel:
    """The model with bootstrap fits: its own fit and penalty, on trials drawn again.

    The calibration stays: it comes from other predictions than those of the fit.
    """
    matrix = standardised(model.terms, trials.values)
    calibration = model.calibration
    weights = np.array([model.intercept, *(term.coefficient for term in model.terms)])
    start = weights / calibration.slope
    start[0] -= calibration.intercept / calibration.slope
    fits = bootstrap_fits(matrix, trials.converted, model.strength, start, seed)
    draws = fits * calibration.slope
    draws[:, 0] += calibration.intercept
    return replace(model, draws=tuple(tuple(map(float, draw)) for draw in draws))


def _terms(trials: Trials) -> list[Term]:
    forms = [(metric, form) for metric, form in trials.forms.items()]
    forms += [(metric, "is_unknown") for metric in trials.forms if metric in trials.tells_unknown]
    return [_term(metric, form, trials.values[metric]) for metric, form in forms]


def _term(metric: str, form: Form, values: Floats) -> Term:
    as_entered = formed(values, form)
    spread = float(np.nanstd(as_entered))
    return Term(metric, form, float(np.nanmean(as_entered)), spread or 1.0, 0.0)


def _losses(matrix: Floats, converted: Flags, strength: float) -> Floats:
    """The mean log loss of each block of trials, predicted by all that began before it.

    A block before which there was one outcome only is not predicted.
    """
    losses = []
    for later in np.array_split(np.arange(len(converted)), BLOCKS)[1:]:
        earlier = slice(0, later[0])
        if 0 < converted[earlier].sum() < later[0]:
            linear = _linear(_fit(matrix[earlier], converted[earlier], strength), matrix[later])
            losses.append((np.logaddexp(0, linear) - converted[later] * linear).mean())
    return np.array(losses)


def _choose(losses: Sequence[Floats]) -> float:
    """The strongest penalty that does as well as the best within one standard error."""
    best = min(losses, key=np.mean)
    near = [
        strength
        for strength, worse in zip(STRENGTHS, (each - best for each in losses), strict=True)
        if worse.mean() <= worse.std(ddof=1) / np.sqrt(len(worse))
    ]
    return max(near)


def _out_of_fold(matrix: Floats, converted: Flags, strength: float) -> Floats:
    """The linear predictor of each trial by a fit to those of the other folds."""
    linear = np.empty(len(converted))
    fold = np.arange(len(converted)) % FOLDS
    for number in range(FOLDS):
        rest, own = fold != number, fold == number
        linear[own] = _linear(_fit(matrix[rest], converted[rest], strength), matrix[own])
    return linear


def _linear(weights: Floats, matrix: Floats) -> Floats:
    linear: Floats = weights[0] + matrix @ weights[1:]
    return linear


def _fit(matrix: Floats, converted: Flags, strength: float) -> Floats:
    """Intercept and coefficients. The penalty is on the mean loss, so it does not fade with n."""
    model = LogisticRegression(C=1 / (strength * len(matrix)), solver="newton-cholesky")
    model.fit(matrix, converted)
    return np.concatenate([model.intercept_, model.coef_[0]])


def _calibrated(weights: Floats, calibration: Calibration) -> Floats:
    """With Platt's line multiplied in: the logistic function of the result is the probability."""
    calibrated = calibration.slope * weights
    calibrated[0] += calibration.intercept
    return calibrated
