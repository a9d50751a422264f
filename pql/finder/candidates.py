"""Which thresholds are tried: a fixed ladder and quantiles of those who did something.

Nothing here looks at the outcome. Quantiles of the converters fit the outcome that was seen and
not the permuted ones, so the search would beat chance too often (see docs/statistics.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pql.finder.columns import Column, ValueTable
from pql.statistics.arrays import Floats, without_unknown
from pql.statistics.ladder import ladder, unit_of

FEWEST = 25
"""Units that must have met a candidate, and units that must not."""
SMALLEST_SHARE = 0.02
"""Of the population that must have met it."""

QUANTILES = np.array([*np.arange(1, 20) / 20, 0.975])
DIGITS = 3
"""Of a threshold at a quantile of numbers that are not whole."""


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A column, by its number, that reaches a threshold. `is_round`: a step of the ladder."""

    column: int
    threshold: float
    is_round: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One part, or `all` or `any` of two or three."""

    parts: tuple[Part, ...]
    require: str = "all"


@dataclass(frozen=True, slots=True)
class Support:
    """By how many units a candidate must be met, and not met, to be looked at."""

    met: float
    not_met: float

    @classmethod
    def of(cls, table: ValueTable) -> Support:
        """What it takes in this group. Units that share an account count for less than one."""
        fewest = FEWEST * table.units_a_cluster
        return cls(max(fewest, SMALLEST_SHARE * len(table)), fewest)


def supported_parts(table: ValueTable, support: Support) -> tuple[list[Part], int]:
    """The parts that are worth trying in this group, by column and threshold; how many are not.

    Thresholds that the same units reach are one, the roundest.
    """
    tried = [
        (part, met, not_met)
        for number, column in enumerate(table.columns)
        for part, met, not_met in distinct_parts(number, column, table)
    ]
    kept = [
        part for part, met, not_met in tried if met >= support.met and not_met >= support.not_met
    ]
    return kept, len(tried) - len(kept)


def distinct_parts(
    number: int, column: Column, table: ValueTable
) -> Iterator[tuple[Part, int, int]]:
    """A column's thresholds, lowest first, with how many units reach them and how many do not."""
    ascending = np.sort(without_unknown(table.values[:, number]))
    if not len(ascending) or ascending[0] == ascending[-1]:
        return
    by_met: dict[int, Part] = {}
    for threshold, is_round in _thresholds(column, ascending):
        met = len(ascending) - int(np.searchsorted(ascending, threshold, side="left"))
        if met not in by_met or is_round > by_met[met].is_round:
            by_met[met] = Part(number, threshold, is_round)
    for met, part in sorted(by_met.items(), reverse=True):
        yield part, met, len(ascending) - met


def _thresholds(column: Column, ascending: Floats) -> Iterator[tuple[float, bool]]:
    if column.category is not None:
        yield 1.0, True
        return
    finite = ascending[np.isfinite(ascending)]
    active = finite[finite > ascending[0]]
    if not len(active):
        return
    whole = bool(np.all(finite % 1 == 0))
    steps = ladder(unit_of(active), float(active[-1]))
    yield from ((step, True) for step in steps)
    found = np.unique(np.quantile(active, QUANTILES, method="inverted_cdf"))
    yield from ((each, False) for each in _readable(found, whole))


def _readable(found: Floats, whole: bool) -> list[float]:
    if whole:
        return [float(each) for each in found]
    return [float(f"{each:.{DIGITS}g}") for each in found]
