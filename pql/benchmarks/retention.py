"""Who is still active in each week: accounts that had met a definition, and accounts that had not.

The two groups differ in more than the definition: it is association, not cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pql.benchmarks.computing import LEAST_TIME, MOMENTS_AT_ONCE, sample
from pql.benchmarks.judging import Judge
from pql.calendars import Calendar
from pql.definitions.model import ANY_EVENT, Aggregate, Metric, Window
from pql.metrics.measuring import measure
from pql.rules import evaluate_columns
from pql.rules.states import MET, NOT_MET, UNKNOWN, States
from pql.statistics.arrays import Flags
from pql.statistics.intervals import Difference, Rate, newcombe, wilson
from pql.trials import Evidence, Recording, day_ends, watched_trials

WEEKS = 12
DAYS_A_WEEK = 7
MOST_ACCOUNTS = 10_000
ACTIVITY = Metric("activity", ANY_EVENT, Aggregate("count"), Window("last", DAYS_A_WEEK))


@dataclass(frozen=True, slots=True)
class RetentionWeek:
    """Of the accounts old enough for the week, how many did anything in it.

    `is_part_of_window`: the definition was judged on days of this week, so that who met it was
    active in it almost by itself.
    """

    week: int
    is_part_of_window: bool
    activated: Rate
    not_activated: Rate
    difference: Difference


@dataclass(frozen=True, slots=True)
class Retention:
    """Activity by week of the trial, week 1 being its first seven days.

    Activated had met the definition at the end of day `window_days`; of `unknown` it is not known
    and they are in neither group.
    """

    definition: str
    window_days: int
    activated: int
    not_activated: int
    unknown: int
    weeks: tuple[RetentionWeek, ...]


def retention_by_week(evidence: Evidence, judge: Judge) -> Retention:
    """The share of activated and other accounts that are active in each of the first 12 weeks.

    Counted are all watched trials that are old enough to be judged, whether they paid or not; those
    too young for a week are not counted in it.
    """
    if evidence.recording is None:
        return Retention(judge.definition.name, judge.window_days, 0, 0, 0, ())
    trials = _old_enough(evidence, evidence.recording, judge.window_days)
    states = evaluate_columns(judge.definition.criteria, judge.columns(evidence, trials)).states
    weeks = _active_weeks(evidence, evidence.recording, trials)
    return Retention(
        definition=judge.definition.name,
        window_days=judge.window_days,
        activated=int((states == MET).sum()),
        not_activated=int((states == NOT_MET).sum()),
        unknown=int((states == UNKNOWN).sum()),
        weeks=tuple(_weeks(weeks, states, judge.window_days)),
    )


def _old_enough(evidence: Evidence, recording: Recording, window_days: int) -> pd.DataFrame:
    watched = watched_trials(evidence.trials, recording)
    aged = watched.assign(as_of=day_ends(watched, window_days, evidence.calendar))
    return sample(aged[aged["as_of"] <= recording.ends], MOST_ACCOUNTS).reset_index(drop=True)


def _active_weeks(evidence: Evidence, recording: Recording, trials: pd.DataFrame) -> pd.DataFrame:
    """Columns `trial` (its place), `week` and `is_active`; a row for each week it is old enough."""
    parts = [pd.DataFrame({"trial": [], "week": [], "is_active": []})]
    for moments in _moments(trials, recording, evidence.calendar):
        found = measure(
            evidence.store, evidence.workspace_id, [ACTIVITY], moments, calendar=evidence.calendar
        )
        is_active = found["activity"].to_numpy() > 0
        parts.append(moments[["trial", "week"]].assign(is_active=is_active))
    return pd.concat(parts[1:] or parts)


def _moments(
    trials: pd.DataFrame, recording: Recording, calendar: Calendar
) -> Iterator[pd.DataFrame]:
    at_once = MOMENTS_AT_ONCE // WEEKS
    until = recording.last_event + LEAST_TIME
    for first in range(0, len(trials), at_once):
        some = trials.iloc[first : first + at_once]
        moments = some.loc[some.index.repeat(WEEKS)].rename_axis("trial").reset_index()
        moments["week"] = np.tile(np.arange(1, WEEKS + 1), len(some))
        moments["as_of"] = day_ends(moments, moments["week"].to_numpy() * DAYS_A_WEEK, calendar)
        moments = moments[moments["as_of"] <= until].reset_index(drop=True)
        yield moments.rename_axis("moment_id").reset_index()


def _weeks(active: pd.DataFrame, states: States, window_days: int) -> Iterator[RetentionWeek]:
    for week, rows in active.groupby("week"):
        state = states[rows["trial"].to_numpy()]
        is_active = rows["is_active"].to_numpy(dtype=bool)
        met, not_met = _rate(is_active, state == MET), _rate(is_active, state == NOT_MET)
        yield RetentionWeek(
            week=int(str(week)),
            is_part_of_window=(int(str(week)) - 1) * DAYS_A_WEEK < window_days,
            activated=met,
            not_activated=not_met,
            difference=newcombe(met.successes, met.total, not_met.successes, not_met.total),
        )


def _rate(is_active: Flags, chosen: Flags) -> Rate:
    return wilson(int((is_active & chosen).sum()), int(chosen.sum()))
