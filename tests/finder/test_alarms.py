"""Leaks, telling gaps, changes of regime and drift are caught before any figure is believed."""

import numpy as np
import pytest

from pql.finder.alarms import Kind, drift_alarms, regime_rows
from pql.finder.column_names import column_alarms
from pql.finder.columns import ValueTable
from pql.finder.preparing import Task, prepare
from pql.finder.searching import search
from tests.finder.tables import table_of

UNITS = 600


def kinds(table: ValueTable) -> set[tuple[Kind, str]]:
    return {(alarm.kind, alarm.source) for alarm in prepare(table, Task(37.0)).alarms}


def honest(seed: int = 1) -> tuple[np.random.Generator, np.ndarray, np.ndarray, np.ndarray]:
    """A generator, a metric that helps, its outcome, and days over eight months."""
    generator = np.random.default_rng(seed)
    values = generator.poisson(5, UNITS).astype(float)
    outcome = generator.random(UNITS) < np.where(values >= 7, 0.5, 0.15)
    return generator, values, outcome, np.sort(generator.integers(0, 240, UNITS))


def test_what_is_honest_raises_no_alarm() -> None:
    _, values, outcome, days = honest()
    table = table_of(values[:, np.newaxis], outcome, days=days)
    assert prepare(table, Task(37.0)).alarms == ()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_leak_is_caught_and_not_searched(sign: int) -> None:
    generator, values, outcome, days = honest()
    leak = sign * (outcome * 10 + generator.normal(0, 2, UNITS))
    table = table_of(np.stack([values, leak], axis=1), outcome, days=days)
    assert kinds(table) == {(Kind.LEAK, "column_1")}
    finding = search(table, Task(37.0))
    assert [column.name for column in finding.columns] == ["column_0"]
    assert finding.recommended is not None
    assert [alarm.kind for alarm in finding.alarms] == [Kind.LEAK]


def test_a_single_threshold_can_leak_where_its_column_does_not() -> None:
    generator, values, outcome, days = honest()
    both_ends = np.where(outcome, 50.0, np.where(generator.random(UNITS) < 0.02, 99.0, values))
    humped = np.where(outcome & (generator.random(UNITS) < 0.5), 60.0, both_ends)
    table = table_of(np.stack([values, humped], axis=1), outcome, days=days)
    assert (Kind.LEAK, "column_1") in kinds(table)


def test_a_category_that_is_the_outcome_is_a_leak() -> None:
    _, _, outcome, _ = honest()
    won, lost = outcome.astype(float), (~outcome).astype(float)
    table = table_of(np.stack([won, lost], axis=1), outcome, categories=["won", "lost"])
    assert {kind for kind, _ in kinds(table)} == {Kind.LEAK}


def test_values_that_are_given_for_one_outcome_mostly_are_caught() -> None:
    generator, values, outcome, days = honest()
    is_given = generator.random(UNITS) < np.where(outcome, 0.9, 0.3)
    telling = np.where(is_given, generator.normal(0, 1, UNITS), np.nan)
    table = table_of(np.stack([values, telling], axis=1), outcome, days=days)
    assert kinds(table) == {(Kind.MISSING_TELLS, "column_1")}
    assert [column.name for column in search(table, Task(37.0)).columns] == ["column_0"]


def test_values_that_are_given_for_one_outcome_only_are_refused() -> None:
    generator, _, outcome, _ = honest()
    only = np.where(outcome & (generator.random(UNITS) < 0.3), 1.0, np.nan)
    assert kinds(table_of(only[:, np.newaxis], outcome)) == {(Kind.MISSING_TELLS, "column_0")}


def test_values_that_are_missing_by_chance_are_not_caught() -> None:
    generator, values, outcome, _ = honest()
    some = np.where(generator.random(UNITS) < 0.4, np.nan, values)
    assert kinds(table_of(some[:, np.newaxis], outcome)) == set()


def test_names_of_judgements_are_caught_unless_they_are_known_at_the_start() -> None:
    sources = ["Lead Quality", "Last Activity", "leadScore", "tags", "visits", "Lead Origin"]
    found = [alarm.source for alarm in column_alarms(sources, ["Last Activity"])]
    assert found == ["Lead Quality", "leadScore", "tags"]


def test_outcomes_that_were_not_recorded_at_first_are_left_out() -> None:
    _, values, outcome, days = honest()
    outcome &= days >= 70
    table = table_of(values[:, np.newaxis], outcome, days=days)
    rows, alarms = regime_rows(table)
    assert days[rows].min() >= 70
    assert "were not recorded yet" in alarms[0].sentence


def test_only_one_regime_is_searched() -> None:
    generator, values, _, days = honest()
    outcome = generator.random(UNITS) < np.where(days < 100, 0.6, 0.1)
    finding = search(table_of(values[:, np.newaxis], outcome, days=days), Task(37.0))
    assert [alarm.kind for alarm in finding.alarms] == [Kind.REGIME]
    assert finding.searched.first is not None
    assert finding.searched.first >= "2026-04-01"
    assert finding.left_out["other regime"] > 200


def test_a_column_that_moved_is_told() -> None:
    generator, values, outcome, days = honest()
    moving = values + np.where(days > 150, generator.poisson(6, UNITS), 0)
    table = table_of(np.stack([values, moving], axis=1), outcome, days=days)
    alarms = list(drift_alarms(table.rows(days < 100), table.rows(days > 150)))
    assert [(alarm.kind, alarm.source) for alarm in alarms] == [(Kind.DRIFT, "column_1")]
