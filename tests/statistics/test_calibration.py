"""Expected against seen: against scikit-learn and statsmodels, and alarms by simulation."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from statsmodels.api import GLM, add_constant, families

from pql.statistics.calibration import calibrate
from tests.known import known

seeds = st.integers(0, 2**32 - 1)


def drawn(
    seed: int, exaggerated: float = 1, shift: float = 0, size: int = 400
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Expectations, and outcomes whose logits are less extreme, or shifted, than expected."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(-1.5, 1, size)
    happened = generator.random(size) < 1 / (1 + np.exp(-(logits + shift) / exaggerated))
    return 1 / (1 + np.exp(-logits)), happened


@given(seeds)
def test_the_bins_are_scikit_learns(seed: int) -> None:
    """With 390 different expectations neither definition of a quantile divides a group."""
    expected, happened = drawn(seed, size=390)
    found = calibrate(expected, happened).bins
    seen, predicted = calibration_curve(happened, expected, n_bins=10, strategy="quantile")
    assert [each.expected for each in found] == pytest.approx(list(predicted))
    assert [each.seen.value for each in found] == pytest.approx(list(seen))


@given(seeds)
@settings(max_examples=40)
def test_slope_and_intercept_are_those_of_a_logistic_regression(seed: int) -> None:
    expected, happened = drawn(seed)
    found, logits = calibrate(expected, happened), np.log(expected / (1 - expected))
    slope = GLM(happened, add_constant(logits), families.Binomial()).fit(tol=1e-12)
    mean = GLM(happened, np.ones(len(logits)), families.Binomial(), offset=logits).fit(tol=1e-12)
    low, high = slope.conf_int()[1]
    assert (known(found.slope).low, known(found.slope).high) == pytest.approx((low, high), abs=1e-6)
    low, high = mean.conf_int()[0]
    intercept = known(found.intercept)
    assert (intercept.low, intercept.high) == pytest.approx((low, high), abs=1e-6)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=80))
def test_everybody_is_in_one_bin_and_nothing_is_made_up(each: list[tuple[float, bool]]) -> None:
    expected, happened = np.array([p for p, _ in each]), np.array([h for _, h in each], bool)
    found = calibrate(expected, happened)
    assert sum(group.seen.total for group in found.bins) == len(each)
    assert sum(group.seen.successes for group in found.bins) == happened.sum()
    assume(len(each) > 0 and (happened.all() or not happened.any()))
    assert found.slope is None
    assert found.alarms == ("unknown",)


def alarms(**wrong: float) -> list[tuple[str, ...]]:
    return [calibrate(*drawn(seed, size=600, **wrong)).alarms for seed in range(150)]


def test_right_expectations_seldom_alarm() -> None:
    found = alarms()
    assert np.mean(["slope" in each for each in found]) <= 0.09
    assert np.mean(["mean" in each for each in found]) <= 0.09


def test_exaggerated_expectations_alarm_by_their_slope() -> None:
    assert np.mean(["slope" in each for each in alarms(exaggerated=2)]) >= 0.95


def test_a_shifted_mean_alarms() -> None:
    assert np.mean(["mean" in each for each in alarms(shift=0.7)]) >= 0.95


def test_equal_expectations_have_no_slope() -> None:
    assert calibrate(np.full(100, 0.2), np.arange(100) < 20).alarms == ("unknown",)


def test_groups_apart_have_no_slope() -> None:
    expected = np.linspace(0.01, 0.99, 100)
    assert calibrate(expected, expected > 0.5).slope is None


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="outside 0 to 1"):
        calibrate([0.5, wrong], [True, False])
