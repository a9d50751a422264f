"""Which thresholds are tried, and which are refused."""

import numpy as np
import pytest

from pql.finder.candidates import FEWEST, Support, distinct_parts, supported_parts
from pql.finder.columns import ValueTable
from tests.finder.tables import table_of


def thresholds(table: ValueTable) -> list[float]:
    return [part.threshold for part, _, _ in distinct_parts(0, table.columns[0], table)]


def test_thresholds_are_steps_and_quantiles() -> None:
    values = np.arange(1, 1_001, dtype=float)[:, np.newaxis]
    found = thresholds(table_of(values, values[:, 0] > 500))
    assert {10.0, 20.0, 500.0} <= set(found)  # steps
    assert {51.0, 151.0, 951.0} <= set(found)  # quantiles of those above the lowest
    assert found == sorted(found)


def test_thresholds_do_not_know_the_outcome() -> None:
    values = np.random.default_rng(1).poisson(20, (300, 1)).astype(float)
    rich, poor = table_of(values, values[:, 0] > 25), table_of(values, values[:, 0] < 15)
    assert thresholds(rich) == thresholds(poor)


def test_of_thresholds_that_the_same_units_reach_the_roundest_stays() -> None:
    values = np.repeat([0.0, 9.0, 30.0], 50)[:, np.newaxis]
    parts = [
        part
        for part, _, _ in distinct_parts(
            0, table_of(values, values > 9).columns[0], table_of(values, values[:, 0] > 9)
        )
    ]
    assert all(part.is_round for part in parts)
    assert len(parts) == 2


@pytest.mark.parametrize(("reach", "is_tried"), [(24, False), (25, True), (75, True), (76, False)])
def test_it_takes_25_that_meet_it_and_25_that_do_not(reach: int, is_tried: bool) -> None:
    values = (np.arange(100) < reach).astype(float)[:, np.newaxis]
    table = table_of(values, np.arange(100) % 2 == 0)
    parts, refused = supported_parts(table, Support.of(table))
    assert (len(parts), refused) == ((1, 0) if is_tried else (0, 1))


def test_it_takes_two_percent_of_the_population() -> None:
    values = (np.arange(5_000) < 99).astype(float)[:, np.newaxis]
    table = table_of(values, np.arange(5_000) % 2 == 0)
    assert supported_parts(table, Support.of(table))[0] == []
    values[99] = 1
    assert len(supported_parts(table, Support.of(table))[0]) == 1


def test_people_of_one_account_count_for_one() -> None:
    table = table_of(np.zeros((100, 1)), np.zeros(100), clusters=np.repeat(np.arange(20), 5))
    assert table.units_a_cluster == 5
    assert Support.of(table).met == 5 * FEWEST


def test_a_category_has_one_threshold() -> None:
    values = np.repeat([0.0, 1.0], 50)[:, np.newaxis]
    assert thresholds(table_of(values, values[:, 0] > 0, categories=["red"])) == [1.0]


def test_what_never_varies_is_not_tried() -> None:
    assert thresholds(table_of(np.ones((50, 1)), np.arange(50) % 2)) == []
    assert thresholds(table_of(np.full((50, 1), np.nan), np.arange(50) % 2)) == []
