"""A test of a rule, run on what is known. `SUBJECTS` names what tests can be about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from math import nan
from typing import Any

import numpy as np

from pql.definitions.model import BenchmarkThreshold, State, Test
from pql.rules import sentences
from pql.rules.answers import Answers, Telling
from pql.rules.comparing import Numbers, compare_numbers, compare_values, number_of
from pql.rules.facts import EVERY_LEVEL, LEVEL_BITS, NO_DAY, UNKNOWN_STATUS, Columns, Days
from pql.rules.questions import (
    Questions,
    about_dated_numbers,
    about_numbers,
    about_things,
)
from pql.rules.states import MET, NOT_MET, STATES, UNKNOWN, States, same_states

Judged = tuple[States, Callable[[], Questions]]
"""The state of each account, and the questions behind them for whoever wants to tell them."""

EQUALITIES = {"is", "in", "exists"}
LEVELS = {bit: level for level, bit in LEVEL_BITS.items()}


def run_test(test: Test, columns: Columns) -> Answers:
    """Run one test for every account. What it needs and is not there makes it unknown."""
    subject = SUBJECTS[test.subject]
    states, ask = subject.judge(test, columns)
    return Answers(test, states, ask, subject.telling, columns.benchmark)


def _judge_metric(test: Test, columns: Columns) -> Judged:
    values = columns.metrics.get(test.name)
    if values is None:
        values = np.full(columns.size, nan)
    if test.comparison in EQUALITIES:
        questions = about_numbers(values)
        return _one_by_one(test, questions, [_known(each) for each in questions.values])
    if not isinstance(test.threshold, BenchmarkThreshold):
        return _compared(test, values)
    days = _or(columns.trial_day, np.full(columns.size, NO_DAY))
    thresholds = _thresholds(test.name, test.threshold, days, columns)
    states = compare_numbers(test.comparison, values, thresholds)
    return states, partial(about_dated_numbers, values, days)


def _thresholds(name: str, threshold: BenchmarkThreshold, days: Days, columns: Columns) -> Numbers:
    """The benchmark on each account's day, NaN where it is unknown."""
    by_day = np.full(int(days.max(initial=NO_DAY)) + 1, nan)
    for day in np.flatnonzero(np.bincount(days)).tolist():
        benchmark = columns.benchmark(name, threshold, day or None)
        by_day[day] = number_of(None if benchmark is None else benchmark.value)
    return by_day[days]


def _judge_trait(test: Test, columns: Columns) -> Judged:
    questions = about_things(columns.traits.get(test.name) or [None] * columns.size)
    return _one_by_one(test, questions, questions.values)


def _judge_status(test: Test, columns: Columns) -> Judged:
    questions = about_things(columns.status or [UNKNOWN_STATUS] * columns.size)
    return _one_by_one(test, questions, [_known_status(status) for status in questions.values])


def _judge_pql(test: Test, columns: Columns) -> Judged:
    states = _or(columns.pql, same_states(State.UNKNOWN, columns.size))
    is_met = test.threshold == State.MET.value
    return (states if is_met else -states), partial(about_numbers, states)


def _judge_potential(test: Test, columns: Columns) -> Judged:
    """Decided where every level that is possible is wanted, or none is."""
    possible = _or(columns.potential, np.full(columns.size, EVERY_LEVEL))
    levels = test.threshold if isinstance(test.threshold, tuple) else (test.threshold,)
    wanted = sum(LEVEL_BITS[str(level)] for level in set(levels))
    fitting = possible & wanted
    is_all = np.where(fitting == possible, MET, UNKNOWN)
    return np.where(fitting == 0, NOT_MET, is_all), partial(about_numbers, possible)


def _judge_usage_score(test: Test, columns: Columns) -> Judged:
    return _compared(test, _or(columns.usage_score, np.full(columns.size, nan)))


def _compared(test: Test, values: Numbers) -> Judged:
    """Numbers against one that is the same for every account."""
    states = compare_numbers(test.comparison, values, number_of(test.threshold))
    return states, partial(about_numbers, values)


def _one_by_one(test: Test, questions: Questions, values: Iterable[Any]) -> Judged:
    """Values of any kind: each different one is compared once."""
    states = compare_values(test.comparison, values, test.threshold)
    return states[questions.codes], lambda: questions


def _or(column: np.ndarray | None, unknown: np.ndarray) -> np.ndarray:
    return unknown if column is None else column


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _known_score(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def _known_status(status: str) -> str | None:
    return None if status == UNKNOWN_STATUS else status


def _as_it_is(value: object) -> object:
    return value


@dataclass(frozen=True, slots=True)
class Subject:
    """What a test can be about: how it is judged for each account, and how that is told."""

    judge: Callable[[Test, Columns], Judged]
    telling: Telling


SUBJECTS: dict[str, Subject] = {
    "metric": Subject(_judge_metric, Telling(_known, sentences.about_number)),
    "trait": Subject(_judge_trait, Telling(_as_it_is, sentences.about_value)),
    "status": Subject(_judge_status, Telling(_known_status, sentences.about_value)),
    "pql": Subject(
        _judge_pql, Telling(lambda state: STATES[int(state)].value, sentences.about_pql)
    ),
    "potential": Subject(
        _judge_potential,
        Telling(lambda possible: LEVELS.get(int(possible)), sentences.about_value),
    ),
    "usage_score": Subject(_judge_usage_score, Telling(_known_score, sentences.about_number)),
}
