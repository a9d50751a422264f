"""The benchmarks as they would have been at a moment of the past.

An account is measured once, when it joins the group that others are compared with. What was
received about it later does not change the benchmarks of a replay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pql.benchmarks.comparing import (
    LATER_CUSTOMERS,
    NON_CONVERTERS,
    Benchmarks,
    Key,
    is_smaller_better,
)
from pql.benchmarks.computing import (
    compared_days,
    daily_moments,
    later_customers,
    non_converters,
    sample,
)
from pql.benchmarks.percentiles import Percentiles, percentiles
from pql.definitions.model import (
    BenchmarkThreshold,
    Definition,
    DefinitionFile,
    Group,
    Metric,
    Rule,
)
from pql.trials import Recording, observation_days, watched_trials
from segments.replay.knowledge import Lives
from segments.replay.reading import PastEvents, Values, meaning

Wanted = frozenset[tuple[str, str]]
"""Names of metrics with the populations whose benchmarks are asked for."""


@dataclass
class PastBenchmarks:
    """Works out a file's benchmarks again and again as time goes by."""

    events: PastEvents
    lives: Lives
    recording: Recording
    file: DefinitionFile
    wanted: Wanted
    measured: dict[str, pd.DataFrame] = field(default_factory=dict)
    """By population: `account_id`, `day` and a column for each metric by its name."""
    latest: tuple[pd.Timestamp, Benchmarks] | None = None

    def at(self, moment: pd.Timestamp) -> Benchmarks:
        """The benchmarks as of a moment, which is not before the one asked for last."""
        if self.latest is None or self.latest[0] != moment:
            self.latest = (moment, self._work_out(moment))
        return self.latest[1]

    def says_the_same_as(self, other: PastBenchmarks) -> bool:
        """Whether the other works out the same, so that one of the two will do."""
        return self._meant() == other._meant() and self.lives is other.lives

    def _meant(self) -> tuple[object, ...]:
        metrics = {name: meaning(self.file.metrics[name]) for name, _ in self.wanted}
        lengths = [
            observation_days(self.file, each) + each.outcome.within_days
            for each in self.file.definitions.values()
        ]
        return self.wanted, metrics, lengths[:1]  # those of the first tell the non-converters

    def _work_out(self, moment: pd.Timestamp) -> Benchmarks:
        begins, ends = self.recording.begins, min(self.recording.ends, moment)
        recording = replace(self.recording, ends=ends)
        trials = self.lives.at(moment)
        watched = watched_trials(trials, recording)
        rows: dict[Key, Percentiles] = {}
        if begins < moment and self.file.definitions:
            calendar = self.events.calendar
            customers = later_customers(watched, moment, calendar)
            rows |= self._rows(LATER_CUSTOMERS, customers, watched, moment)
            others = non_converters(watched, self.file, recording, calendar)
            rows |= self._rows(NON_CONVERTERS, others, watched, moment)
        turned_round = {name for name, each in self.file.metrics.items() if is_smaller_better(each)}
        return Benchmarks(rows, None, frozenset(turned_round))

    def _rows(
        self, population: str, group: pd.DataFrame, watched: pd.DataFrame, moment: pd.Timestamp
    ) -> dict[Key, Percentiles]:
        metrics = [self.file.metrics[name] for name, of in sorted(self.wanted) if of == population]
        lengths = {
            metric: compared_days(metric, watched, self.events.calendar) for metric in metrics
        }
        if not lengths:
            return {}
        chosen = sample(group)
        self._measure_new(population, chosen, lengths, moment)
        values = self.measured[population]
        by_day = dict(iter(values[values["account_id"].isin(chosen["account_id"])].groupby("day")))
        return {
            (metric.name, population, day): percentiles(_values(by_day.get(day), metric))
            for metric, length in lengths.items()
            for day in range(1, length + 1)
        }

    def _measure_new(
        self,
        population: str,
        chosen: pd.DataFrame,
        lengths: Mapping[Metric, int],
        moment: pd.Timestamp,
    ) -> None:
        before = self.measured.get(population)
        known = () if before is None else before["account_id"].unique()
        new = chosen[~chosen["account_id"].isin(known)]
        parts = [] if before is None else [before]
        parts += self._measured(new, lengths, moment)
        columns = ["account_id", "day", *(metric.name for metric in lengths)]
        self.measured[population] = (
            pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
        )

    def _measured(
        self, group: pd.DataFrame, lengths: Mapping[Metric, int], moment: pd.Timestamp
    ) -> Iterator[pd.DataFrame]:
        for moments in daily_moments(group, max(lengths.values()), self.events.calendar):
            known = moments.drop(columns="moment_id").assign(known_by=moment)
            values = self.events.measure(lengths, known)
            columns = {metric.name: values[meaning(metric)] for metric in lengths}
            yield pd.DataFrame(
                {"account_id": moments["account_id"], "day": moments["day"], **columns}
            )


def wanted_benchmarks(file: DefinitionFile, definitions: Iterable[Definition]) -> Wanted:
    """The benchmarks that scores and rules of these definitions ask for."""
    asked = list(definitions)
    scored = {(name, LATER_CUSTOMERS) for each in asked for name in each.weights}
    rules = (*(each.criteria for each in asked), *file.potential.values(), *file.motions.values())
    return frozenset(scored.union(*(_thresholds(rule) for rule in rules)))


def _thresholds(rule: Rule) -> set[tuple[str, str]]:
    if isinstance(rule, Group):
        return set().union(*(_thresholds(part) for part in rule.rules))
    if isinstance(rule.threshold, BenchmarkThreshold):
        return {(rule.name, rule.threshold.population)}
    return set()


def _values(rows: pd.DataFrame | None, metric: Metric) -> Values:
    if rows is None:
        return np.array([], dtype="float64")
    return rows[metric.name].to_numpy(dtype="float64")
