"""A test of a rule, run against what is known. `SUBJECTS` names what tests can be about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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

Runner = Callable[[Test, Facts], TestResult]
"""Runs a test: `run_test`, or one that remembers what came of it."""


def run_test(test: Test, facts: Facts) -> TestResult:
    """Run one test. What it needs and is not there makes it unknown."""
    subject = SUBJECTS[test.subject]
    return subject.judge(test, subject.value(test, facts), facts)


def _metric_value(test: Test, facts: Facts) -> float | None:
    return as_number(facts.metrics.get(test.name))


def _judge_metric(test: Test, value: Any, facts: Facts) -> TestResult:
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


def _trait_value(test: Test, facts: Facts) -> object:
    return facts.traits.get(test.name)


def _status_value(_test: Test, facts: Facts) -> str | None:
    return None if facts.status == "unknown" else facts.status


def _judge_value(test: Test, value: Any, _facts: Facts) -> TestResult:
    state = compare_value(test.comparison, value, test.threshold)
    return _result(test, test.threshold, value, state, sentences.about_value)


def _judge_pql(test: Test, value: Any, _facts: Facts) -> TestResult:
    state = value if value is State.UNKNOWN else decided(value.value == test.threshold)
    return _result(test, test.threshold, value.value, state, sentences.about_pql)


def _judge_potential(test: Test, possible: Any, _facts: Facts) -> TestResult:
    wanted = test.threshold if isinstance(test.threshold, tuple) else (test.threshold,)
    fitting = possible.intersection(str(level) for level in wanted)
    state = State.UNKNOWN
    if not fitting or fitting == possible:
        state = decided(bool(fitting))
    value = next(iter(possible)) if len(possible) == 1 else None
    return _result(test, test.threshold, value, state, sentences.about_value)


def _judge_usage_score(test: Test, value: Any, _facts: Facts) -> TestResult:
    state = compare_numbers(test.comparison, value, test.threshold)
    return _result(test, test.threshold, value, state, sentences.about_number)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a test can be about: how its value is found among the facts, and how it is judged."""

    value: Callable[[Test, Facts], object]
    judge: Callable[[Test, Any, Facts], TestResult]


SUBJECTS: dict[str, Subject] = {
    "metric": Subject(_metric_value, _judge_metric),
    "trait": Subject(_trait_value, _judge_value),
    "status": Subject(_status_value, _judge_value),
    "pql": Subject(lambda _test, facts: facts.pql, _judge_pql),
    "potential": Subject(lambda _test, facts: facts.potential, _judge_potential),
    "usage_score": Subject(lambda _test, facts: facts.usage_score, _judge_usage_score),
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
