"""What a rule may ask about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pql.definitions.model import BenchmarkThreshold, State

POTENTIAL_LEVELS = ("small", "medium", "large")


@dataclass(frozen=True, slots=True)
class BenchmarkValue:
    """A benchmark's percentile: `None` where fewer than `needed` accounts stand behind it."""

    value: float | None
    accounts: int
    needed: int


BenchmarkLookup = Callable[[str, BenchmarkThreshold], BenchmarkValue | None]


def _no_benchmarks(_metric: str, _threshold: BenchmarkThreshold) -> None:
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
    status: str = "unknown"
    pql: State = State.UNKNOWN
    potential: frozenset[str] = frozenset(POTENTIAL_LEVELS)
    usage_score: int | None = None
    trial_day: int | None = None
    benchmark: BenchmarkLookup = _no_benchmarks
