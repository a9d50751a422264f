"""What a candidate came to in a group, with 95 % intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pql.finder.counting import Counts
from pql.statistics.arrays import Floats
from pql.statistics.association import matthews
from pql.statistics.intervals import Difference, Lift, Rate, lift, newcombe, wilson

DRAWS = 1_000
DRAWN_AT_ONCE = 2_000_000
ENDS = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Correlation:
    """Matthews' correlation (-1 to 1), its interval and its standard error; `None` is unknown."""

    value: float | None
    low: float | None
    high: float | None
    error: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A candidate in a group. `unknown` are neither met nor not met, and in no other count.

    `difference` is the rate of those that met it less the rate of those that did not.
    """

    population: int
    converted: int
    met: int
    met_and_converted: int
    unknown: int
    precision: Rate
    recall: Rate
    lift: Lift
    difference: Difference
    mcc: Correlation


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """MCC, and how lift and MCC spread over resamples of the units, for each candidate (j,)."""

    mcc: Floats
    lift_low: Floats
    lift_high: Floats
    mcc_low: Floats
    mcc_high: Floats
    mcc_error: Floats


def resample(counts: Counts, repeated: float, generator: np.random.Generator) -> Resampled:
    """The percentile bootstrap of lift and MCC (Efron and Tibshirani 1993), 1,000 resamples.

    A resample of the units matters only through its four counts, and these are multinomial with
    the shares that were seen; so the counts are drawn, for all candidates at once, which is the
    same as drawing the units one by one.

    Args:
        counts: of candidates (j,).
        repeated: how much the units repeat one another (`ValueTable.units_a_cluster`); counts are
            divided by it (Rao and Scott 1992).
    """
    cells = np.stack(list(_cells(counts)), axis=1)
    at_once = max(1, DRAWN_AT_ONCE // DRAWS)
    blocks = [
        _resample_some(cells[first : first + at_once], repeated, generator)
        for first in range(0, len(cells), at_once)
    ] or [np.empty((5, 0))]
    return Resampled(counts.phi, *np.concatenate(blocks, axis=1))


def figures(
    counts: Counts, resampled: Resampled, repeated: float, units: int, number: int
) -> Figures:
    """Everything about the candidate of that number, in a group of so many units."""
    everyone, converted, met, both = (
        int(each[number])
        for each in (counts.population, counts.converted, counts.met, counts.met_and_converted)
    )
    n, c, m, a = _shrunk((everyone, converted, met, both), repeated)
    simple_lift = lift(everyone, converted, met, both)
    return Figures(
        population=everyone,
        converted=converted,
        met=met,
        met_and_converted=both,
        unknown=units - everyone,
        precision=_rate(both, met, wilson(a, m)),
        recall=_rate(both, converted, wilson(a, c)),
        lift=_lift(simple_lift, resampled, number, has_converted=a > 0),
        difference=_difference((everyone, converted, met, both), newcombe(a, m, c - a, n - m)),
        mcc=Correlation(
            _known(resampled.mcc[number]),
            _known(resampled.mcc_low[number]),
            _known(resampled.mcc_high[number]),
            _known(resampled.mcc_error[number]),
        ),
    )


def _cells(counts: Counts) -> Iterator[npt.NDArray[np.int64]]:
    met, both = counts.met, counts.met_and_converted
    yield both
    yield met - both
    yield counts.converted - both
    yield counts.population - met - counts.converted + both


def _resample_some(
    cells: npt.NDArray[np.int64], repeated: float, generator: np.random.Generator
) -> Floats:
    """(5, j): both ends of lift, both ends of MCC, and its standard error."""
    totals = cells.sum(axis=1)
    shares = cells / np.maximum(totals, 1)[:, np.newaxis]
    shares[totals == 0] = 0.25
    sizes = np.round(totals / repeated).astype(np.int64)
    drawn = generator.multinomial(sizes, shares, size=(DRAWS, len(cells)))
    both, only_met, only_converted = drawn[..., 0], drawn[..., 1], drawn[..., 2]
    met, converted = both + only_met, both + only_converted
    possible = met * converted
    lifts = np.divide(
        both * sizes, possible, out=np.full(possible.shape, np.nan), where=possible > 0
    )
    phi = matthews(sizes, converted, met, both)
    return np.stack([*_ends(lifts), *_ends(phi), _deviation(phi)])


def _ends(draws: Floats) -> Floats:
    """The percentiles of each column; draws without a figure are left out."""
    ordered = np.sort(draws, axis=0)  # NaN last
    known = (~np.isnan(draws)).sum(axis=0)
    low, high = (
        np.clip(np.round(known * end - (end > 0.5)), 0, len(draws) - 1).astype(np.int64)
        for end in ENDS
    )
    columns = np.arange(draws.shape[1])
    return np.stack([ordered[low, columns], ordered[high, columns]])


def _deviation(draws: Floats) -> Floats:
    known = ~np.isnan(draws)
    number = np.maximum(known.sum(axis=0), 1)
    values = np.where(known, draws, 0.0)
    mean = values.sum(axis=0) / number
    deviation: Floats = np.sqrt((np.where(known, draws - mean, 0.0) ** 2).sum(axis=0) / number)
    return deviation


def _shrunk(counts: tuple[int, int, int, int], repeated: float) -> tuple[int, int, int, int]:
    """The four counts as if each account had one unit."""
    if repeated == 1:
        return counts
    everyone, converted, met, both = counts
    cells = (both, met - both, converted - both, everyone - met - converted + both)
    a, b, c, d = (round(each / repeated) for each in cells)
    return a + b + c + d, a + c, a + b, a


def _rate(successes: int, total: int, interval: Rate) -> Rate:
    value = successes / total if total else None
    return Rate(successes, total, value, interval.low, interval.high)


def _lift(simple: Lift, resampled: Resampled, number: int, *, has_converted: bool) -> Lift:
    """Where none converted, every resample says 0: the upper end is that of the rate."""
    if simple.value is None or not has_converted:
        return simple
    return Lift(
        simple.value, _known(resampled.lift_low[number]), _known(resampled.lift_high[number])
    )


def _difference(counts: tuple[int, int, int, int], interval: Difference) -> Difference:
    everyone, converted, met, both = counts
    if not 0 < met < everyone:
        return Difference(None, None, None)
    value = both / met - (converted - both) / (everyone - met)
    return Difference(value, interval.low, interval.high)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
