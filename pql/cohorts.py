"""What a definition would have done: whom it picked of past trials, and how many converted.

Each trial is looked at once, at the end of the definition's window. Counted are the trials that had
not converted by then and whose time to convert has passed since; what came of them is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.accounts.querying import DefinitionUnknown
from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.facts import benchmark_on
from pql.benchmarks.repository import load_current
from pql.definitions import versions
from pql.definitions.model import (
    BenchmarkThreshold,
    Definition,
    DefinitionFile,
    Group,
    Rule,
)
from pql.events.store import EventStore
from pql.metrics.measuring import measure
from pql.rules import Columns, States, evaluate_columns
from pql.rules.sentences import threshold_text
from pql.rules.states import MET, UNKNOWN
from pql.state.bulk import chunks
from pql.state.models import Account
from pql.statistics.intervals import Lift, Rate, lift, wilson
from pql.trials import (
    Evidence,
    Recording,
    metric_names,
    observation_days,
    read_evidence,
    trait_names,
)

ACCOUNTS_AT_ONCE = 50_000
WHOLE = "whole definition"


class OutcomeUnsupported(ValueError):
    """The past can only be counted for definitions whose outcome is that an account pays."""


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """What a criterion, or the whole definition, did. `unknown` are neither met nor not met."""

    name: str
    population: int
    converted: int
    met: int
    met_and_converted: int
    unknown: int

    @property
    def precision(self) -> Rate:
        """How many of those that met it converted."""
        return wilson(self.met_and_converted, self.met)

    @property
    def recall(self) -> Rate:
        """How many of those that converted had met it."""
        return wilson(self.met_and_converted, self.converted)

    @property
    def lift(self) -> Lift:
        """Precision over the rate of the whole population."""
        return lift(self.population, self.converted, self.met, self.met_and_converted)


@dataclass(frozen=True, slots=True)
class CohortResult:
    """A definition on past trials. Every account with a known trial start is in one of the counts.

    `window_days` is when in the trial it was judged, `horizon_days` how long after that a
    conversion counts. `internal`, `unwatched` (began before anything was recorded), `immature`
    (time to convert not over by `recorded_until`) and `converted_earlier` are left out.
    `uses_benchmarks`: thresholds come from customers that may be among those judged.
    """

    definition: str
    window_days: int
    horizon_days: int
    recorded_until: datetime | None
    internal: int
    unwatched: int
    immature: int
    converted_earlier: int
    uses_benchmarks: bool
    whole: CriterionResult
    criteria: tuple[CriterionResult, ...]


@dataclass(frozen=True, slots=True)
class Judge:
    """By what trials are judged, and on which day of each."""

    file: DefinitionFile
    window_days: int
    benchmarks: Benchmarks


@dataclass(frozen=True, slots=True)
class Cohort:
    """The trials that are judged, as `read_trials` gives them, and why others are not."""

    judged: pd.DataFrame
    converted: pd.Series[bool]
    left_out: Mapping[str, int]


def evaluate_definition(
    store: EventStore,
    session: Session,
    workspace_id: int,
    file: DefinitionFile,
    definition_name: str,
    *,
    as_of: datetime,
    window_days: int | None = None,
) -> CohortResult:
    """Judge every past trial of a workspace by a definition, at the end of its window.

    Args:
        file: need not be in force. Thresholds such as `customer p50` are those of the benchmarks in
            force; where the workspace has none, the criterion is unknown.
        as_of: what happened later is not looked at.
        window_days: judge after so many days; left out, after the longest window of first days
            among the definition's metrics.

    Raises:
        DefinitionUnknown: the file has no such definition.
        OutcomeUnsupported: its outcome is not that an account pays.
    """
    definition = _find(file, definition_name)
    window = window_days or observation_days(file, definition)
    evidence = read_evidence(store, session, workspace_id, as_of)
    cohort = select_cohort(evidence, window, definition.outcome.within_days)
    judge = Judge(file, window, _benchmarks_in_force(session, workspace_id))
    columns = _columns(session, evidence, judge, definition, cohort.judged)
    names = (WHOLE, *(_name(rule) for rule in definition.criteria.rules))
    rules = (definition.criteria, *definition.criteria.rules)
    whole, *criteria = (
        _count(name, evaluate_columns(rule, columns).states, cohort.converted)
        for name, rule in zip(names, rules, strict=True)
    )
    recording = evidence.recording
    return CohortResult(
        definition=definition_name,
        window_days=window,
        horizon_days=definition.outcome.within_days,
        recorded_until=None if recording is None else recording.ends.to_pydatetime(),
        uses_benchmarks=_uses_benchmarks(definition.criteria),
        whole=whole,
        criteria=tuple(criteria),
        **cohort.left_out,
    )


def select_cohort(evidence: Evidence, window_days: int, horizon_days: int) -> Cohort:
    """The trials whose fate is known and was open when the window closed.

    Eligible: not converted before start + window. Outcome: converted within the horizon after that.
    Mature: start + window + horizon is not after the end of what was recorded.
    """
    trials = evidence.trials[evidence.trials["trial_started_at"].notna()]
    recording = evidence.recording or Recording(*[pd.Timestamp.max] * 3)
    judged_at = trials["trial_started_at"] + pd.Timedelta(days=window_days)
    closes_at = judged_at + pd.Timedelta(days=horizon_days)
    reasons = {
        "internal": trials["status"] == "internal",
        "unwatched": trials["trial_started_at"] < recording.begins,
        "immature": closes_at > recording.ends,
        "converted_earlier": trials["converted_at"] < judged_at,
    }
    is_open = pd.Series(True, index=trials.index)
    left_out = {}
    for reason, applies in reasons.items():
        left_out[reason] = int((is_open & applies).sum())
        is_open &= ~applies
    judged = trials[is_open].assign(as_of=judged_at[is_open])
    converted = trials["converted_at"][is_open] < closes_at[is_open]
    return Cohort(judged.reset_index(drop=True), converted.reset_index(drop=True), left_out)


def _find(file: DefinitionFile, name: str) -> Definition:
    if name not in file.definitions:
        raise DefinitionUnknown(name, list(file.definitions))
    definition = file.definitions[name]
    if definition.outcome.becomes != "paying":
        raise OutcomeUnsupported(f"the outcome of {name} is not that an account pays")
    return definition


def _benchmarks_in_force(session: Session, workspace_id: int) -> Benchmarks:
    in_force = versions.current(session, workspace_id)
    return load_current(session, workspace_id, in_force.version_id, in_force.file)


def _columns(
    session: Session,
    evidence: Evidence,
    judge: Judge,
    definition: Definition,
    judged: pd.DataFrame,
) -> Columns:
    """What was known of each trial when the window closed, in the order of `judged`.

    Traits are those of today: their history is not kept.
    """
    asked = sorted(metric_names(definition.criteria))
    metrics = [judge.file.metrics[name] for name in asked]
    moments = judged.rename_axis("moment_id").reset_index()
    values = [
        measure(evidence.store, evidence.workspace_id, metrics, some)
        for _, some in moments.groupby(moments.index // ACCOUNTS_AT_ONCE)
    ]
    measured = pd.concat(values) if values else pd.DataFrame(columns=asked, dtype="float64")
    traits = _traits(session, evidence.workspace_id, judged["account_id"].tolist())
    return Columns(
        size=len(judged),
        metrics={name: measured[name].to_numpy() for name in asked},
        traits={
            name: [traits[account_id].get(name) for account_id in judged["account_id"]]
            for name in trait_names(definition.criteria)
        },
        trial_day=np.full(len(judged), judge.window_days),
        benchmark=partial(benchmark_on, judge.benchmarks),
    )


def _traits(
    session: Session, workspace_id: int, account_ids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    own = select(Account.id, Account.traits).where(Account.workspace_id == workspace_id)
    return {
        row.id: row.traits
        for ids in chunks(account_ids)
        for row in session.execute(own.where(Account.id.in_(ids)))
    }


def _count(name: str, states: States, converted: pd.Series[bool]) -> CriterionResult:
    met = states == MET
    return CriterionResult(
        name=name,
        population=len(states),
        converted=int(converted.sum()),
        met=int(met.sum()),
        met_and_converted=int((met & converted.to_numpy(dtype=bool)).sum()),
        unknown=int((states == UNKNOWN).sum()),
    )


def _name(rule: Rule) -> str:
    if isinstance(rule, Group):
        wanted = rule.require if isinstance(rule.require, str) else f"{rule.require} of"
        return f"{wanted} ({'; '.join(_name(part) for part in rule.rules)})"
    comparison = rule.comparison.replace("_", " ")
    return f"{rule.name or rule.subject} {comparison} {threshold_text(rule.threshold)}"


def _uses_benchmarks(rule: Rule) -> bool:
    if isinstance(rule, Group):
        return any(_uses_benchmarks(part) for part in rule.rules)
    return isinstance(rule.threshold, BenchmarkThreshold)
