"""Simulated past trials with a planted truth: three counts, and a chance of converting."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from pql.fitted.screening import Past

Floats = npt.NDArray[np.float64]
Values = dict[str, Floats]
Chance = Callable[[Values], Floats]

METRICS = ("messages", "invites", "files")
GAP = 37.0
DAYS = 300
FIRST_DAY = np.datetime64("2026-01-01")
RULE = "messages at least 8"


def logistic(linear: Floats) -> Floats:
    """1 / (1 + exp(-x))."""
    share: Floats = 1 / (1 + np.exp(-linear))
    return share


def additive(values: Values) -> Floats:
    """Each of the three adds to it, and none decides: what a linear score is made for."""
    standard = {name: (np.log1p(values[name]) - 1.6) / 0.9 for name in METRICS}
    return logistic(
        -1.2 + 0.9 * standard["messages"] + 0.8 * standard["invites"] + 0.7 * standard["files"]
    )


def nothing_tells(values: Values) -> Floats:
    """The same for everybody."""
    return np.full(len(values["messages"]), 0.2)


def by_rule(values: Values) -> Floats:
    """The rule says all there is to know."""
    return np.where(values["messages"] >= 8, 0.6, 0.1)


def past(
    trials: int, seed: int, chance: Chance, later: Callable[[Floats], Floats] | None = None
) -> Past:
    """Trials that began on random days of `DAYS`; `later` changes the chance of the last 40 %."""
    generator = np.random.default_rng(seed)
    values = {name: np.floor(np.exp(generator.normal(1.5, 1.0, trials))) for name in METRICS}
    began = np.sort(generator.integers(0, DAYS, trials))
    chances = chance(values)
    if later is not None:
        chances = np.where(began >= 0.6 * DAYS, later(chances), chances)
    return Past(
        values=values,
        forms=dict.fromkeys(METRICS, "amount"),
        converted=generator.random(trials) < chances,
        started_at=(FIRST_DAY + began.astype("timedelta64[D]")).astype("datetime64[us]"),
        met=values["messages"] >= 8,
        rule=RULE,
        gap_days=GAP,
    )
