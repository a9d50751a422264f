"""Round thresholds: 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150 ... times a unit."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, log10

import numpy as np

from pql.statistics.arrays import Floats

FIRST_STEPS: tuple[float, ...] = (1.0, 2.0, 3.0, 5.0, 7.0)
LATER_STEPS: tuple[float, ...] = (1.0, 1.5, 2.0, 3.0, 5.0, 7.5)


def ladder(unit: float, highest: float) -> Iterator[float]:
    """The round thresholds from the unit up to the highest, ascending."""
    power, steps = 1.0, FIRST_STEPS
    while unit * power <= highest:
        for step in steps:
            threshold = float(f"{step * power * unit:.6g}")
            if threshold <= highest:
                yield threshold
        power, steps = power * 10, LATER_STEPS


def unit_of(finite: Floats) -> float:
    """1 for whole numbers; for others a power of ten, about a tenth of the usual value above 0."""
    above = finite[finite > 0]
    if not len(above) or bool(np.all(finite % 1 == 0)):
        return 1.0
    return float(10.0 ** (floor(log10(float(np.median(above)))) - 1))
