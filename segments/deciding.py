"""One account against one definition: score, criteria, potential, motion. Values in and out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import isnan
from typing import Any

from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.facts import benchmark_on
from pql.definitions.model import Definition, DefinitionFile, State
from pql.rules import Facts, Verdict, evaluate
from pql.scores import Measured, UsageScore, usage_score
from segments.missing import Background, missing_for
from segments.motions import Routing, route
from segments.potential import Potential, assess_potential


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of an account at a moment. `metrics`: NaN is unknown, inf is "never"."""

    status: str
    traits: Mapping[str, Any]
    trial_started_at: datetime | None
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that was decided, and all that explains it."""

    definition: Definition
    trial_day: int | None
    score: UsageScore
    criteria: Verdict
    potential: Potential
    routing: Routing
    missing: tuple[str, ...]

    @property
    def pql(self) -> State:
        """Whether the account is product-qualified by the definition."""
        return self.criteria.state


def decide(
    file: DefinitionFile,
    definition: Definition,
    subject: Subject,
    benchmarks: Benchmarks,
    now: datetime,
) -> Decision:
    """Decide for an account of the definition's population, compared at its age."""
    day = trial_day(subject.trial_started_at, now)
    score = _score(definition, subject, benchmarks, day)
    known = Facts(
        metrics=subject.metrics,
        traits=subject.traits,
        status=subject.status,
        usage_score=score.score,
        trial_day=day,
        benchmark=partial(benchmark_on, benchmarks, day=day),
    )
    criteria = evaluate(definition.criteria, known)
    potential = assess_potential(file.potential, known)
    facts = replace(known, pql=criteria.state, potential=potential.possible)
    routing = route(file.motions, facts)
    missing: tuple[str, ...] = ()
    if routing.following is not None:
        background = Background(definition.criteria, file.potential, facts)
        missing = missing_for(file.motions[routing.following], background)
    return Decision(definition, day, score, criteria, potential, routing, missing)


def trial_day(trial_started_at: datetime | None, now: datetime) -> int | None:
    """The number of the trial's day, 1 on the first; `None` without a start or before it."""
    if trial_started_at is None or now < trial_started_at:
        return None
    return (now - trial_started_at) // timedelta(days=1) + 1


def known_value(metrics: Mapping[str, float], metric: str) -> float | None:
    """A metric's value; `None` where it is unknown."""
    value = metrics.get(metric)
    return None if value is None or isnan(value) else value


def _score(
    definition: Definition, subject: Subject, benchmarks: Benchmarks, day: int | None
) -> UsageScore:
    return usage_score(
        [
            Measured(
                metric,
                weight,
                benchmarks.position(metric, day, known_value(subject.metrics, metric)),
            )
            for metric, weight in definition.weights.items()
        ]
    )
