"""Whether trials of now do what trials of before did, at the same age: has a benchmark moved?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from pql.benchmarks.computing import sample
from pql.definitions.model import DefinitionFile, Metric
from pql.metrics.measuring import measure
from pql.statistics.arrays import without_unknown
from pql.statistics.drift import (
    FEWEST_A_BIN,
    LargestGap,
    has_moved,
    kolmogorov_smirnov,
    population_stability_index,
)
from pql.statistics.multiplicity import benjamini_hochberg
from pql.trials import Evidence, Recording, day_ends, observation_days, watched_trials

PERIODS = (30, 60, 90)
"""In days; the shortest that has enough accounts in both periods is compared."""
FEWEST_ACCOUNTS = 2 * FEWEST_A_BIN
MOST_ACCOUNTS = 10_000


@dataclass(frozen=True, slots=True)
class MetricDrift:
    """A metric now against before. `None`: too few accounts have a known value.

    `adjusted` is the p-value of Kolmogorov and Smirnov's test after Benjamini and Hochberg, over
    all metrics. `median_before` and `median_now` are `None` at "never" too.
    """

    metric: str
    before: int
    now: int
    median_before: float | None
    median_now: float | None
    stability_index: float | None
    distance: float | None
    p_value: float | None
    adjusted: float | None
    moved: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """Trials that began in the latest period against those of the period before.

    Both are as long as `period_days` and compared at an age of `age_days`, which all of them have
    reached; the later one begins at `divided_at`. `refused` says why nothing was
    compared.
    """

    age_days: int
    period_days: int | None
    divided_at: datetime | None
    refused: str | None
    metrics: tuple[MetricDrift, ...]

    @property
    def moved(self) -> tuple[str, ...]:
        """The metrics whose benchmark is to be read with care."""
        return tuple(each.metric for each in self.metrics if each.moved)


def find_drift(file: DefinitionFile, evidence: Evidence, period_days: int | None = None) -> Drift:
    """Compare the latest trials with those before, every metric at the first definition's age.

    What was done at or after a conversion does not count. Moved: a stability index above 0.2 and an
    adjusted p-value of at most 0.05.

    Args:
        period_days: how long each period is; left out, the shortest of 30, 60 and 90 days with at
            least 60 accounts in both.
    """
    definition = next(iter(file.definitions.values()), None)
    if definition is None or evidence.recording is None:
        return Drift(0, period_days, None, "nothing was recorded yet, or nothing is defined", ())
    age = observation_days(file, definition)
    trials = _old_enough(evidence, evidence.recording, age)
    ends = evidence.recording.ends - pd.Timedelta(days=age)
    for days in [period_days] if period_days else PERIODS:
        divided_at = ends - pd.Timedelta(days=days)
        before, now = _periods(trials, divided_at, days)
        if min(len(before), len(now)) >= FEWEST_ACCOUNTS:
            metrics = _compare(file, evidence, before, now)
            begins = divided_at.to_pydatetime().replace(tzinfo=UTC)
            return Drift(age, days, begins, None, metrics)
    refused = f"fewer than {FEWEST_ACCOUNTS} trials in the latest period or in the one before"
    return Drift(age, period_days, None, refused, ())


def _old_enough(evidence: Evidence, recording: Recording, age: int) -> pd.DataFrame:
    trials = watched_trials(evidence.trials, recording)
    as_of = day_ends(trials, age, evidence.calendar)
    paid_earlier = trials["converted_at"] < as_of
    aged = trials.assign(as_of=as_of.mask(paid_earlier, trials["converted_at"]))
    return aged[as_of <= recording.ends]


def _periods(
    trials: pd.DataFrame, divided_at: pd.Timestamp, days: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    started = trials["trial_started_at"]
    before = (started < divided_at) & (started >= divided_at - pd.Timedelta(days=days))
    return trials[before], trials[started >= divided_at]


def _compare(
    file: DefinitionFile, evidence: Evidence, before: pd.DataFrame, now: pd.DataFrame
) -> tuple[MetricDrift, ...]:
    metrics = list(file.metrics.values())
    earlier, later = (_measure(evidence, metrics, group) for group in (before, now))
    pairs = [
        (without_unknown(earlier[metric.name]), without_unknown(later[metric.name]))
        for metric in metrics
    ]
    gaps = [
        kolmogorov_smirnov(*pair) if min(map(len, pair)) >= FEWEST_ACCOUNTS else None
        for pair in pairs
    ]
    adjusted = benjamini_hochberg([np.nan if gap is None else gap.p_value for gap in gaps])
    return tuple(
        _metric_drift(metric, *pair, gap, None if gap is None else float(p))
        for metric, pair, gap, p in zip(metrics, pairs, gaps, adjusted, strict=True)
    )


def _measure(evidence: Evidence, metrics: Sequence[Metric], group: pd.DataFrame) -> pd.DataFrame:
    moments = sample(group, MOST_ACCOUNTS).reset_index(drop=True)
    moments = moments.rename_axis("moment_id").reset_index()
    return measure(
        evidence.store, evidence.workspace_id, metrics, moments, calendar=evidence.calendar
    )


def _metric_drift(
    metric: Metric,
    before: np.ndarray,
    now: np.ndarray,
    gap: LargestGap | None,
    adjusted: float | None,
) -> MetricDrift:
    index = population_stability_index(before, now).value
    return MetricDrift(
        metric=metric.name,
        before=len(before),
        now=len(now),
        median_before=_median(before),
        median_now=_median(now),
        stability_index=index,
        distance=None if gap is None else gap.distance,
        p_value=None if gap is None else gap.p_value,
        adjusted=adjusted,
        moved=has_moved(index, gap, adjusted),
    )


def _median(values: np.ndarray) -> float | None:
    if len(values) < FEWEST_ACCOUNTS:
        return None
    # The lower of two middle values: between something and "never" there is no number.
    middle = float(np.quantile(values, 0.5, method="inverted_cdf"))
    return middle if np.isfinite(middle) else None
