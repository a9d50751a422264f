"""Where the rate of an outcome changes over time, and from when it was recorded at all."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from pql.statistics.arrays import Flags, Floats

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


@dataclass(frozen=True, slots=True)
class Fewest:
    """How large a regime must be: so many tries, and so many of each outcome.

    One in which an outcome is rarer must have as many tries as would bring that many at the rate of
    all weeks together: that it has fewer is then no accident.
    """

    tries: int = 0
    of_each: int = 0


ANY_SIZE = Fewest()


def segment_breaks(
    successes_by_week: npt.ArrayLike, totals_by_week: npt.ArrayLike, fewest: Fewest = ANY_SIZE
) -> tuple[Regime, ...]:
    """The weeks (n,) divided where their binomial rate changes; one regime where it does not.

    Binary segmentation (Scott and Knott 1974): the week that separates two rates best divides the
    weeks, if the log-likelihood gains more than log(all tries). This is the penalty of BIC
    (Schwarz 1978) for two more parameters, a rate and a place. Each part is divided again. No part
    is made that is smaller than `fewest`.

    Raises:
        ValueError: the two are not of one length.
    """
    won = np.asarray(successes_by_week, dtype=np.float64)
    tried = np.asarray(totals_by_week, dtype=np.float64)
    if won.shape != tried.shape:
        raise ValueError(f"{len(won)} weeks of successes, {len(tried)} of totals")
    cut = _Cut(log(max(tried.sum(), 1.0)), fewest, _rarer_share(won, tried))
    return tuple(
        Regime(first, end, int(won[first:end].sum()), int(tried[first:end].sum()))
        for first, end in _divide(won, tried, 0, len(won), cut)
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


def recorded_until(successes_by_week: npt.ArrayLike, totals_by_week: npt.ArrayLike) -> int | None:
    """The week after the last with an outcome, where none after it is no accident; else all weeks.

    As `recorded_from`, seen from the end.
    """
    won, tried = np.asarray(successes_by_week)[::-1], np.asarray(totals_by_week)[::-1]
    without = recorded_from(won, tried)
    return None if without is None else len(won) - without


@dataclass(frozen=True, slots=True)
class _Cut:
    """What it takes to divide weeks. `rarer` is the share of the rarer outcome of all."""

    penalty: float
    fewest: Fewest
    rarer: float

    def allows(self, won: Floats, tried: Floats) -> Flags:
        """Whether parts with so many tries and successes are large enough."""
        rarest = np.minimum(won, tried - won)
        large = np.maximum(rarest, tried * self.rarer) >= self.fewest.of_each
        allowed: Flags = (tried >= self.fewest.tries) & large
        return allowed


def _rarer_share(won: Floats, tried: Floats) -> float:
    rate = float(won.sum() / tried.sum()) if tried.sum() else 0.0
    return min(rate, 1 - rate)


def _divide(won: Floats, tried: Floats, first: int, end: int, cut: _Cut) -> list[tuple[int, int]]:
    gains = _gains(won[first:end], tried[first:end], cut)
    if not len(gains) or gains.max() <= cut.penalty:
        return [(first, end)]
    middle = first + 1 + int(gains.argmax())
    before = _divide(won, tried, first, middle, cut)
    return before + _divide(won, tried, middle, end, cut)


def _gains(won: Floats, tried: Floats, cut: _Cut) -> Floats:
    """What dividing after each week but the last adds to the log-likelihood.

    Nothing where either part would be too small.
    """
    before = np.cumsum(won)[:-1], np.cumsum(tried)[:-1]
    after = won.sum() - before[0], tried.sum() - before[1]
    gains = (
        _log_likelihood(*before) + _log_likelihood(*after) - _log_likelihood(won.sum(), tried.sum())
    )
    return np.where(cut.allows(*before) & cut.allows(*after), gains, 0.0)


def _log_likelihood(won: npt.ArrayLike, tried: npt.ArrayLike) -> Floats:
    """Of a binomial at its own rate; 0 log 0 is 0."""
    successes, total = np.asarray(won, dtype=np.float64), np.asarray(tried, dtype=np.float64)
    return _times_log(successes) + _times_log(total - successes) - _times_log(total)


def _times_log(counts: Floats) -> Floats:
    return counts * np.log(np.where(counts > 0, counts, 1.0))
