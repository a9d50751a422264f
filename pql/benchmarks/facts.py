"""Benchmarks as rules ask for them."""

from __future__ import annotations

from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.percentiles import MINIMUM_ACCOUNTS
from pql.definitions.model import BenchmarkThreshold
from pql.rules import BenchmarkValue


def benchmark_on(
    benchmarks: Benchmarks, metric: str, threshold: BenchmarkThreshold, day: int | None
) -> BenchmarkValue | None:
    """The number behind a threshold on a trial day, with how many accounts it rests on."""
    row = benchmarks.row(metric, threshold.population, day)
    if row is None:
        return None
    value = benchmarks.threshold(metric, day, threshold)
    return BenchmarkValue(value, row.accounts, MINIMUM_ACCOUNTS)
