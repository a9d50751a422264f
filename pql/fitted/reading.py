"""Past trials as a fit takes them, out of the two stores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from pql.benchmarks.comparing import is_smaller_better
from pql.benchmarks.judging import ACCOUNTS_AT_ONCE, Judge, read_traits_asked_for
from pql.benchmarks.repository import load_current
from pql.definitions.model import Definition, DefinitionFile, Metric
from pql.definitions.versions import AppliedDefinitions
from pql.fitted.model import Form
from pql.fitted.screening import Past
from pql.metrics.measuring import measure
from pql.rules import evaluate_columns
from pql.rules.states import MET
from pql.statistics.arrays import Floats
from pql.trials import Cohort, Evidence, observation_days, select_cohort


@dataclass(frozen=True, slots=True)
class Span:
    """When a definition judges a trial, and how long after that a conversion counts; in days."""

    window: int
    horizon: int

    @classmethod
    def of(cls, file: DefinitionFile, definition: Definition) -> Span:
        """That of a definition of a file."""
        return cls(observation_days(file, definition), definition.outcome.within_days)


def read_past(
    evidence: Evidence,
    session: Session,
    applied: AppliedDefinitions,
    definition: Definition,
    notices: Iterable[str] = (),
) -> Past:
    """Every past trial whose fate is known, with each metric of the file at the window's end.

    The rule it will be compared with is the definition's; its benchmarks are those in force, which
    may rest on the same trials, and so flatter the rule.
    """
    file, span = applied.file, Span.of(applied.file, definition)
    cohort = _in_order(select_cohort(evidence, span.window, span.horizon))
    benchmarks = load_current(session, evidence.workspace_id, applied.version_id, file)
    traits = read_traits_asked_for(session, evidence.workspace_id, [definition])
    judge = Judge(file, definition, span.window, benchmarks, traits)
    columns = judge.columns(evidence, cohort.judged)
    return Past(
        values=measure_at(evidence, file, cohort.judged),
        forms={name: form_of(metric) for name, metric in file.metrics.items()},
        converted=cohort.converted.to_numpy(dtype=bool),
        started_at=cohort.judged["trial_started_at"].to_numpy(),
        met=evaluate_columns(definition.criteria, columns).states == MET,
        rule=f"of the definition {definition.name}",
        gap_days=float(span.window + span.horizon),
        calendar=evidence.calendar,
        notices=tuple(notices),
    )


def _in_order(cohort: Cohort) -> Cohort:
    """The trials as they began. No database gives rows in an order of its own twice."""
    order = cohort.judged.sort_values(["trial_started_at", "account_id"]).index
    judged, converted = cohort.judged.loc[order], cohort.converted.loc[order]
    return Cohort(judged.reset_index(drop=True), converted, cohort.left_out)


def measure_at(evidence: Evidence, file: DefinitionFile, judged: pd.DataFrame) -> dict[str, Floats]:
    """Each metric of each trial at its `as_of`, in the order of `judged`."""
    metrics = list(file.metrics.values())
    moments = judged.reset_index(drop=True).rename_axis("moment_id").reset_index()
    values = [
        measure(evidence.store, evidence.workspace_id, metrics, some, calendar=evidence.calendar)
        for _, some in moments.groupby(moments.index // ACCOUNTS_AT_ONCE)
    ]
    empty = np.array([], dtype="float64")
    measured = pd.concat(values) if values else None
    return {
        metric.name: empty if measured is None else measured[metric.name].to_numpy()
        for metric in metrics
    }


def form_of(metric: Metric) -> Form:
    """In which form a metric enters a model."""
    return "recency" if is_smaller_better(metric) else "amount"
