"""What came of a test for many accounts: their states, and in words what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from pql.definitions.model import BenchmarkThreshold, State, Test
from pql.rules import sentences
from pql.rules.comparing import shortfall
from pql.rules.facts import NO_DAY, DatedBenchmarkLookup
from pql.rules.questions import Codes, Questions
from pql.rules.sentences import Finding
from pql.rules.states import STATES, States
from pql.rules.verdict import TestResult


@dataclass(frozen=True, slots=True)
class Telling:
    """How a subject's answers are told: the value, and the sentence about it."""

    value: Callable[[Any], object]
    say: sentences.Sentence


@dataclass(frozen=True)
class Answers:
    """What came of a test: the state of each account.

    The different questions behind the states are told apart when somebody asks what came of them.
    """

    test: Test
    states: States
    ask: Callable[[], Questions]
    telling: Telling
    benchmark: DatedBenchmarkLookup
    _thresholds: dict[int, float | None] = field(default_factory=dict)
    """Benchmarks that were asked for, by day."""

    @cached_property
    def questions(self) -> Questions:
        """Each question that was asked, once."""
        return self.ask()

    @property
    def codes(self) -> Codes:
        """Which result is each account's."""
        return self.questions.codes

    def of(self, account: int) -> TestResult:
        """The result of the account in this place."""
        return self._result(int(self.codes[account]), int(self.states[account]))

    def result(self, code: int) -> TestResult:
        """The result of the accounts with this code."""
        return self._result(code, int(self._question_states[code]))

    def figures(self, code: int) -> tuple[object, object]:
        """The value of the accounts with this code, and the threshold it was compared with."""
        value = self.telling.value(self.questions.values[code])
        if not isinstance(self.test.threshold, BenchmarkThreshold):
            return value, self.test.threshold
        days = self.questions.days
        day = NO_DAY if days is None else int(days[code])
        if day not in self._thresholds:
            self._thresholds[day], _ = self._compared_with(self.test.threshold, code)
        return value, self._thresholds[day]

    @cached_property
    def _question_states(self) -> States:
        states = np.empty(len(self.questions.values), dtype=np.int8)
        states[self.codes] = self.states
        return states

    def _result(self, code: int, number: int) -> TestResult:
        value, state = self.telling.value(self.questions.values[code]), STATES[number]
        threshold, say = self.test.threshold, self.telling.say
        if isinstance(threshold, BenchmarkThreshold):
            threshold, say = self._compared_with(threshold, code)
        return _test_result(self.test, threshold, value, state, say)

    def _compared_with(
        self, threshold: BenchmarkThreshold, code: int
    ) -> tuple[float | None, sentences.Sentence]:
        days = self.questions.days
        day = None if days is None or days[code] == NO_DAY else int(days[code])
        benchmark = self.benchmark(self.test.name, threshold, day)

        def sentence(test: Test, finding: Finding) -> str:
            return sentences.about_benchmark(test, finding, benchmark, day)

        return None if benchmark is None else benchmark.value, sentence


def _test_result(
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
        sentence=say(test, Finding(state, value, threshold, missing)),
    )
