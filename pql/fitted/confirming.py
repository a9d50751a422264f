"""How a fitted score did on later trials, which nothing about it was chosen on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pql.fitted.comparing import Comparison, compare
from pql.fitted.reliability import widen
from pql.fitted.rivals import Rival
from pql.statistics.arrays import Flags, Floats
from pql.statistics.association import Area
from pql.statistics.calibration import Calibration, calibrate
from pql.statistics.intervals import Lift, lift
from pql.statistics.roc import delong

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A score against what came of the later trials.

    `area` has DeLong's interval. `calibration` compares expected and seen by tenth of the score,
    in the same order as `lifts`: the rate of each tenth over that of all. `brier` is the mean
    squared error of the probabilities, `brier_of_rate` that of expecting the same of everybody.
    """

    area: Area
    calibration: Calibration
    lifts: tuple[Lift, ...]
    brier: float
    brier_of_rate: float
    comparisons: tuple[Comparison, ...]


def confirm(
    predicted: Floats, drawn: Floats, converted: Flags, rivals: Sequence[Rival], seed: int
) -> Confirmation:
    """Judge probabilities (n,) by what happened (n,), beside rules on the same trials.

    `drawn` (draws, n) are the probabilities by bootstrap fits.
    """
    rate = float(converted.mean())
    calibration = widen(calibrate(predicted, converted, TENTHS), drawn, converted)
    return Confirmation(
        area=delong(predicted, converted),
        calibration=calibration,
        lifts=tuple(
            lift(len(converted), int(converted.sum()), tenth.seen.total, tenth.seen.successes)
            for tenth in calibration.bins
        ),
        brier=float(np.mean((predicted - converted) ** 2)),
        brier_of_rate=rate * (1 - rate),
        comparisons=tuple(compare(predicted, rival, converted, seed) for rival in rivals),
    )
