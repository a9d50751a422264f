"""Accounts against one definition: score, criteria, potential, motion. Columns in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.facts import benchmark_on, is_routed_provisionally
from pql.definitions.model import Definition, DefinitionFile
from pql.rules import Columns, Verdicts, evaluate_columns
from pql.rules.comparing import Numbers
from pql.rules.facts import Days
from pql.scores import UsageScores, usage_scores
from segments.motions import Routings, route
from segments.potential import Potentials, assess_potential


@dataclass(frozen=True, slots=True)
class Subjects:
    """What is known of some accounts at a moment, an entry for each in every column.

    `trial_days` are `NO_DAY` where there is none. `metrics`: NaN is unknown, inf is "never".
    """

    statuses: Sequence[str]
    traits: Mapping[str, Sequence[Any]]
    trial_days: Days
    metrics: Mapping[str, Numbers]


@dataclass(frozen=True, slots=True)
class Decisions:
    """Everything that was decided of the subjects, and all that explains it."""

    file: DefinitionFile
    definition: Definition
    subjects: Subjects
    scores: UsageScores
    criteria: Verdicts
    potential: Potentials
    routing: Routings
    is_provisional: bool
    """Whether they are routed by the file's provisional rules: see `is_routed_provisionally`."""

    @property
    def parts(self) -> int:
        """Of how many parts a usage score is."""
        return len(self.scores.metrics)


def decide(
    file: DefinitionFile, definition: Definition, subjects: Subjects, benchmarks: Benchmarks
) -> Decisions:
    """Decide for accounts of the definition's population, each compared at its age."""
    size, days = len(subjects.statuses), subjects.trial_days
    positions = np.empty((len(definition.weights), size))
    for number, name in enumerate(definition.weights):
        positions[number] = benchmarks.positions(name, days, subjects.metrics[name])
    scores = usage_scores(definition.weights, positions)
    known = Columns(
        size=size,
        metrics=subjects.metrics,
        traits=subjects.traits,
        status=subjects.statuses,
        usage_score=scores.scores,
        trial_day=days,
        benchmark=partial(benchmark_on, benchmarks),
    )
    criteria = evaluate_columns(definition.criteria, known)
    potential = assess_potential(file.potential, known)
    facts = replace(known, pql=criteria.states, potential=potential.possible)
    is_provisional = is_routed_provisionally(file, definition, benchmarks)
    routing = route(file.provisional if is_provisional else file.motions, facts)
    return Decisions(
        file, definition, subjects, scores, criteria, potential, routing, is_provisional
    )
