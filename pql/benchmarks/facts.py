"""Benchmarks as rules ask for them."""

from __future__ import annotations

from collections.abc import Iterator

from pql.benchmarks.comparing import Benchmarks
from pql.benchmarks.percentiles import MINIMUM_ACCOUNTS
from pql.definitions.model import BenchmarkThreshold, Definition, DefinitionFile, Group, Rule
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


def is_routed_provisionally(
    file: DefinitionFile, definition: Definition, benchmarks: Benchmarks
) -> bool:
    """Whether the file's provisional rules route the accounts of a definition.

    They do until enough customers are there for any of the benchmarks that its criteria name.
    """
    if not file.provisional:
        return False
    compared = set(_compared(definition.criteria))
    known = {
        (metric, population)
        for (metric, population, _), row in benchmarks.rows.items()
        if row.is_known
    }
    return bool(compared) and compared.isdisjoint(known)


def _compared(rule: Rule) -> Iterator[tuple[str, str]]:
    """The metrics that a rule compares with benchmarks, and those of whom."""
    if isinstance(rule, Group):
        for part in rule.rules:
            yield from _compared(part)
    elif isinstance(rule.threshold, BenchmarkThreshold):
        yield rule.name, rule.threshold.population
