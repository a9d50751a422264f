"""Conversion by value: of trials that had done so much by the end of the window, who paid after."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pql.benchmarks.comparing import is_smaller_better
from pql.benchmarks.computing import sample
from pql.benchmarks.percentiles import MINIMUM_ACCOUNTS, Values
from pql.definitions.model import Definition, DefinitionFile, Metric
from pql.metrics.measuring import measure
from pql.statistics.arrays import Flags
from pql.statistics.association import Area, area_under_curve
from pql.statistics.intervals import Rate, wilson
from pql.statistics.ladder import ladder, unit_of
from pql.trials import Evidence, observation_days, select_cohort

LARGEST_COHORT = 50_000
"""Accounts that are measured once; of more, a sample that stays the same between runs."""
PARTS = np.arange(10) / 10


@dataclass(frozen=True, slots=True)
class ValueBin:
    """Accounts whose value was at least `low` and less than `below` (`None`: no upper end).

    Both are `None` for those that never did it. `rate` is how many of the bin converted; `reached`
    how many of those in this bin and in every better one: more, or less where smaller is better.
    """

    low: float | None
    below: float | None
    rate: Rate
    reached: Rate


@dataclass(frozen=True, slots=True)
class ConversionCurve:
    """How a metric's value when the window closed went with converting in the days after.

    `everybody` is the rate of all accounts with a known value; `unknown` have none. `quantiles` are
    bins of about equally many accounts, `steps` those of round values. Neither is there where fewer
    than 25 accounts are known. `area` tells how well the value alone orders the accounts.
    """

    metric: str
    definition: str
    window_days: int
    horizon_days: int
    smaller_is_better: bool
    everybody: Rate
    unknown: int
    area: Area
    quantiles: tuple[ValueBin, ...]
    steps: tuple[ValueBin, ...]


def conversion_curves(file: DefinitionFile, evidence: Evidence) -> dict[str, ConversionCurve]:
    """The curve of each metric for the file's first definition, on mature, eligible accounts only.

    It says what goes together, not what causes it.
    """
    definition = next(iter(file.definitions.values()), None)
    if definition is None or evidence.recording is None:
        return {}
    window = observation_days(file, definition)
    cohort = select_cohort(evidence, window, definition.outcome.within_days)
    judged = sample(cohort.judged, LARGEST_COHORT)
    converted = cohort.converted.loc[judged.index].to_numpy(dtype=bool)
    moments = judged.rename_axis("moment_id").reset_index()
    metrics = list(file.metrics.values())
    values = measure(
        evidence.store, evidence.workspace_id, metrics, moments, calendar=evidence.calendar
    )
    return {
        metric.name: conversion_curve(
            metric, definition, window, values[metric.name].to_numpy(), converted
        )
        for metric in metrics
    }


def conversion_curve(
    metric: Metric, definition: Definition, window_days: int, values: Values, converted: Flags
) -> ConversionCurve:
    """The curve of one metric from values (n,), NaN where unknown, and outcomes (n,)."""
    is_known = ~np.isnan(values)
    some, paid = values[is_known], converted[is_known]
    is_turned = is_smaller_better(metric)
    area = area_under_curve(-some if is_turned else some, paid)
    is_enough = len(some) >= MINIMUM_ACCOUNTS
    return ConversionCurve(
        metric=metric.name,
        definition=definition.name,
        window_days=window_days,
        horizon_days=definition.outcome.within_days,
        smaller_is_better=is_turned,
        everybody=wilson(int(paid.sum()), len(paid)),
        unknown=int((~is_known).sum()),
        area=area,
        quantiles=_bins(some, paid, _quantile_bounds(some), is_turned) if is_enough else (),
        steps=_bins(some, paid, _round_bounds(some), is_turned) if is_enough else (),
    )


def _bins(
    values: Values, converted: Flags, bounds: Values, is_turned: bool
) -> tuple[ValueBin, ...]:
    finite = np.isfinite(values)
    places = np.searchsorted(bounds, values[finite], side="right") - 1
    totals = np.bincount(places, minlength=len(bounds))
    wins = np.bincount(places[converted[finite]], minlength=len(bounds))
    never = int((~finite).sum()), int((~finite & converted).sum())
    if never[0]:
        totals, wins = np.append(totals, never[0]), np.append(wins, never[1])
    reached = [_reached(counts, is_turned) for counts in (wins, totals)]
    ends = [*pairwise([*bounds.tolist(), None]), *([(None, None)] if never[0] else [])]
    return tuple(
        ValueBin(
            *end,
            wilson(int(wins[place]), int(totals[place])),
            wilson(int(reached[0][place]), int(reached[1][place])),
        )
        for place, end in enumerate(ends)
        if totals[place]
    )


def _reached(counts: np.ndarray, is_turned: bool) -> np.ndarray:
    return np.cumsum(counts) if is_turned else np.cumsum(counts[::-1])[::-1]


def _quantile_bounds(values: Values) -> Values:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return finite
    return np.unique(np.quantile(finite, PARTS, method="inverted_cdf"))


def _round_bounds(values: Values) -> Values:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return finite
    steps = np.array(list(ladder(unit_of(finite), float(finite.max()))), dtype=np.float64)
    least = min(0.0, float(finite.min()))
    return np.concatenate([[least], steps])
