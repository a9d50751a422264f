"""Many tries: against statsmodels, and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from pql.statistics.multiplicity import benjamini_hochberg, westfall_young

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(p_values)
def test_benjamini_hochberg_is_statsmodels(raw: list[float]) -> None:
    expected = multipletests(raw, method="fdr_bh")[1]
    assert benjamini_hochberg(raw) == pytest.approx(expected)


@given(p_values)
def test_what_was_not_tried_counts_for_nothing(raw: list[float]) -> None:
    with_gaps = np.insert(np.array(raw), 0, np.nan)
    assert benjamini_hochberg(with_gaps)[1:] == pytest.approx(benjamini_hochberg(raw))
    assert np.isnan(benjamini_hochberg(with_gaps)[0])


def test_nothing_tried_is_nothing_found() -> None:
    assert benjamini_hochberg([]).tolist() == []


def test_the_largest_of_all_is_what_a_seen_figure_is_held_to() -> None:
    largest = np.array([0.1, 0.2, 0.3, 0.4])
    found = westfall_young([0.5, 0.3, 0.05, np.nan], largest)
    assert found == pytest.approx([1 / 5, 3 / 5, 1, np.nan], nan_ok=True)


def test_the_best_of_many_without_effect_is_significant_in_one_of_twenty() -> None:
    generator = np.random.default_rng(2)
    found = [
        westfall_young(generator.normal(size=20).max(), generator.normal(size=(199, 20)).max(1))
        for _ in range(800)
    ]
    assert 0.03 <= np.mean(np.array(found) <= 0.05) <= 0.07
