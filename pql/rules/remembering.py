"""Running a test once for each value: thousands of accounts have the same few numbers."""

from __future__ import annotations

from collections.abc import Callable

from pql.definitions.model import BenchmarkThreshold, Test
from pql.rules.facts import Facts
from pql.rules.testing import SUBJECTS, run_test
from pql.rules.verdict import TestResult

Question = tuple[int, type, object, int | None]
"""A test, a value with its type (1 and true are equal) and the day it is compared on."""


class RememberingRunner:
    """A runner that remembers what came of a test, for facts with one and the same benchmarks.

    Meant to live as long as one run over many accounts: it forgets nothing.
    """

    def __init__(self) -> None:
        # By identity: `is 1` and `is true` are equal tests. The test is kept, so that its id is.
        self._tests: dict[int, tuple[Test, Callable[[Test, Facts], object], bool]] = {}
        self._results: dict[Question, TestResult] = {}

    def __call__(self, test: Test, facts: Facts) -> TestResult:
        """What comes of a test, as `run_test` tells."""
        known = self._tests.get(id(test))
        if known is None:
            is_dated = isinstance(test.threshold, BenchmarkThreshold)
            known = self._tests[id(test)] = (test, SUBJECTS[test.subject].value, is_dated)
        _, value_of, is_dated = known
        value = value_of(test, facts)
        question = (id(test), type(value), value, facts.trial_day if is_dated else None)
        try:
            result = self._results.get(question)
        except TypeError:  # a trait that is a list or an object
            return run_test(test, facts)
        if result is None:
            result = self._results[question] = run_test(test, facts)
        return result
