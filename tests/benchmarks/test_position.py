"""Where an account stands among later customers."""

from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.benchmarks.comparing import (
    CUSTOMERS_NOW,
    LATER_CUSTOMERS,
    NO_TRIAL_DAY,
    NON_CONVERTERS,
    Benchmarks,
)
from pql.benchmarks.percentiles import Percentiles
from pql.definitions.model import BenchmarkThreshold
from pql.rules.facts import NO_DAY
from tests.known import known

INVITES = Percentiles(40, p10=1, p25=2, p50=4, p75=8, p90=10)
TIED = Percentiles(40, p10=0, p25=0, p50=5, p75=5, p90=5)
LAST_SEEN = Percentiles(40, p10=0.5, p25=1, p50=2, p75=4, p90=8)
RARE = Percentiles(40, p10=1, p25=2, p50=4, p75=None, p90=None)
TOO_FEW = Percentiles(24)

ascending = st.lists(st.floats(0, 1000), min_size=5, max_size=5).map(sorted)


def benchmarks(row: Percentiles, *, turned: bool = False) -> Benchmarks:
    names = frozenset({"metric"}) if turned else frozenset()
    rows = {("metric", LATER_CUSTOMERS, day): row for day in (1, 2, 3)}
    return Benchmarks(rows, version_id=1, smaller_is_better=names)


def position(row: Percentiles, value: float, *, turned: bool = False) -> float:
    return known(placed(benchmarks(row, turned=turned), "metric", 2, value))


def placed(version: Benchmarks, metric: str, day: int | None, value: float | None) -> float | None:
    days, values = np.array([day or NO_DAY]), np.array([nan if value is None else value])
    position = float(version.positions(metric, days, values)[0])
    return None if isnan(position) else position


@pytest.mark.parametrize(
    ("value", "share"),
    [
        (0, 0),
        (0.5, 0.05),
        (1, 0.10),
        (3, 0.375),
        (4, 0.50),
        (10, 0.90),
        (15, 0.95),
        (20, 1),
        (99, 1),
    ],
)
def test_the_position_follows_the_line_through_the_percentiles(value: float, share: float) -> None:
    assert position(INVITES, value) == pytest.approx(share)


@pytest.mark.parametrize(("value", "share"), [(0, 0), (1, 0.30), (5, 0.70), (7.5, 0.95)])
def test_a_value_on_several_percentiles_gets_their_middle(value: float, share: float) -> None:
    assert position(TIED, value) == pytest.approx(share)


@pytest.mark.parametrize(
    ("days", "share"), [(0, 1), (0.5, 0.90), (2, 0.50), (8, 0.10), (16, 0), (inf, 0)]
)
def test_where_smaller_is_better_the_share_is_turned_round(days: float, share: float) -> None:
    assert position(LAST_SEEN, days, turned=True) == pytest.approx(share)


@pytest.mark.parametrize(("days", "share"), [(4, 0.50), (6, 0.375), (100, 0.25), (inf, 0)])
def test_whoever_did_it_stands_above_those_known_never_to_have(days: float, share: float) -> None:
    assert position(RARE, days, turned=True) == pytest.approx(share)


@given(ascending, st.floats(0, 3000), st.floats(0, 3000))
def test_more_never_stands_lower(values: list[float], one: float, other: float) -> None:
    row = Percentiles(30, *values)
    less, more = sorted([one, other])
    assert 0 <= position(row, less) <= position(row, more) <= 1
    assert 1 >= position(row, less, turned=True) >= position(row, more, turned=True) >= 0


@given(ascending)
def test_nothing_done_stands_at_nothing(values: list[float]) -> None:
    assert position(Percentiles(30, *values), 0) == 0


def test_unknown_stays_unknown() -> None:
    assert placed(benchmarks(TOO_FEW), "metric", 2, 5) is None
    assert placed(benchmarks(INVITES), "metric", 2, None) is None
    assert placed(benchmarks(INVITES), "metric", None, 5) is None
    assert placed(benchmarks(INVITES), "another", 2, 5) is None


def test_a_day_after_the_last_compared_one_counts_as_the_last() -> None:
    assert placed(benchmarks(INVITES), "metric", 40, 4) == pytest.approx(0.5)
    assert benchmarks(INVITES).row("metric", LATER_CUSTOMERS, 0) is None


def test_a_threshold_is_the_percentile_of_the_day_and_population() -> None:
    rows = {
        ("metric", LATER_CUSTOMERS, 1): INVITES,
        ("metric", NON_CONVERTERS, 1): TIED,
        ("metric", CUSTOMERS_NOW, NO_TRIAL_DAY): LAST_SEEN,
    }
    found = Benchmarks(rows)
    assert found.threshold("metric", 1, BenchmarkThreshold(75)) == 8
    assert found.threshold("metric", 1, BenchmarkThreshold(90, NON_CONVERTERS)) == 5
    assert found.threshold("metric", 1, BenchmarkThreshold(50, CUSTOMERS_NOW)) == 2
    assert found.threshold("metric", None, BenchmarkThreshold(75)) is None
    assert Benchmarks({}).threshold("metric", 1, BenchmarkThreshold(75)) is None
