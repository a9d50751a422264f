"""What a fitted score consists of, and what it gives an account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Form = Literal["amount", "recency", "is_unknown"]
"""How a metric's value x enters: sign(x) log(1 + |x|); 1 / (1 + days), 0 for "never"; 1 if unknown.
"""


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of the linear predictor: `coefficient` x (form of the value - centre) / spread.

    `centre` and `spread` are the mean and the standard deviation over the trials it was fitted to,
    so a term of the average trial is 0. An unknown value counts as average in `amount` and
    `recency`; where a metric has an `is_unknown` term, that says what being unknown tells.
    """

    metric: str
    form: Form
    centre: float
    spread: float
    coefficient: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the linear predictor becomes a probability.

    `platt` (Platt 1999): the logistic function; `slope` and `intercept` are already multiplied into
    the model's coefficients and are kept to be shown. `isotonic`: straight lines through `knots`
    (linear predictor, probability), level beyond the ends.
    """

    kind: Literal["platt", "isotonic"]
    slope: float = 1.0
    intercept: float = 0.0
    knots: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A fitted score: probability = calibration(intercept + sum of the terms).

    `strength` is the penalty on the squared coefficients for each trial. `draws` are the intercept
    and coefficients of bootstrap fits, for intervals; empty where nobody was to be scored.
    """

    terms: tuple[Term, ...]
    intercept: float
    calibration: Calibration
    strength: float
    draws: tuple[tuple[float, ...], ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics it looks at, each once, in the order of the definition file."""
        return unique(term.metric for term in self.terms)

    def unreadable(self, unknown: Iterable[str]) -> tuple[str, ...]:
        """Those unknown metrics of which it never learnt what being unknown means."""
        told = {term.metric for term in self.terms if term.form == "is_unknown"}
        return tuple(metric for metric in unknown if metric in self.metrics and metric not in told)


@dataclass(frozen=True, slots=True)
class FittedPart:
    """What a metric adds to the score or takes from it, in whole points. `value`: NaN is unknown.

    `contribution` is its part of the linear predictor.
    """

    metric: str
    points: int | None
    value: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """An account's fitted score: 100 x the calibrated probability that it converts, whole.

    `base` is the score of a trial that is average in everything; `base` and the points of `parts`
    sum exactly to `score`. `low` and `high` are the 95 % interval of `probability` over bootstrap
    fits. All `None` where a metric is `unknown` of which the model never learnt what that means.
    """

    score: int | None
    probability: float | None
    low: float | None
    high: float | None
    base: int | None
    parts: tuple[FittedPart, ...]
    unknown: tuple[str, ...] = ()


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in the order of its first appearance."""
    return tuple(dict.fromkeys(names))
