"""What is computed here, against what others compute."""

import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from pql.fitted.calibrating import PredictsNothing, calibrate, isotonic, platt
from pql.fitted.comparing import compare
from pql.fitted.reliability import widen
from pql.fitted.resampling import _drawn, _fits
from pql.fitted.rivals import Rival
from pql.statistics import calibration as expected_and_seen
from pql.statistics.roc import delong
from tests.known import known

Floats = npt.NDArray[np.float64]
GENERATOR = 11


@given(
    values=arrays(np.float64, 30, elements=st.integers(0, 6).map(float)),
    outcome=arrays(np.bool_, 30),
)
def test_delong_agrees_with_all_pairs_of_placements(
    values: Floats, outcome: npt.NDArray[np.bool_]
) -> None:
    if outcome.sum() < 2 or (~outcome).sum() < 2:
        return
    ones, others = values[outcome], values[~outcome]
    wins = (ones[:, None] > others) + 0.5 * (ones[:, None] == others)
    found = delong(values, outcome)
    area = known(found.value)
    assert area == pytest.approx(roc_auc_score(outcome, values))
    if not 0 < area < 1:
        return
    variance = wins.mean(axis=1).var(ddof=1) / len(ones) + wins.mean(axis=0).var(ddof=1) / len(
        others
    )
    reach = 1.959963984540054 * np.sqrt(variance) / (area * (1 - area))
    logits = [np.log(known(end) / (1 - known(end))) for end in (found.low, found.high)]
    middle = np.log(area / (1 - area))
    assert logits == pytest.approx([middle - reach, middle + reach])


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_platts_line_agrees_with_statsmodels(seed: int) -> None:
    generator = np.random.default_rng(seed)
    linear = generator.normal(size=200)
    converted = generator.random(200) < 1 / (1 + np.exp(1 - 0.7 * linear))
    positive, negative = converted.sum(), (~converted).sum()
    targets = np.where(converted, (positive + 1) / (positive + 2), 1 / (negative + 2))
    columns = np.column_stack([linear, np.ones(200)])
    wanted = sm.GLM(targets, columns, family=sm.families.Binomial()).fit().params
    assert platt(linear, converted) == pytest.approx(tuple(wanted), abs=1e-5)


def test_bootstrap_fits_agree_with_scikit_learn() -> None:
    generator = np.random.default_rng(GENERATOR)
    matrix = generator.normal(size=(300, 3))
    converted = generator.random(300) < 0.3
    weights = _drawn(300, generator)[:3]
    columns = np.column_stack([np.ones(300), matrix])
    found = _fits(columns, converted, weights, 0.01, np.zeros(4))
    for fitted, weight in zip(found, weights, strict=True):
        model = LogisticRegression(C=1 / (0.01 * 300), tol=1e-10, max_iter=1_000)
        model.fit(matrix, converted, sample_weight=weight)
        assert fitted == pytest.approx([*model.intercept_, *model.coef_[0]], abs=1e-4)


def test_isotonic_knots_rise_and_keep_the_mean() -> None:
    generator = np.random.default_rng(GENERATOR)
    linear = generator.normal(size=5_000)
    converted = generator.random(5_000) < 1 / (1 + np.exp(-linear))
    at, shares = (np.array(each) for each in zip(*isotonic(linear, converted), strict=True))
    assert (np.diff(at) > 0).all()
    assert (np.diff(shares) > 0).all()
    assert np.interp(linear, at, shares).mean() == pytest.approx(converted.mean(), abs=0.005)
    assert calibrate(linear, converted).kind == "isotonic"
    assert calibrate(linear[:900], converted[:900]).kind == "platt"


def test_predictions_that_go_the_wrong_way_are_refused() -> None:
    generator = np.random.default_rng(GENERATOR)
    linear = generator.normal(size=500)
    converted = generator.random(500) < 1 / (1 + np.exp(linear))
    with pytest.raises(PredictsNothing):
        calibrate(linear, converted)


def test_a_score_and_a_rule_are_compared_on_as_many_trials() -> None:
    predicted = np.array([0.9, 0.8, 0.8, 0.3, 0.2, 0.1])
    converted = np.array([True, True, False, False, False, True])
    rival = Rival("a rule", np.array([True, False, False, True, False, False]), np.arange(6.0))
    found = compare(predicted, rival, converted, GENERATOR)
    assert found.precision.value == 0.5
    # Of the two with equal scores one is taken: half of what converted among them.
    assert found.score_precision == 0.75
    assert found.precision_difference.value == 0.25
    assert known(found.score_area) == pytest.approx(roc_auc_score(converted, predicted))
    assert found.area_difference.value == pytest.approx(
        roc_auc_score(converted, predicted) - roc_auc_score(converted, np.arange(6.0))
    )


def test_a_score_against_itself_is_never_better() -> None:
    generator = np.random.default_rng(GENERATOR)
    predicted = generator.random(400)
    converted = generator.random(400) < predicted
    itself = Rival("itself", predicted >= np.sort(predicted)[-100], predicted)
    found = compare(predicted, itself, converted, GENERATOR)
    assert (found.area_difference.low, found.area_difference.high) == (0.0, 0.0)
    assert not found.is_beaten


def test_against_a_rule_that_nobody_met_the_ranking_decides() -> None:
    generator = np.random.default_rng(GENERATOR)
    predicted = generator.random(400)
    converted = generator.random(400) < predicted
    found = compare(predicted, Rival("r", np.zeros(400, bool), np.zeros(400)), converted, GENERATOR)
    assert found.score_precision is None
    assert found.is_beaten


def test_intervals_of_the_calibration_know_that_the_fit_is_uncertain() -> None:
    generator = np.random.default_rng(GENERATOR)
    logits = generator.normal(-1, 1, 1_000)
    expected = 1 / (1 + np.exp(-logits))
    converted = generator.random(1_000) < expected
    plain = expected_and_seen.calibrate(expected, converted)
    shifts = generator.normal(0, 0.2, (200, 1))
    wider = widen(plain, 1 / (1 + np.exp(-(logits + shifts))), converted)
    before, after = known(plain.intercept), known(wider.intercept)
    reach = np.hypot(before.high - before.value, 1.96 * shifts.std(ddof=1))
    assert after.value == before.value
    assert after.high - after.value == pytest.approx(reach, rel=0.05)
    # A shift of all logits changes no slope.
    assert known(wider.slope).high == pytest.approx(known(plain.slope).high, rel=1e-3)
