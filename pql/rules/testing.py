"""A test of a rule, run on what is known. `SUBJECTS` names what tests can be about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import numpy as np

from pql.definitions.model import BenchmarkThreshold, State, Test
from pql.rules import sentences
from pql.rules.answers import Answers, Telling
from pql.rules.comparing import Numbers, compare_numbers, compare_values, number_of
from pql.rules.facts import EVERY_LEVEL, LEVEL_BITS, NO_DAY, UNKNOWN_STATUS, Columns
from pql.rules.questions import (
    Questions,
    about_dated_numbers,
    about_numbers,
    about_things,
)
from pql.rules.states import MET, NOT_MET, STATES, UNKNOWN, States, same_states

EQUALITIES = {"is", "in", "exists"}
LEVELS = {bit: level for level, bit in LEVEL_BITS.items()}


def run_test(test: Test, columns: Columns) -> Answers:
    """Run one test for every account. What it needs and is not there makes it unknown."""
    subject = SUBJECTS[test.subject]
    questions = subject.questions(test, columns)
    states = subject.judge(test, questions, columns)
    return Answers(test, states, questions, subject.telling, columns.benchmark)


def _ask_metric(test: Test, columns: Columns) -> Questions:
    values = columns.metrics.get(test.name)
    if values is None:
        values = np.full(columns.size, nan)
    if isinstance(test.threshold, BenchmarkThreshold):
        return about_dated_numbers(values, _or(columns.trial_day, np.full(columns.size, NO_DAY)))
    return about_numbers(values)


def _judge_metric(test: Test, questions: Questions, columns: Columns) -> States:
    values: Numbers = np.asarray(questions.values)
    if test.comparison in EQUALITIES:
        return compare_values(test.comparison, [_known(each) for each in values], test.threshold)
    return compare_numbers(test.comparison, values, _thresholds(test, questions, columns))


def _thresholds(test: Test, questions: Questions, columns: Columns) -> Numbers | float:
    """The number each question is compared with, NaN where it is unknown."""
    if not isinstance(test.threshold, BenchmarkThreshold) or questions.days is None:
        return number_of(test.threshold)
    days = about_numbers(questions.days)
    by_day = []
    for day in days.values:
        benchmark = columns.benchmark(test.name, test.threshold, int(day) or None)
        by_day.append(number_of(None if benchmark is None else benchmark.value))
    return np.array(by_day)[days.codes]


def _ask_trait(test: Test, columns: Columns) -> Questions:
    return about_things(columns.traits.get(test.name) or [None] * columns.size)


def _ask_status(_test: Test, columns: Columns) -> Questions:
    return about_things(columns.status or [UNKNOWN_STATUS] * columns.size)


def _judge_value(test: Test, questions: Questions, _columns: Columns) -> States:
    return compare_values(test.comparison, questions.values, test.threshold)


def _judge_status(test: Test, questions: Questions, _columns: Columns) -> States:
    values = [_known_status(status) for status in questions.values]
    return compare_values(test.comparison, values, test.threshold)


def _ask_pql(_test: Test, columns: Columns) -> Questions:
    return about_numbers(_or(columns.pql, same_states(State.UNKNOWN, columns.size)))


def _judge_pql(test: Test, questions: Questions, _columns: Columns) -> States:
    states = np.asarray(questions.values)
    return states if test.threshold == State.MET.value else -states


def _ask_potential(_test: Test, columns: Columns) -> Questions:
    return about_numbers(_or(columns.potential, np.full(columns.size, EVERY_LEVEL)))


def _judge_potential(test: Test, questions: Questions, _columns: Columns) -> States:
    """Decided where every level that is possible is wanted, or none is."""
    levels = test.threshold if isinstance(test.threshold, tuple) else (test.threshold,)
    wanted = sum(LEVEL_BITS[str(level)] for level in set(levels))
    possible = np.asarray(questions.values)
    fitting = possible & wanted
    is_all = np.where(fitting == possible, MET, UNKNOWN)
    return np.where(fitting == 0, NOT_MET, is_all)


def _ask_usage_score(_test: Test, columns: Columns) -> Questions:
    return about_numbers(_or(columns.usage_score, np.full(columns.size, nan)))


def _judge_usage_score(test: Test, questions: Questions, _columns: Columns) -> States:
    return compare_numbers(test.comparison, np.asarray(questions.values), number_of(test.threshold))


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
    """What a test can be about: what it asks, how that is judged, and how it is told.

    `judge` gives a state for each question.
    """

    questions: Callable[[Test, Columns], Questions]
    judge: Callable[[Test, Questions, Columns], States]
    telling: Telling


SUBJECTS: dict[str, Subject] = {
    "metric": Subject(_ask_metric, _judge_metric, Telling(_known, sentences.about_number)),
    "trait": Subject(_ask_trait, _judge_value, Telling(_as_it_is, sentences.about_value)),
    "status": Subject(_ask_status, _judge_status, Telling(_known_status, sentences.about_value)),
    "pql": Subject(
        _ask_pql,
        _judge_pql,
        Telling(lambda state: STATES[int(state)].value, sentences.about_pql),
    ),
    "potential": Subject(
        _ask_potential,
        _judge_potential,
        Telling(lambda possible: LEVELS.get(int(possible)), sentences.about_value),
    ),
    "usage_score": Subject(
        _ask_usage_score, _judge_usage_score, Telling(_known_score, sentences.about_number)
    ),
}
