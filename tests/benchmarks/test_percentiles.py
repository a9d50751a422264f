"""Percentiles against numpy, and their intervals against a plain bootstrap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hypothesis_numpy

from pql.benchmarks.percentiles import Percentiles, Values, percentiles
from tests.known import known

groups = hypothesis_numpy.arrays(
    np.float64, st.integers(25, 200), elements=st.floats(0, 1e6, width=32)
)


@given(groups)
def test_percentiles_are_numpys_linear_ones(values: Values) -> None:
    found = percentiles(values)
    expected = np.percentile(values, [10, 25, 50, 75, 90], method="linear")
    assert [found.p10, found.p25, found.p50, found.p75, found.p90] == pytest.approx(
        list(expected), abs=1e-6
    )


@given(groups)
def test_the_interval_lies_within_the_values_and_is_the_same_for_the_same_data(
    values: Values,
) -> None:
    found = percentiles(values)
    for percent in INTERVALS:
        low, high = interval(found, percent)
        assert values.min() <= low <= high <= values.max()
    assert percentiles(values[::-1].copy()) == found


INTERVALS = {10: "p10", 25: "p25", 50: "median", 75: "p75", 90: "p90"}


def interval(found: Percentiles, percent: int) -> tuple[float, float]:
    name = INTERVALS[percent]
    return known(getattr(found, f"{name}_low")), known(getattr(found, f"{name}_high"))


@pytest.mark.parametrize("size", [31, 60, 400])
@pytest.mark.parametrize("percent", INTERVALS)
def test_the_intervals_agree_with_resampling_whole_groups(size: int, percent: int) -> None:
    generator = np.random.default_rng(size)
    values = generator.lognormal(3, 1, size)
    resampled = np.percentile(generator.choice(values, (10_000, size)), percent, axis=1)
    low, high = np.quantile(resampled, [0.025, 0.975])
    found = interval(percentiles(values), percent)
    assert found == pytest.approx((low, high), abs=0.12 * (high - low))


@pytest.mark.parametrize(("percent", "truth"), [(10, 6.155), (25, 7.977), (50, 10), (90, 13.845)])
def test_the_intervals_cover_the_truth_as_often_as_they_say(percent: int, truth: float) -> None:
    generator = np.random.default_rng(5)
    found = [percentiles(generator.normal(10, 3, 250)) for _ in range(400)]
    ends = [interval(group, percent) for group in found]
    assert 0.92 <= np.mean([low <= truth <= high for low, high in ends]) <= 0.985


def test_fewer_than_25_accounts_say_nothing() -> None:
    too_few = percentiles(np.arange(24.0))
    assert (too_few.accounts, too_few.p50, too_few.median_low) == (24, None, None)
    assert percentiles(np.arange(25.0)).p50 == 12


def test_unknown_values_are_not_accounts_of_the_group() -> None:
    values = np.concatenate([np.arange(25.0), np.full(10, np.nan)])
    assert percentiles(values) == percentiles(np.arange(25.0))


def test_a_percentile_among_those_that_never_did_it_is_none() -> None:
    values = np.concatenate([np.arange(60.0), np.full(40, np.inf)])
    found = percentiles(values)
    assert found.p10 == pytest.approx(9.9)
    assert found.p50 == pytest.approx(49.5)
    assert (found.p75, found.p90) == (None, None)
    assert found.accounts == 100


def test_nobody_ever_did_it() -> None:
    never = percentiles(np.full(30, np.inf))
    assert never.is_known
    assert (never.p10, never.median_low, never.knots) == (None, None, ())
