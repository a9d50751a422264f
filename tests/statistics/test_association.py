"""Correlation of a condition and area of a value, against scikit-learn on random input."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import matthews_corrcoef, roc_auc_score

from pql.statistics.association import area_under_curve, matthews, middle_ranks
from tests.known import known

pairs = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=4, max_size=200)
valued = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=4, max_size=200)


@given(pairs)
def test_matthews_is_scikit_learns(each: list[tuple[bool, bool]]) -> None:
    """Where nobody or everybody met, ours is unknown; theirs says 0, as if it were measured."""
    met, converted = (np.array(side) for side in zip(*each, strict=True))
    found = matthews(len(met), converted.sum(), met.sum(), (met & converted).sum())
    varies = len(set(met)) == 2 and len(set(converted)) == 2
    expected = matthews_corrcoef(converted, met) if varies else np.nan
    assert float(found) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_matthews_of_many_candidates_at_once_and_of_large_counts() -> None:
    counts = {"met": np.array([0, 400_000, 1_000_000]), "met_and_converted": np.array([0, 400, 9])}
    found = matthews(1_000_000, 1_000, **counts)
    truth = np.corrcoef(np.repeat([1, 1, 0, 0], [400, 399_600, 600, 599_400]), _converted())[0, 1]
    assert found == pytest.approx([np.nan, truth, np.nan], nan_ok=True)


def _converted() -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.repeat([1, 0, 1, 0], [400, 399_600, 600, 599_400])


@given(valued)
def test_the_area_is_scikit_learns(each: list[tuple[int, bool]]) -> None:
    values, outcome = (np.array(side) for side in zip(*each, strict=True))
    assume(0 < outcome.sum() < len(outcome))
    area = area_under_curve(values, outcome)
    assert area.value == pytest.approx(roc_auc_score(outcome, values))
    assert 0 <= known(area.low) <= known(area.value) <= known(area.high) <= 1


@given(valued)
def test_the_area_of_the_opposite_is_what_is_left(each: list[tuple[int, bool]]) -> None:
    values, outcome = (np.array(side) for side in zip(*each, strict=True))
    assume(0 < outcome.sum() < len(outcome))
    area, opposite = area_under_curve(values, outcome), area_under_curve(-values, outcome)
    assert area.value == pytest.approx(1 - known(opposite.value))
    assert area.low == pytest.approx(1 - known(opposite.high), abs=1e-9)


@pytest.mark.parametrize("shift", [0.0, 0.7, 1.8])
def test_the_interval_covers_the_true_area_as_often_as_it_says(shift: float) -> None:
    generator = np.random.default_rng(3)
    truth = 0.5 * (1 + np.tanh(0.0)) if shift == 0 else _normal_area(shift)
    covered, outcome = 0, np.repeat([True, False], [40, 160])
    for _ in range(500):
        area = area_under_curve(generator.normal(size=200) + shift * outcome, outcome)
        covered += known(area.low) <= truth <= known(area.high)
    assert covered / 500 >= 0.93


def _normal_area(shift: float) -> float:
    """The chance that one normal value exceeds another by chance, drawn a million times."""
    drawn = np.random.default_rng(9).normal(scale=np.sqrt(2), size=1_000_000)
    return float((drawn < shift).mean())


def test_two_groups_apart_have_an_interval_as_wide_as_they_are_small() -> None:
    few = area_under_curve([1, 2, 3, 4], [False, False, True, True])
    many = area_under_curve(np.arange(400), np.arange(400) >= 200)
    assert few.value == many.value == 1
    assert known(few.low) < 0.5 < 0.97 < known(many.low) < 1


def test_unknown_values_are_left_out_and_never_is_the_largest() -> None:
    area = area_under_curve([np.nan, 1, 2, np.inf], [True, False, False, True])
    assert (area.value, area.with_outcome, area.without_outcome) == (1, 1, 2)


def test_an_outcome_that_everybody_has_has_no_area() -> None:
    assert area_under_curve([1, 2], [True, True]).value is None


def test_equal_values_share_the_middle_of_their_ranks() -> None:
    assert middle_ranks(np.array([5.0, 1, 5, 9])).tolist() == [2.5, 1, 2.5, 4]
