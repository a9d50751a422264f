"""Small tables for the finder."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pql.finder.candidates import Candidate, Part
from pql.finder.columns import Column, ValueTable
from pql.finder.counting import Counts
from pql.finder.figures import Figures, figures, resample
from pql.statistics.arrays import Flags


def table_of(
    values: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    days: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    categories: Sequence[str | None] | None = None,
    is_timed: bool = True,
) -> ValueTable:
    """Units by columns. `days` are those from the first of January to each t0.

    `is_timed`: the columns count events, which may tell far more than others.
    """
    matrix = np.asarray(values, dtype=np.float64)
    units, number = matrix.shape
    began = None
    if days is not None:
        began = np.datetime64("2026-01-01") + np.asarray(days).astype("timedelta64[D]")
    columns = [
        Column(f"column_{each}", f"column_{each}", category=category, is_timed=is_timed)
        for each, category in enumerate(categories or [None] * number)
    ]
    return ValueTable(
        tuple(columns),
        matrix,
        np.asarray(outcome, dtype=bool),
        began,
        np.arange(units) if clusters is None else np.asarray(clusters, dtype=np.int64),
    )


def single(column: int, threshold: float, *, is_round: bool = True) -> Candidate:
    return Candidate((Part(column, threshold, is_round),))


def meets(table: ValueTable, candidate: Candidate) -> Flags:
    """Who meets a candidate, where everything is known."""
    flags = [table.values[:, part.column] >= part.threshold for part in candidate.parts]
    met: Flags = np.all(flags, axis=0) if candidate.require == "all" else np.any(flags, axis=0)
    return met


def figures_of(population: int, converted: int, met: int, both: int) -> Figures:
    counts = Counts(*(np.array([number]) for number in (population, converted, met, both)))
    resampled = resample(counts, 1.0, np.random.default_rng(1))
    return figures(counts, resampled, 1.0, population, 0)
