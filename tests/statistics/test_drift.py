"""What moved and what did not: against scipy, and by simulation."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from pql.statistics.drift import (
    kolmogorov_smirnov,
    population_stability_index,
    stability_of_counts,
)
from tests.known import known

groups = st.lists(st.integers(0, 40), min_size=20, max_size=200)


@given(st.integers(0, 2**32 - 1), st.integers(60, 400), st.integers(60, 400), st.floats(0, 2))
def test_kolmogorov_smirnov_is_scipys(seed: int, before: int, now: int, shift: float) -> None:
    """The p-value is scipy's asymptotic one, but that it rounds the size and we correct it."""
    generator = np.random.default_rng(seed)
    groups = generator.poisson(4, before), generator.poisson(4 + shift, now)
    found, expected = known(kolmogorov_smirnov(*groups)), ks_2samp(*groups, method="asymp")
    assert found.distance == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(
        expected.pvalue, abs=0.03 if found.p_value > 0.2 else 0.01
    )


def test_without_drift_one_in_twenty_is_significant() -> None:
    generator = np.random.default_rng(4)
    found = [
        known(kolmogorov_smirnov(generator.normal(size=150), generator.normal(size=90))).p_value
        for _ in range(800)
    ]
    assert 0.03 <= np.mean(np.array(found) <= 0.05) <= 0.07


def test_the_index_of_known_shares() -> None:
    value, _, _ = stability_of_counts([50_000, 50_000], [60_000, 40_000])
    assert value == pytest.approx(0.1 * np.log(0.6 / 0.5) - 0.1 * np.log(0.4 / 0.5), abs=1e-5)


@given(groups)
def test_the_same_values_have_not_moved(values: list[int]) -> None:
    index = population_stability_index(values * 3, values * 3)
    assert index.value == pytest.approx(0)
    assert known(kolmogorov_smirnov(values, values)).p_value == 1


@given(groups, groups)
def test_the_index_is_that_of_the_bins_it_names(before: list[int], now: list[int]) -> None:
    earlier, later = np.array(before * 3), np.array(now * 3)
    index = population_stability_index(earlier, later)
    ends = [-np.inf, *index.edges, np.inf]
    pieces = list(itertools.pairwise(ends))
    counts = [
        [int(((values > low) & (values <= high)).sum()) for low, high in pieces]
        for values in (earlier, later)
    ]
    assert index.value == pytest.approx(stability_of_counts(*counts)[0])
    assert sum(counts[0]) == len(earlier)


@pytest.mark.parametrize(("before", "now"), [(60, 60), (90, 300), (400, 300)])
def test_without_drift_the_index_seldom_passes_its_limit(before: int, now: int) -> None:
    generator = np.random.default_rng(before)
    passed = [
        known(
            population_stability_index(
                generator.poisson(3, before), generator.poisson(3, now)
            ).value
        )
        > 0.2
        for _ in range(500)
    ]
    assert np.mean(passed) <= 0.03


def test_a_shift_by_one_deviation_passes_its_limit() -> None:
    generator = np.random.default_rng(8)
    before, now = generator.normal(size=300), generator.normal(1, 1, size=300)
    assert known(population_stability_index(before, now).value) > 0.2


def test_too_few_to_compare_say_nothing() -> None:
    assert population_stability_index(range(59), range(500)).value is None
    assert kolmogorov_smirnov([np.nan], [1.0]) is None


def test_never_is_a_value_and_unknown_is_none() -> None:
    before = np.concatenate([np.arange(100.0), np.full(50, np.inf), np.full(30, np.nan)])
    moved = np.concatenate([np.arange(50.0), np.full(100, np.inf)])
    assert known(population_stability_index(before, moved).value) > 0.2
    assert known(kolmogorov_smirnov(before, moved)).distance == pytest.approx(1 / 3)
