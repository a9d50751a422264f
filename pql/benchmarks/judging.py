"""What is known of trials when a definition's window closes, for its rules to judge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.facts import benchmark_on
from pql.definitions.model import Definition, DefinitionFile
from pql.metrics.measuring import measure
from pql.rules import Columns
from pql.trials import Evidence, Traits, metric_names, read_traits, trait_names

ACCOUNTS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Judge:
    """By what trials are judged, and at the end of which day of each."""

    file: DefinitionFile
    definition: Definition
    window_days: int
    benchmarks: Benchmarks
    traits: Traits

    def columns(self, evidence: Evidence, judged: pd.DataFrame) -> Columns:
        """What was known of each trial when its window closed (`as_of`), in the order of `judged`.

        Traits are those of today: their history is not kept.
        """
        asked = sorted(metric_names(self.definition.criteria))
        metrics = [self.file.metrics[name] for name in asked]
        moments = judged.rename_axis("moment_id").reset_index()
        values = [
            measure(
                evidence.store, evidence.workspace_id, metrics, some, calendar=evidence.calendar
            )
            for _, some in moments.groupby(moments.index // ACCOUNTS_AT_ONCE)
        ]
        measured = pd.concat(values) if values else pd.DataFrame(columns=asked, dtype="float64")
        known = [self.traits.get(account_id, {}) for account_id in judged["account_id"]]
        return Columns(
            size=len(judged),
            metrics={name: measured[name].to_numpy() for name in asked},
            traits={
                name: [traits.get(name) for traits in known]
                for name in trait_names(self.definition.criteria)
            },
            trial_day=np.full(len(judged), self.window_days),
            benchmark=partial(benchmark_on, self.benchmarks),
        )


def read_traits_asked_for(
    session: Session, workspace_id: int, definitions: Iterable[Definition]
) -> Traits:
    """The traits that the criteria of any of the definitions look at, as `read_traits` does."""
    names = frozenset().union(*(trait_names(each.criteria) for each in definitions))
    return read_traits(session, workspace_id, names)
