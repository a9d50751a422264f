"""What a rule may ask about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from pql.definitions.model import BenchmarkThreshold, State
from pql.rules.comparing import Numbers, number_of
from pql.rules.states import NUMBERS, States

POTENTIAL_LEVELS = ("small", "medium", "large")
LEVEL_BITS = {level: 1 << place for place, level in enumerate(POTENTIAL_LEVELS)}
EVERY_LEVEL = sum(LEVEL_BITS.values())
UNKNOWN_STATUS = "unknown"
NO_DAY = 0
"""Where the trial day is not known: the first day is 1."""

Days = npt.NDArray[np.int64]
Levels = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class BenchmarkValue:
    """A benchmark's percentile: `None` where fewer than `needed` accounts stand behind it."""

    value: float | None
    accounts: int
    needed: int


BenchmarkLookup = Callable[[str, BenchmarkThreshold], BenchmarkValue | None]
DatedBenchmarkLookup = Callable[[str, BenchmarkThreshold, int | None], BenchmarkValue | None]
"""A metric's benchmark on a trial day; `None` is an unknown day."""


def _no_benchmarks(_metric: str, _threshold: BenchmarkThreshold) -> None:
    return None


def _never_any_benchmarks(_metric: str, _threshold: BenchmarkThreshold, _day: int | None) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one account (or person) at one moment. What is left out is unknown.

    `metrics`: NaN, None or a missing entry is unknown, +inf is "never happened".
    `potential`: every level that is still possible; one entry where it is known. An account that
    may be large and is medium at least has `{"medium", "large"}`.
    `trial_day`: 1 on the first day. `benchmark` gives a metric's benchmark on that day.
    """

    metrics: Mapping[str, float | None] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    status: str = UNKNOWN_STATUS
    pql: State = State.UNKNOWN
    potential: frozenset[str] = frozenset(POTENTIAL_LEVELS)
    usage_score: int | None = None
    trial_day: int | None = None
    benchmark: BenchmarkLookup = _no_benchmarks


@dataclass(frozen=True, slots=True)
class Columns:
    """What is known of `size` accounts (or people), a column for each thing a rule may ask about.

    A column that is left out is unknown of all of them.

    `metrics`: NaN is unknown, +inf is "never happened". `traits`: None is missing.
    `pql`: as `states.py` numbers them. `potential`: the sum of the `LEVEL_BITS` of every level that
    is still possible. `usage_score`: NaN is unknown. `trial_day`: 1 on the first day, `NO_DAY`
    where it is unknown. `benchmark` gives a metric's benchmark on a day.
    """

    size: int
    metrics: Mapping[str, Numbers] = field(default_factory=dict)
    traits: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    status: Sequence[str] | None = None
    pql: States | None = None
    potential: Levels | None = None
    usage_score: Numbers | None = None
    trial_day: Days | None = None
    benchmark: DatedBenchmarkLookup = _never_any_benchmarks


def column_of_one(facts: Facts) -> Columns:
    """The facts of one account as columns of length 1."""
    score = np.nan if facts.usage_score is None else facts.usage_score
    day = NO_DAY if facts.trial_day is None else facts.trial_day
    return Columns(
        size=1,
        metrics={name: np.array([number_of(value)]) for name, value in facts.metrics.items()},
        traits={name: (value,) for name, value in facts.traits.items()},
        status=(facts.status,),
        pql=np.array([NUMBERS[facts.pql]]),
        potential=np.array([sum(LEVEL_BITS[level] for level in facts.potential)], dtype=np.int8),
        usage_score=np.array([score], dtype=np.float64),
        trial_day=np.array([day]),
        benchmark=lambda metric, threshold, _day: facts.benchmark(metric, threshold),
    )
