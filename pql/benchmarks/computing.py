"""What customers, and trials that did not convert, had done by the end of each trial day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
import pandas as pd

from pql.benchmarks.comparing import (
    CUSTOMERS_NOW,
    LATER_CUSTOMERS,
    NO_TRIAL_DAY,
    NON_CONVERTERS,
    Key,
)
from pql.benchmarks.percentiles import Percentiles, percentiles
from pql.calendars import Calendar
from pql.definitions.model import DefinitionFile, Metric, Window
from pql.metrics.aggregates import AGGREGATES, InOnePass
from pql.metrics.measuring import measure
from pql.trials import (
    Evidence,
    Recording,
    day_ends,
    days_before,
    observation_days,
    times_of,
    watched_trials,
)

FEWEST_DAYS = 30
MOST_DAYS = 60
DAYS_OF_CUSTOMERS_NOW = 30
LEAST_TIME = pd.Timedelta(microseconds=1)

LARGEST_SAMPLE = 2_500
"""Accounts of a population that are measured; of more, a sample that stays the same between runs.

What is said to be the median of so many lies between the true 48th and 52nd percentile (95 %), less
than customers change from month to month, and the work stays the same however large the workspace.
"""

MOMENTS_AT_ONCE = 200_000
"""Rows of one query: what bounds the memory."""

Rows = dict[Key, Percentiles]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What the accounts of a population had done by the end of each day of their trial.

    `values` has the columns `account_id`, `day` and one for each metric, NaN where unknown.
    `lengths` says on how many days each metric is compared; 0 is the one day of `customers_now`.
    """

    population: str
    lengths: Mapping[str, int]
    values: pd.DataFrame


def measure_populations(file: DefinitionFile, evidence: Evidence) -> tuple[Measured, ...]:
    """Every metric of the file for each population and day.

    Nothing where there never was an event, or where the file defines nothing to compare for.
    """
    recording = evidence.recording
    if recording is None or not file.definitions:
        return ()
    watched = watched_trials(evidence.trials, recording)
    lengths = {
        metric: compared_days(metric, watched, evidence.calendar)
        for metric in file.metrics.values()
    }
    customers = later_customers(watched, evidence.as_of, evidence.calendar)
    others = non_converters(watched, file, recording, evidence.calendar)
    return (
        _by_day(evidence, lengths, customers, LATER_CUSTOMERS),
        _by_day(evidence, lengths, others, NON_CONVERTERS),
        _now(evidence, list(file.metrics.values()), recording),
    )


def percentile_rows(measured: Sequence[Measured]) -> Rows:
    """The percentiles of every metric, population and day."""
    return {key: row for population in measured for key, row in _rows(population)}


def _rows(measured: Measured) -> Iterator[tuple[Key, Percentiles]]:
    by_day = dict(iter(measured.values.groupby("day")))
    nobody = np.array([], dtype="float64")
    # Day by day: groups of one size have their resamples in common.
    for day in compared(measured.lengths):
        for metric in measured.lengths:
            if day in days_of(metric, measured.lengths):
                values = by_day[day][metric].to_numpy() if day in by_day else nobody
                yield (metric, measured.population, day), percentiles(values)


def compared(lengths: Mapping[str, int]) -> range:
    """Every day on which any of the metrics is compared."""
    longest = max(lengths.values(), default=NO_TRIAL_DAY)
    return range(min(1, longest), longest + 1)


def days_of(metric: str, lengths: Mapping[str, int]) -> range:
    """The days on which a metric is compared."""
    length = lengths[metric]
    return range(min(1, length), length + 1)


def later_customers(watched: pd.DataFrame, as_of: pd.Timestamp, calendar: Calendar) -> pd.DataFrame:
    """Accounts that converted by `as_of`, with the last day at whose end they had not paid yet.

    Nothing done at or after the conversion counts, so `last_day` is how many whole days lie before.
    """
    customers = watched[watched["converted_at"] <= as_of]
    last_day = days_before(customers, "converted_at", calendar)
    return customers.assign(last_day=last_day).query("last_day >= 1")


def non_converters(
    watched: pd.DataFrame, file: DefinitionFile, recording: Recording, calendar: Calendar
) -> pd.DataFrame:
    """Accounts whose time to convert is over, and that had not by then.

    The time is that of the file's first definition: its window and its outcome's days.
    """
    definition = next(iter(file.definitions.values()))
    length = observation_days(file, definition) + definition.outcome.within_days
    closes = day_ends(watched, length, calendar)
    is_mature = closes <= recording.ends
    has_not = watched["converted_at"].isna() | (watched["converted_at"] >= closes)
    return watched[is_mature & has_not].assign(last_day=length)


def compared_days(metric: Metric, trials: pd.DataFrame, calendar: Calendar) -> int:
    """How many days of a trial a metric is compared on.

    A window of the first N days changes for N days. Others are compared for as long as the longest
    trial, 30 days at least and 60 at most.
    """
    if metric.window.kind == "first" and metric.window.days is not None:
        return metric.window.days
    lengths = calendar.ages(*(times_of(trials, f"trial_{end}_at") for end in ("started", "ends")))
    longest = ceil(np.nanmax(lengths, initial=0.0))
    return min(MOST_DAYS, max(FEWEST_DAYS, longest))


def _by_day(
    evidence: Evidence,
    lengths: dict[Metric, int],
    group: pd.DataFrame,
    population: str,
) -> Measured:
    longest = max(lengths.values(), default=0)
    parts = [
        _measured(evidence, list(lengths), moments)
        for moments in daily_moments(sample(group), longest, evidence.calendar)
    ]
    named = {metric.name: length for metric, length in lengths.items()}
    values = pd.concat(parts) if parts else pd.DataFrame(columns=["account_id", "day", *named])
    return Measured(population, named, values)


def _measured(evidence: Evidence, metrics: Sequence[Metric], moments: pd.DataFrame) -> pd.DataFrame:
    values = measure(
        evidence.store, evidence.workspace_id, metrics, moments, calendar=evidence.calendar
    )
    return values.assign(account_id=moments["account_id"].to_numpy(), day=moments["day"].to_numpy())


def sample(group: pd.DataFrame, largest: int = LARGEST_SAMPLE) -> pd.DataFrame:
    """At most `largest` accounts, chosen by a hash of their number."""
    if len(group) <= largest:
        return group
    order = pd.util.hash_array(group["account_id"].to_numpy())
    return group.iloc[np.argsort(order)[:largest]]


def daily_moments(group: pd.DataFrame, longest: int, calendar: Calendar) -> Iterator[pd.DataFrame]:
    """The end of each day of each account's trial up to its `last_day`, some accounts at a time."""
    accounts_at_once = max(1, MOMENTS_AT_ONCE // max(longest, 1))
    for first in range(0, len(group), accounts_at_once):
        some = group.iloc[first : first + accounts_at_once]
        lengths = some["last_day"].clip(upper=longest).to_numpy()
        moments = some.loc[some.index.repeat(lengths)].reset_index(drop=True)
        moments["day"] = np.concatenate([np.arange(1, length + 1) for length in lengths])
        moments["as_of"] = day_ends(moments, moments["day"].to_numpy(), calendar)
        yield moments.rename_axis("moment_id").reset_index()


def _now(evidence: Evidence, metrics: Sequence[Metric], recording: Recording) -> Measured:
    """What paying accounts did in the last days, in windows as long as the metric's.

    They end with the last event: a source that fell silent does not make customers look idle. A
    window that reaches back to before anything was recorded is left out.
    """
    trials, as_of = evidence.trials, recording.last_event + LEAST_TIME
    paying = sample(trials[trials["status"] == "paying"])
    moments = paying.assign(as_of=as_of, day=NO_TRIAL_DAY).reset_index(drop=True)
    moments = moments.rename_axis("moment_id").reset_index()
    recent = [
        metric
        for metric in map(_of_the_last_days, metrics)
        if not _counts_from_trial_start(metric)
        and as_of - pd.Timedelta(days=metric.window.days or 0) >= recording.begins
    ]
    named = {metric.name: NO_TRIAL_DAY for metric in recent}
    return Measured(CUSTOMERS_NOW, named, _measured(evidence, recent, moments))


def _of_the_last_days(metric: Metric) -> Metric:
    """The metric over the last days: as many as its window has, 30 for the whole trial."""
    return replace(metric, window=Window("last", metric.window.days or DAYS_OF_CUSTOMERS_NOW))


def _counts_from_trial_start(metric: Metric) -> bool:
    kind = AGGREGATES[metric.aggregate.kind]
    return isinstance(kind, InOnePass) and kind.from_trial_start
