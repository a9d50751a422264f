"""Deciding for many accounts at many looks, as the evaluation does for one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pql.benchmarks.comparing import Benchmarks
from pql.calendars import Calendar, Days
from pql.definitions.model import Definition, DefinitionFile, Metric
from pql.rules import Repeated
from pql.trials import Traits, metric_names
from segments.deciding import Decisions, Subjects, decide
from segments.potential import level_of
from segments.replay.benchmarks import PastBenchmarks
from segments.replay.knowledge import Lives
from segments.replay.reading import Flags, Values, meaning, values_by_name
from segments.resting import traits_asked

NO_TRAIL = pd.DataFrame(
    {
        "account_id": pd.Series(dtype="int64"),
        "look": pd.Series(dtype="int64"),
        "pql": pd.Series(dtype="int8"),
        "score": pd.Series(dtype="float64"),
        **{name: pd.Series(dtype="object") for name in ("motion", "potential")},
    }
)
"""What a definition decided of nobody."""


@dataclass(frozen=True, slots=True)
class Side:
    """A definition file, and what was known by its life-cycle settings and its benchmarks."""

    file: DefinitionFile
    definitions: Sequence[Definition]
    lives: Lives
    benchmarks: PastBenchmarks

    @property
    def calendar(self) -> Calendar:
        """By which the days of trials are counted."""
        return self.benchmarks.events.calendar

    @property
    def statuses(self) -> frozenset[str]:
        """Of whom the definitions speak."""
        return frozenset(status for each in self.definitions for status in each.population)

    @property
    def metrics(self) -> list[Metric]:
        """What the definitions' scores, criteria and motions look at."""
        rules = (*self.file.potential.values(), *self.file.motions.values())
        asked = {name for rule in rules for name in metric_names(rule)}
        for each in self.definitions:
            asked |= {*each.weights, *metric_names(each.criteria)}
        return [metric for name, metric in self.file.metrics.items() if name in asked]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a definition decided at some looks, a row of `trail` for each subject of `decisions`."""

    trail: pd.DataFrame
    decisions: Decisions


def judge(
    side: Side,
    moments: pd.DataFrame,
    measured: Mapping[Metric, Values],
    traits: Traits,
    benchmarks: Benchmarks,
) -> Iterator[tuple[str, Judged]]:
    """What each definition of the side decides of whom it speaks of at these moments, by name.

    Args:
        moments: `account_id`, `look`, `as_of` and the columns of `Lives`, by account and look.
        measured: each metric by its `meaning`, at each of the moments.
    """
    values = values_by_name(side.metrics, measured)
    days = trial_days(moments, side.calendar)
    for definition in side.definitions:
        spoken_of = moments["status"].isin(definition.population).to_numpy()
        mine = moments[spoken_of]
        if mine.empty:
            continue
        subjects = Subjects(
            statuses=_statuses(mine),
            traits=_columns(traits, mine["account_id"], traits_asked(side.file)),
            trial_days=days[spoken_of],
            metrics={name: column[spoken_of] for name, column in values.items()},
        )
        decisions = decide(side.file, definition, subjects, benchmarks)
        yield definition.name, Judged(_trail(mine, decisions), decisions)


def is_news(
    side: Side, moments: pd.DataFrame, measured: Mapping[Metric, Values], last_day: int
) -> Flags:
    """Whether anything a decision rests on differs from the row before, by the same benchmarks.

    Args:
        last_day: the last day of a trial on which anything is compared.
    """
    columns = [
        moments["account_id"].to_numpy(),
        pd.factorize(moments["status"])[0],
        np.minimum(trial_days(moments, side.calendar), last_day),
        *(measured[meaning(metric)] for metric in side.metrics),
    ]
    news = np.zeros(len(moments), dtype=bool)
    news[:1] = True
    for column in columns:
        news[1:] |= (column[1:] != column[:-1]) & ~(np.isnan(column[1:]) & np.isnan(column[:-1]))
    return news


def changes_of(trail: pd.DataFrame) -> pd.DataFrame:
    """The rows of a trail that differ from the one before in more than the look."""
    told = trail.drop(columns="look")
    is_same = (told == told.shift()) | (told.isna() & told.shift().isna())
    return trail[~is_same.all(axis=1)].reset_index(drop=True)


def trial_days(moments: pd.DataFrame, calendar: Calendar) -> Days:
    """The day of each moment's trial, as `Calendar.trial_days`."""
    started, as_of = (
        moments[name].to_numpy("datetime64[us]") for name in ("trial_started_at", "as_of")
    )
    return calendar.trial_days(started, as_of)


def _columns(
    traits: Traits, account_ids: pd.Series[int], names: Sequence[str]
) -> dict[str, Sequence[Any]]:
    places, accounts = pd.factorize(account_ids)
    known = [traits.get(account_id, {}) for account_id in accounts] if names else []
    return {name: Repeated([each.get(name) for each in known], places) for name in names}


def _statuses(moments: pd.DataFrame) -> Sequence[str]:
    places, statuses = pd.factorize(moments["status"])
    return Repeated(list(statuses), places)


def _trail(moments: pd.DataFrame, decisions: Decisions) -> pd.DataFrame:
    motions = np.array([motion.value for motion in decisions.routing.names], dtype=object)
    levels = {each: level_of(int(each)) for each in np.unique(decisions.potential.possible)}
    return pd.DataFrame(
        {
            "account_id": moments["account_id"].to_numpy(),
            "look": moments["look"].to_numpy(dtype=np.int64),
            "pql": decisions.criteria.states,
            "score": decisions.scores.scores,
            "motion": motions[decisions.routing.motions],
            "potential": [levels[each] for each in decisions.potential.possible],
        }
    )
