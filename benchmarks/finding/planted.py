"""Simulated accounts whose chance to convert is known: what a search must find, or must not."""

from __future__ import annotations

from functools import cache

import numpy as np

from pql.finder.candidates import Candidate
from pql.finder.columns import Column, ValueTable
from pql.statistics.arrays import Flags, Floats

METRICS = 8
UNITS = 600
THRESHOLD = 10.0
"""Of the first metric; the others only go together with it."""
REACHED, NOT_REACHED = 0.45, 0.08
WITHOUT_EFFECT = 0.15
DAYS = 240
GAP_DAYS = 37.0
TRUTH_UNITS = 400_000


def plant(
    seed: int, *, has_effect: bool = True, units: int = UNITS, days: int = DAYS
) -> tuple[ValueTable, Floats]:
    """Accounts by metrics that are counts and correlate, and the chance (units,) of each."""
    generator = np.random.default_rng(seed)
    shared = generator.gamma(0.8, 6.0, (units, 1))
    values = np.floor(shared + generator.gamma(0.8, 8.0, (units, METRICS)))
    chance = np.full(units, WITHOUT_EFFECT)
    if has_effect:
        chance = np.where(values[:, 0] >= THRESHOLD, REACHED, NOT_REACHED)
    began = np.sort(generator.integers(0, days, units)).astype("timedelta64[D]")
    table = ValueTable(
        columns=tuple(Column(f"metric_{n}", f"metric_{n}", is_timed=True) for n in range(METRICS)),
        values=values,
        outcome=generator.random(units) < chance,
        started_at=np.datetime64("2026-01-01") + began,
        cluster=np.arange(units),
    )
    return table, chance


def true_lift(candidate: Candidate) -> float:
    """The lift a candidate has in so many accounts that chance does not matter."""
    table, chance = _many()
    return float(chance[meets(table, candidate)].mean() / chance.mean())


def meets(table: ValueTable, candidate: Candidate) -> Flags:
    """Which units meet a candidate."""
    flags = [table.values[:, part.column] >= part.threshold for part in candidate.parts]
    met: Flags = np.all(flags, axis=0) if candidate.require == "all" else np.any(flags, axis=0)
    return met


@cache
def _many() -> tuple[ValueTable, Floats]:
    return plant(2**32, units=TRUTH_UNITS)
