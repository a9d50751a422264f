"""Columns that are distributed otherwise among the later units: one alarm for each source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pql.finder.alarms import Alarm, Kind
from pql.finder.columns import ValueTable
from pql.statistics.drift import (
    LargestGap,
    has_moved,
    kolmogorov_smirnov,
    population_stability_index,
)
from pql.statistics.multiplicity import benjamini_hochberg


@dataclass(frozen=True, slots=True)
class _Moved:
    """A column that moved; `index` is `None` where the groups are too small for one."""

    name: str
    index: float | None
    gap: LargestGap
    p_value: float

    @property
    def how_far(self) -> tuple[float, float]:
        return self.index or 0.0, self.gap.distance


def drift_alarms(earlier: ValueTable, later: ValueTable) -> Iterator[Alarm]:
    """Sources that moved far and beyond chance, each by the column that moved furthest."""
    furthest: dict[str, _Moved] = {}
    for source, moved in _moved_columns(earlier, later):
        if source not in furthest or moved.how_far > furthest[source].how_far:
            furthest[source] = moved
    for source, moved in furthest.items():
        stability = "" if moved.index is None else f"PSI {moved.index:.2f}, "
        sentence = (
            f"{moved.name} is distributed otherwise among the later ones ({stability}KS distance "
            f"{moved.gap.distance:.2f}, adjusted p = {moved.p_value:.2g})."
        )
        yield Alarm(Kind.DRIFT, source, sentence)


def _moved_columns(earlier: ValueTable, later: ValueTable) -> Iterator[tuple[str, _Moved]]:
    pairs = [
        (earlier.values[:, number], later.values[:, number])
        for number in range(len(earlier.columns))
    ]
    gaps = [kolmogorov_smirnov(*pair) for pair in pairs]
    p_values = benjamini_hochberg([np.nan if gap is None else gap.p_value for gap in gaps])
    for column, pair, gap, p_value in zip(earlier.columns, pairs, gaps, p_values, strict=True):
        index = population_stability_index(*pair).value
        if gap is not None and has_moved(index, gap, float(p_value)):
            yield column.source, _Moved(column.name, index, gap, float(p_value))
