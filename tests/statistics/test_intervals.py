"""Intervals against published and computed values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from pql.statistics.intervals import lift, newcombe, wilson, wilson_bounds
from tests.known import known


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        # Newcombe 1998, "Interval estimation for the single proportion", table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_agrees_with_newcombes_table(
    successes: int, total: int, low: float, high: float
) -> None:
    rate = wilson(successes, total)
    assert (round(known(rate.low), 4), round(known(rate.high), 4)) == (low, high)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(counts: tuple[int, int]) -> None:
    rate = wilson(*counts)
    assert 0 <= known(rate.low) <= known(rate.value) <= known(rate.high) <= 1


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_symmetric(counts: tuple[int, int]) -> None:
    successes, total = counts
    rate, mirrored = wilson(successes, total), wilson(total - successes, total)
    assert rate.low == pytest.approx(1 - known(mirrored.high), abs=1e-12)


counted = st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(counted, min_size=1, max_size=40))
def test_wilson_is_statsmodels_for_arrays_too(counts: list[tuple[int, int]]) -> None:
    successes, totals = (np.array(side) for side in zip(*counts, strict=True))
    low, high = wilson_bounds(successes, totals)
    expected_low, expected_high = proportion_confint(successes, totals, method="wilson")
    assert low == pytest.approx(expected_low, abs=1e-12)
    assert high == pytest.approx(expected_high, abs=1e-12)
    assert [wilson(*each).low for each in counts] == list(low)


def test_an_array_may_hold_groups_without_tries() -> None:
    low, high = wilson_bounds([0, 3], [0, 4])
    assert np.isnan([low[0], high[0]]).all()
    assert not np.isnan([low[1], high[1]]).any()


@given(counted, counted)
def test_newcombe_is_statsmodels(one: tuple[int, int], other: tuple[int, int]) -> None:
    found = newcombe(*one, *other)
    expected = confint_proportions_2indep(*one, *other, method="newcomb", compare="diff")
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-9)
    assert known(found.low) - 1e-12 <= known(found.value) <= known(found.high) + 1e-12


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [  # Newcombe 1998, "Interval estimation for the difference", table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
    ],
)
def test_newcombe_agrees_with_the_table(
    counts: tuple[int, int, int, int], low: float, high: float
) -> None:
    found = newcombe(*counts)
    assert (round(known(found.low), 4), round(known(found.high), 4)) == (low, high)


def test_no_tries_differ_from_nothing() -> None:
    assert newcombe(0, 0, 3, 4).value is None


def test_no_tries_have_no_rate() -> None:
    assert wilson(0, 0).value is None
    assert wilson(0, 0).low is None


def test_more_successes_than_tries_are_refused() -> None:
    with pytest.raises(ValueError, match="3 successes out of 2"):
        wilson(3, 2)


def test_lift_is_precision_over_base_rate() -> None:
    found = lift(population=15_650, converted=493, met=1_138, met_and_converted=112)
    assert found.value == pytest.approx((112 / 1_138) / (493 / 15_650))
    assert known(found.low) < known(found.value) < known(found.high)


def test_the_lift_interval_agrees_with_a_bootstrap() -> None:
    population, converted, met, both = 5_000, 400, 600, 120
    cells = np.array([both, met - both, converted - both, population - met - converted + both])
    drawn = np.random.default_rng(7).multinomial(population, cells / population, 20_000)
    rates = drawn[:, 0] / drawn[:, :2].sum(axis=1)
    lifts = rates / ((drawn[:, 0] + drawn[:, 2]) / population)
    low, high = np.quantile(lifts, [0.025, 0.975])
    found = lift(population, converted, met, both)
    assert found.low == pytest.approx(low, rel=0.01)
    assert found.high == pytest.approx(high, rel=0.01)


def test_everybody_met_has_a_lift_of_exactly_one() -> None:
    found = lift(population=100, converted=20, met=100, met_and_converted=20)
    assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1))


def test_nobody_met_and_converted_still_has_an_upper_end() -> None:
    found = lift(population=100, converted=10, met=30, met_and_converted=0)
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(known(wilson(0, 30).high) / 0.1)


def test_nobody_met_has_no_lift() -> None:
    assert lift(population=100, converted=10, met=0, met_and_converted=0).value is None
