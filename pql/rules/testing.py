"""A test of a rule, run against what is known. One function a subject, named in `SUBJECTS`."""

from __future__ import annotations

from collections.abc import Callable

from pql.definitions.model import BenchmarkThreshold, State, Test
from pql.rules import sentences
from pql.rules.comparing import (
    as_number,
    compare_numbers,
    compare_value,
    decided,
    shortfall,
)
from pql.rules.facts import BenchmarkValue, Facts
from pql.rules.verdict import TestResult


def run_test(test: Test, facts: Facts) -> TestResult:
    """Run one test. What it needs and is not there makes it unknown."""
    return SUBJECTS[test.subject](test, facts)


def _test_metric(test: Test, facts: Facts) -> TestResult:
    value = as_number(facts.metrics.get(test.name))
    if not isinstance(test.threshold, BenchmarkThreshold):
        compare = compare_value if test.comparison in {"is", "in"} else compare_numbers
        state = compare(test.comparison, value, test.threshold)
        return _result(test, test.threshold, value, state, sentences.about_number)
    benchmark = facts.benchmark(test.name, test.threshold)
    threshold = None if benchmark is None else benchmark.value
    state = compare_numbers(test.comparison, value, threshold)
    return _result(test, threshold, value, state, _benchmark_sentence(benchmark, facts.trial_day))


def _benchmark_sentence(benchmark: BenchmarkValue | None, day: int | None) -> sentences.Sentence:
    def sentence(test: Test, result: sentences.Finding) -> str:
        return sentences.about_benchmark(test, result, benchmark, day)

    return sentence


def _test_trait(test: Test, facts: Facts) -> TestResult:
    value = facts.traits.get(test.name)
    state = compare_value(test.comparison, value, test.threshold)
    return _result(test, test.threshold, value, state, sentences.about_value)


def _test_status(test: Test, facts: Facts) -> TestResult:
    known = None if facts.status == "unknown" else facts.status
    state = compare_value(test.comparison, known, test.threshold)
    return _result(test, test.threshold, known, state, sentences.about_value)


def _test_pql(test: Test, facts: Facts) -> TestResult:
    state = facts.pql
    if state is not State.UNKNOWN:
        state = decided(state.value == test.threshold)
    return _result(test, test.threshold, facts.pql.value, state, sentences.about_pql)


def _test_potential(test: Test, facts: Facts) -> TestResult:
    wanted = test.threshold if isinstance(test.threshold, tuple) else (test.threshold,)
    fitting = facts.potential.intersection(str(level) for level in wanted)
    state = State.UNKNOWN
    if not fitting or fitting == facts.potential:
        state = decided(bool(fitting))
    value = next(iter(facts.potential)) if len(facts.potential) == 1 else None
    return _result(test, test.threshold, value, state, sentences.about_value)


def _test_usage_score(test: Test, facts: Facts) -> TestResult:
    state = compare_numbers(test.comparison, facts.usage_score, test.threshold)
    return _result(test, test.threshold, facts.usage_score, state, sentences.about_number)


SUBJECTS: dict[str, Callable[[Test, Facts], TestResult]] = {
    "metric": _test_metric,
    "trait": _test_trait,
    "status": _test_status,
    "pql": _test_pql,
    "potential": _test_potential,
    "usage_score": _test_usage_score,
}


def _result(
    test: Test, threshold: object, value: object, state: State, say: sentences.Sentence
) -> TestResult:
    missing = shortfall(test.comparison, value, threshold) if state is State.NOT_MET else None
    return TestResult(
        subject=test.subject,
        name=test.name,
        comparison=test.comparison,
        threshold=threshold,
        threshold_text=sentences.threshold_text(test.threshold),
        value=value,
        state=state,
        missing=missing,
        sentence=say(test, sentences.Finding(state, value, threshold, missing)),
    )
