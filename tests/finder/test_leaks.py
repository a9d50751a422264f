"""Leaks are set aside, honest columns kept: `python -m benchmarks.finding.leaks` with few runs."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.finding import leaks
from pql.finder.alarms import Kind
from pql.finder.preparing import Task, prepare
from tests.finder.tables import table_of

FEW = 30
UNITS = 1_000


@pytest.mark.parametrize(
    "question",
    [
        leaks.leak_alone,
        leaks.leak_among_honest,
        leaks.two_leaks,
        leaks.strong_honest_is_kept,
        leaks.leak_beside_strong_honest,
        leaks.only_for_one_outcome,
    ],
)
def test_planted_columns_are_judged_rightly(question: Callable[..., bool]) -> None:
    """Of 300 runs at least 99 % are right: one of 30 may be wrong."""
    assert leaks.share(question, FEW) >= 1 - 1 / FEW


def test_of_weak_honest_columns_nothing_is_asked() -> None:
    assert leaks.share(leaks.QUESTIONS["honest columns up to 0.60: nothing is asked"], FEW) == 1


@pytest.mark.parametrize(("is_timed", "expected"), [(True, []), (False, ["column_0"])])
def test_events_may_tell_far_more_than_others(is_timed: bool, expected: list[str]) -> None:
    """Their times say that they came before."""
    generator = np.random.default_rng(1)
    outcome = generator.random(UNITS) < 0.2
    values = generator.normal(size=(UNITS, 2)) + np.stack([outcome * 1.2, outcome * 0], axis=1)
    prepared = prepare(table_of(values, outcome, is_timed=is_timed), Task(0.0))
    assert [alarm.source for alarm in prepared.alarms] == expected
    assert [each.source for each in prepared.not_searched if each.is_question] == expected


def test_no_answer_makes_a_column_that_tells_all_believable() -> None:
    generator = np.random.default_rng(1)
    outcome = generator.random(UNITS) < 0.2
    values = (outcome * 5 + generator.normal(size=UNITS))[:, np.newaxis]
    task = Task(0.0, known_at_start=frozenset({"column_0"}))
    (alarm,) = prepare(table_of(values, outcome, is_timed=False), task).alarms
    assert (alarm.kind, alarm.is_question) == (Kind.LEAK, False)
