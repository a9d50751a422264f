"""How long trials take to pay, or to do something for the first time; who is still under way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
import pandas as pd

from pql.benchmarks.computing import LEAST_TIME, sample
from pql.benchmarks.percentiles import MINIMUM_ACCOUNTS
from pql.benchmarks.segmenting import WHOLE, Labels, Segment, each_segment
from pql.definitions.model import Aggregate, DefinitionFile, Metric, Window
from pql.metrics.measuring import measure
from pql.metrics.windows import NO_TIME
from pql.statistics.arrays import Flags, Floats, Integers
from pql.statistics.breaks import UNLIKELY
from pql.statistics.survival import Curve, aalen_johansen, kaplan_meier
from pql.trials import Evidence, Recording, times_of, watched_trials

PAID, CHURNED, EXPIRED = 1, 2, 3
CAUSES = {"paid": PAID, "churned": CHURNED, "expired": EXPIRED}

DAYS_TO_PAY_AFTER_THE_END = 1
"""A trial that is charged for at its end did not expire, though the charge comes some hours on."""
MOST_DAYS_TO_FIRST = 60
MOST_ACCOUNTS = 10_000
"""Whose first times are looked for; of more, a sample that stays the same between runs."""

EVERY_DAY = (*range(61), *range(70, 370, 10))
SOME_DAYS = (1, 3, 7, 14, 21, 30, 45, 60, 90, 180, 360)

ONE_OUTCOME = "its accounts all have one outcome, which chance does not explain"


@dataclass(frozen=True, slots=True)
class Point:
    """The share to whom it had happened by the end of trial day `day`, with its 95 % interval.

    What happens at the end of a day belongs to the next: whoever is in the benchmarks of a day had
    not paid by its end. `at_risk` were still watched then, and it had not happened to them before.
    """

    day: int
    share: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class TimeCurve:
    """How soon something happens. The median, in days, is `None` where half never got there."""

    accounts: int
    happened: int
    points: tuple[Point, ...]
    median: float | None
    median_low: float | None
    median_high: float | None


@dataclass(frozen=True, slots=True)
class TimesToConvert:
    """For a segment: who has paid by day d, and what came first.

    `pays` is Kaplan and Meier's: an account that left or whose trial expired may still pay. `first`
    has paid, churned and expired, of which whatever came first counts: Aalen and Johansen's.
    `refused` says why there is neither; `None` where there are both.
    """

    segment: Segment
    accounts: int
    refused: str | None
    pays: TimeCurve | None
    first: dict[str, TimeCurve]


@dataclass(frozen=True, slots=True)
class Survival:
    """The times to convert of every segment; the first is that of all accounts together."""

    segments: tuple[TimesToConvert, ...]


@dataclass(frozen=True, slots=True)
class TimesToFirst:
    """For a segment: how soon its accounts did something for the first time."""

    segment: Segment
    accounts: int
    curve: TimeCurve | None


@dataclass(frozen=True, slots=True)
class FirstTimes:
    """When what a metric counts was done first, within the first 60 days of the trial."""

    metric: str
    event: str
    segments: tuple[TimesToFirst, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """What came of trials (n,), in days of theirs from their start.

    `watched` is how long until the recording ended; `paid_after` is infinite where it had not paid
    by then. `first_after` and `first_cause` say what came first; cause 0 is nothing yet.
    """

    account_ids: pd.Series[int]
    watched: Floats
    paid_after: Floats
    first_after: Floats
    first_cause: Integers

    @property
    def has_paid(self) -> Flags:
        return np.isfinite(self.paid_after)

    def pays(self, chosen: Flags) -> Curve:
        """Who of those chosen has paid by each day. Nothing but the end of recording censors."""
        until = np.minimum(self.paid_after, self.watched)
        return kaplan_meier(until[chosen], self.has_paid[chosen])

    def first(self, chosen: Flags) -> dict[str, Curve]:
        """What came first of those chosen, by its name in `CAUSES`."""
        curves = aalen_johansen(
            self.first_after[chosen], self.first_cause[chosen], list(CAUSES.values())
        )
        return {name: curves[cause] for name, cause in CAUSES.items()}


def read_histories(evidence: Evidence, recording: Recording, *, expires: bool) -> Histories:
    """What came of every trial that was watched from its start.

    A trial expires a day after its end if it has not paid or churned by then, unless trials go on
    after their end (`expires` is false).
    """
    trials = watched_trials(evidence.trials, recording).reset_index(drop=True)
    started, calendar = times_of(trials, "trial_started_at"), evidence.calendar
    ended = calendar.day_ends(times_of(trials, "trial_ends_at"), DAYS_TO_PAY_AFTER_THE_END)
    ends = {
        "paid": times_of(trials, "converted_at"),
        "churned": times_of(trials, "churned_at"),
        "expired": ended if expires else np.full(len(trials), NO_TIME),
    }
    watched = calendar.ages(started, recording.ends.to_datetime64())
    after = {name: _by_then(calendar.ages(started, at), watched) for name, at in ends.items()}
    # Of what comes at one time the earliest row counts: paying before leaving before expiring.
    times = np.stack([after[name] for name in CAUSES])
    first = times.min(axis=0)
    cause = np.where(np.isfinite(first), times.argmin(axis=0) + 1, 0)
    return Histories(
        account_ids=trials["account_id"],
        watched=watched,
        paid_after=after["paid"],
        first_after=np.minimum(first, watched),
        first_cause=cause,
    )


def times_to_convert(file: DefinitionFile, evidence: Evidence, labels: Labels) -> Survival:
    """The times to convert of all accounts and of each segment."""
    if evidence.recording is None:
        return Survival(())
    expires = file.lifecycle.after_trial != "trial"
    histories = read_histories(evidence, evidence.recording, expires=expires)
    chance = _chance_to_have_paid(histories)
    return Survival(
        tuple(
            _times_to_convert(segment, histories, mask, chance)
            for segment, mask in each_segment(labels, histories.account_ids)
        )
    )


def first_times(file: DefinitionFile, evidence: Evidence, labels: Labels) -> dict[str, FirstTimes]:
    """For each metric, when what it counts was first done, paid or not."""
    recording = evidence.recording
    if recording is None or not file.metrics:
        return {}
    trials = sample(watched_trials(evidence.trials, recording), MOST_ACCOUNTS)
    moments = trials.assign(as_of=recording.last_event + LEAST_TIME).reset_index(drop=True)
    moments = moments.rename_axis("moment_id").reset_index()
    firsts = [_first_time(metric) for metric in file.metrics.values()]
    found = measure(
        evidence.store, evidence.workspace_id, firsts, moments, calendar=evidence.calendar
    )
    watched = evidence.calendar.ages(
        times_of(moments, "trial_started_at"), times_of(moments, "as_of")
    )
    until = np.clip(watched, 0.0, MOST_DAYS_TO_FIRST)
    groups = list(each_segment(labels, moments["account_id"]))
    return {
        metric.name: FirstTimes(
            metric.name,
            metric.event,
            tuple(
                _times_to_first(*group, found[metric.name].to_numpy(), until) for group in groups
            ),
        )
        for metric in firsts
    }


def _first_time(metric: Metric) -> Metric:
    return replace(
        metric, aggregate=Aggregate("first_time"), window=Window("first", MOST_DAYS_TO_FIRST)
    )


def _times_to_first(segment: Segment, mask: Flags, times: Floats, until: Floats) -> TimesToFirst:
    chosen = mask & ~np.isnan(times)
    accounts = int(chosen.sum())
    if accounts < MINIMUM_ACCOUNTS:
        return TimesToFirst(segment, accounts, None)
    curve = kaplan_meier(np.minimum(times[chosen], until[chosen]), np.isfinite(times[chosen]))
    return TimesToFirst(segment, accounts, time_curve(curve, _shown_days(segment, until[chosen])))


def _times_to_convert(
    segment: Segment, histories: Histories, mask: Flags, chance: Floats
) -> TimesToConvert:
    accounts = int(mask.sum())
    refused = _refused(segment, histories.has_paid[mask], chance[mask])
    if refused is not None:
        return TimesToConvert(segment, accounts, refused, None, {})
    days = _shown_days(segment, histories.watched[mask])
    first = {name: time_curve(curve, days) for name, curve in histories.first(mask).items()}
    pays = time_curve(histories.pays(mask), days)
    return TimesToConvert(segment, accounts, None, pays, first)


def _chance_to_have_paid(histories: Histories) -> Floats:
    """Of each trial, for as long as it was watched, if it is like all others."""
    curve = histories.pays(np.ones(len(histories.watched), dtype=bool))
    heights = np.concatenate([[0.0], curve.probability])
    return heights[np.searchsorted(curve.times, histories.watched, side="right")]


def _refused(segment: Segment, has_paid: Flags, chance: Floats) -> str | None:
    if len(has_paid) < MINIMUM_ACCOUNTS:
        return f"fewer than {MINIMUM_ACCOUNTS} accounts"
    if segment == WHOLE or has_paid.any() != has_paid.all():
        return None
    by_chance = np.log(np.clip(chance if has_paid.all() else 1 - chance, 1e-12, 1.0)).sum()
    return ONE_OUTCOME if by_chance < log(UNLIKELY) else None


def time_curve(curve: Curve, days: Sequence[int]) -> TimeCurve:
    """What is kept of a curve in days: its height at some of them, and its median."""
    median, low, high = curve.quantile(0.5)
    return TimeCurve(
        accounts=curve.total,
        happened=int(curve.events.sum()),
        points=tuple(_points(curve, days)),
        median=median,
        median_low=low,
        median_high=high,
    )


def _points(curve: Curve, days: Sequence[int]) -> Iterator[Point]:
    for day in days:
        found = curve.before(day)
        yield Point(day, found.value, found.low, found.high, found.at_risk)


def _shown_days(segment: Segment, watched: Floats) -> Sequence[int]:
    """The days of a curve that anybody was watched for."""
    longest = float(watched.max(initial=0.0))
    return [day for day in (EVERY_DAY if segment == WHOLE else SOME_DAYS) if day <= longest]


def _by_then(after: Floats, watched: Floats) -> Floats:
    """Days until something; infinite where it had not come when recording ended. Not before 0."""
    return np.where(np.isnan(after) | (after > watched), np.inf, np.maximum(after, 0.0))
