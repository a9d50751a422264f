"""Whether a model in use still holds on trials that began after those it was judged on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from pql.finder.candidates import FEWEST
from pql.fitted.applying import predict, predict_drawn
from pql.fitted.judging import alarm
from pql.fitted.model import FittedModel
from pql.fitted.reliability import widen
from pql.fitted.screening import Past
from pql.statistics.calibration import Calibration, calibrate


@dataclass(frozen=True, slots=True)
class Check:
    """What the newer trials say. `alarms` are empty where they are too few to tell, or all is well.

    `calibration` is `None` where there are too few.
    """

    trials: int
    converted: int
    calibration: Calibration | None
    alarms: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)


def check(model: FittedModel, past: Past, confirmed_until: datetime) -> Check:
    """Compare what the model expected of newer trials with what came of them.

    It takes 25 that converted, or 25 that should have.
    """
    newer = past.started_at > np.datetime64(confirmed_until.replace(tzinfo=None))
    values = {metric: past.values[metric][newer] for metric in model.metrics}
    converted = past.converted[newer]
    expected = predict(model, values)
    trials, paid = len(converted), int(converted.sum())
    if max(paid, expected.sum()) < FEWEST:
        return Check(trials, paid, None, ())
    calibration = calibrate(expected, converted)
    if model.draws:
        calibration = widen(calibration, predict_drawn(model, values), converted)
    return Check(trials, paid, calibration, alarm(calibration))


def silenced(found: Check, now: datetime) -> str:
    """Why a score that was used is not any more."""
    return (
        f"Not used since {now:%Y-%m-%d}: of the {found.trials:,} trials that began after those it "
        f"was judged on, {found.converted:,} converted; {'; '.join(found.alarms)}."
    )
