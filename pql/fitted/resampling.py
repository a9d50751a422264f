"""Bootstrap fits, many at a time: Newton's method on all resamples together."""

from __future__ import annotations

import numpy as np

from pql.fitted.applying import logistic
from pql.statistics.arrays import Flags, Floats

DRAWS = 200
DRAWS_AT_ONCE = 25
MOST_STEPS = 30
SMALL_STEP = 1e-8


def bootstrap_fits(
    matrix: Floats, converted: Flags, strength: float, start: Floats, seed: int
) -> Floats:
    """Intercept and coefficients (draws, 1 + k) of fits to resampled rows of `matrix` (n, k).

    The same penalised fit as in `training`, begun at its result `start` (1 + k,).
    """
    generator = np.random.default_rng(seed)
    columns = np.column_stack([np.ones(len(matrix)), matrix])
    parts = [
        _fits(columns, converted, _drawn(len(matrix), generator), strength, start)
        for _ in range(DRAWS // DRAWS_AT_ONCE)
    ]
    return np.concatenate(parts)


def _drawn(rows: int, generator: np.random.Generator) -> Floats:
    """How often each row is drawn: (draws, rows)."""
    drawn = generator.integers(0, rows, (DRAWS_AT_ONCE, rows))
    return np.stack([np.bincount(each, minlength=rows) for each in drawn]).astype("float64")


def _fits(
    columns: Floats, converted: Flags, weights: Floats, strength: float, start: Floats
) -> Floats:
    penalty = strength * len(columns) * np.diag([0.0, *np.ones(columns.shape[1] - 1)])
    found = np.tile(start, (len(weights), 1))
    for _ in range(MOST_STEPS):
        shares = logistic(found @ columns.T)
        gradient = (weights * (shares - converted)) @ columns + found @ penalty
        curvature = weights * shares * (1 - shares)
        steps = np.linalg.solve(_products(columns, curvature) + penalty, gradient[..., None])
        found -= steps[..., 0]
        if np.abs(steps).max() < SMALL_STEP:
            break
    return found


def _products(columns: Floats, weights: Floats) -> Floats:
    """For each draw the sum over the rows of weight x column x column: (draws, k, k)."""
    return np.stack([(columns.T * each) @ columns for each in weights])
