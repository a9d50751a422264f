"""Test results in plain English, for the people who call the account."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from pql.definitions.model import BenchmarkThreshold, State, Test
from pql.rules.facts import BenchmarkValue
from pql.words import counted, measured

COMPARISONS = {
    "at_least": "at least",
    "at_most": "at most",
    "more_than": "more than",
    "less_than": "less than",
    "is": "is",
    "in": "is one of",
    "contains": "contains",
    "starts_with": "starts with",
    "has": "has",
    "exists": "is given",
}
POPULATIONS = {"later_customers": "later customer", "non_converters": "trial that did not convert"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a sentence tells: the state, the value, the resolved threshold and what is missing."""

    state: State
    value: object
    threshold: object
    missing: float | None


Sentence = Callable[[Test, Finding], str]


def about_number(test: Test, finding: Finding) -> str:
    """`at least 3 active people: 5`."""
    wanted = measured(plain(finding.threshold), readable(test.name))
    asked = f"{COMPARISONS[test.comparison]} {wanted}"
    return f"{asked}: {_value(finding.value)}{_distance(test, finding, ', ')}"


def about_benchmark(
    test: Test, finding: Finding, benchmark: BenchmarkValue | None, day: int | None
) -> str:
    """`messages sent 40 of 42: 2 short of what the median later customer had done by day 6`."""
    name, others = readable(test.name), _benchmark_text(test.threshold, day)
    if benchmark is None or benchmark.value is None:
        accounts, needed = (benchmark.accounts, benchmark.needed) if benchmark else (0, None)
        return _too_few(name, accounts, needed)
    if finding.state is State.UNKNOWN:
        return f"{name} unknown; {others}: {plain(benchmark.value)}"
    joint = "of" if finding.missing else f"against {COMPARISONS[test.comparison]}"
    figures = f"{name} {_value(finding.value)} {joint} {plain(benchmark.value)}"
    distance = _distance(test, finding, "")
    return (
        f"{figures}: {distance} {_preposition(test)} {others}"
        if distance
        else f"{figures}, {others}"
    )


def about_value(test: Test, finding: Finding) -> str:
    """`plan is one of business, enterprise: starter`."""
    if test.comparison == "exists":
        wanted = "is given" if test.threshold else "is not given"
        return f"{readable(test.name)} {wanted}: {_yes_no(finding.state)}"
    asked = f"{COMPARISONS[test.comparison]} {plain(finding.threshold)}"
    distance = _distance(test, finding, ", ")
    return f"{readable(test.name)} {asked}: {_value(finding.value)}{distance}"


def about_pql(test: Test, finding: Finding) -> str:
    """`product-qualified: no`."""
    asked = "product-qualified" if test.threshold == State.MET.value else "not product-qualified"
    return f"{asked}: {_yes_no(finding.state)}"


def threshold_text(threshold: object) -> str:
    """A threshold as the definition names it: `customer p50`, `3`, `business, enterprise`."""
    if isinstance(threshold, BenchmarkThreshold):
        population = {"later_customers": "customer", "non_converters": "non-converter"}
        return f"{population[threshold.population]} p{threshold.percentile}"
    return plain(threshold)


def readable(name: str) -> str:
    """A name from a definition as words."""
    return name.replace("_", " ")


def plain(value: object) -> str:
    """A value as people write it: `2,000`, `0.5`, `business, enterprise`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        text = "never" if math.isinf(value) else f"{value:,.2f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    if isinstance(value, tuple):
        return ", ".join(plain(entry) for entry in value)
    return str(value)


def _value(value: object) -> str:
    return "unknown" if value is None else plain(value)


def _yes_no(state: State) -> str:
    return {State.MET: "yes", State.NOT_MET: "no", State.UNKNOWN: "unknown"}[state]


def _is_floor(test: Test) -> bool:
    return test.comparison in {"at_least", "more_than"}


def _distance(test: Test, finding: Finding, joint: str) -> str:
    if not finding.missing:
        return ""
    return f"{joint}{plain(finding.missing)} {'short' if _is_floor(test) else 'too many'}"


def _preposition(test: Test) -> str:
    return "of" if _is_floor(test) else "against"


def _benchmark_text(threshold: object, day: int | None) -> str:
    if not isinstance(threshold, BenchmarkThreshold):
        raise TypeError(f"not a benchmark: {threshold!r}")
    who = POPULATIONS[threshold.population]
    which = "the median" if threshold.percentile == 50 else f"the p{threshold.percentile}"
    when = "by now" if day is None else f"by day {day}"
    return f"what {which} {who} had done {when}"


def _too_few(name: str, accounts: int, needed: int | None) -> str:
    if needed is None:
        return f"{name} unknown: there is nobody to compare with yet"
    customers = counted(accounts, "customer")
    return f"{name} unknown: only {customers} to compare with, {needed} are needed"
