"""Where the rate of an outcome changes over time, and from when it was recorded at all."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from pql.statistics.arrays import Floats

UNLIKELY = 0.001
"""So improbable must it be that the first weeks have no outcome by chance."""


@dataclass(frozen=True, slots=True)
class Regime:
    """Weeks from `first` and before `end` in which the rate is one and the same."""

    first: int
    end: int
    successes: int
    total: int

    @property
    def rate(self) -> float | None:
        """The share of successes; `None` where nothing was tried."""
        return self.successes / self.total if self.total else None


def segment_breaks(
    successes_by_week: npt.ArrayLike, totals_by_week: npt.ArrayLike
) -> tuple[Regime, ...]:
    """The weeks (n,) divided where their binomial rate changes; one regime where it does not.

    Binary segmentation (Scott and Knott 1974): the week that separates two rates best divides the
    weeks, if the log-likelihood gains more than log(all tries). This is the penalty of BIC
    (Schwarz 1978) for two more parameters, a rate and a place. Each part is divided again.

    Raises:
        ValueError: the two are not of one length.
    """
    won = np.asarray(successes_by_week, dtype=np.float64)
    tried = np.asarray(totals_by_week, dtype=np.float64)
    if won.shape != tried.shape:
        raise ValueError(f"{len(won)} weeks of successes, {len(tried)} of totals")
    penalty = log(max(tried.sum(), 1.0))
    return tuple(
        Regime(first, end, int(won[first:end].sum()), int(tried[first:end].sum()))
        for first, end in _divide(won, tried, 0, len(won), penalty)
    )


def recorded_from(successes_by_week: npt.ArrayLike, totals_by_week: npt.ArrayLike) -> int | None:
    """The first week with an outcome, where none before it is no accident; else 0.

    With the rate of the later weeks, no outcome in the weeks before would have had a chance below
    one in a thousand. `None` where there never was an outcome.
    """
    won, tried = np.asarray(successes_by_week), np.asarray(totals_by_week)
    if not won.any():
        return None
    first = int(np.flatnonzero(won)[0])
    rate = min(won[first:].sum() / tried[first:].sum(), 1 - 1e-12)
    is_accident = tried[:first].sum() * np.log1p(-rate) >= log(UNLIKELY)
    return 0 if is_accident else first


def _divide(
    won: Floats, tried: Floats, first: int, end: int, penalty: float
) -> list[tuple[int, int]]:
    gains = _gains(won[first:end], tried[first:end])
    if not len(gains) or gains.max() <= penalty:
        return [(first, end)]
    middle = first + 1 + int(gains.argmax())
    before = _divide(won, tried, first, middle, penalty)
    return before + _divide(won, tried, middle, end, penalty)


def _gains(won: Floats, tried: Floats) -> Floats:
    """What dividing after each week but the last adds to the log-likelihood."""
    won_before, tried_before = np.cumsum(won)[:-1], np.cumsum(tried)[:-1]
    return (
        _log_likelihood(won_before, tried_before)
        + _log_likelihood(won.sum() - won_before, tried.sum() - tried_before)
        - _log_likelihood(won.sum(), tried.sum())
    )


def _log_likelihood(won: npt.ArrayLike, tried: npt.ArrayLike) -> Floats:
    """Of a binomial at its own rate; 0 log 0 is 0."""
    successes, total = np.asarray(won, dtype=np.float64), np.asarray(tried, dtype=np.float64)
    return _times_log(successes) + _times_log(total - successes) - _times_log(total)


def _times_log(counts: Floats) -> Floats:
    return counts * np.log(np.where(counts > 0, counts, 1.0))
