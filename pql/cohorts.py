"""What a definition would have done: whom it picked of past trials, and how many converted.

Each trial is looked at once, at the end of the definition's window. Counted are the trials that had
not converted by then and whose time to convert has passed since; what came of them is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from sqlalchemy.orm import Session

from pql.accounts.querying import DefinitionUnknown
from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.judging import Judge, read_traits_asked_for
from pql.benchmarks.repository import load_current
from pql.definitions import versions
from pql.definitions.model import Definition, DefinitionFile, Group, Rule
from pql.definitions.rule_reading import names_benchmark
from pql.events.store import EventStore
from pql.rules import States, evaluate_columns
from pql.rules.sentences import threshold_text
from pql.rules.states import MET, UNKNOWN
from pql.statistics.intervals import Lift, Rate, lift, wilson
from pql.trials import observation_days, read_evidence, select_cohort

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
    judge = Judge(
        file,
        definition,
        window,
        _benchmarks_in_force(session, workspace_id),
        read_traits_asked_for(session, workspace_id, [definition]),
    )
    columns = judge.columns(evidence, cohort.judged)
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
        uses_benchmarks=names_benchmark(definition.criteria),
        whole=whole,
        criteria=tuple(criteria),
        **cohort.left_out,
    )


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
