"""Time until something happens, against statsmodels on random input."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from pql.statistics.survival import Curve, aalen_johansen, kaplan_meier
from tests.known import known

PAID, CHURNED, EXPIRED = 1, 2, 3
CAUSES = (PAID, CHURNED, EXPIRED)

Watched = list[tuple[int, int]]
watched = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), min_size=2, max_size=150)
some_paid = watched.filter(lambda each: any(cause == PAID for _, cause in each))


def taken_apart(each: Watched) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    durations, causes = zip(*each, strict=True)
    return np.array(durations, dtype=np.float64), np.array(causes)


def heights(curve: Curve, times: npt.NDArray[np.float64]) -> list[float]:
    return [curve.by(time).value for time in times]


@given(some_paid)
def test_kaplan_meier_is_statsmodels(each: Watched) -> None:
    durations, causes = taken_apart(each)
    curve = kaplan_meier(durations, causes == PAID)
    expected = SurvfuncRight(durations, (causes == PAID).astype(int))
    assert curve.times.tolist() == expected.surv_times.tolist()
    assert curve.at_risk.tolist() == expected.n_risk.tolist()
    assert curve.events.tolist() == expected.n_events.tolist()
    assert 1 - curve.probability == pytest.approx(expected.surv_prob)


@given(some_paid)
def test_the_interval_is_greenwoods_on_the_log_log_scale(each: Watched) -> None:
    durations, causes = taken_apart(each)
    curve = kaplan_meier(durations, causes == PAID)
    expected = SurvfuncRight(durations, (causes == PAID).astype(int))
    inside = (expected.surv_prob > 1e-9) & (expected.surv_prob < 1)
    share, error = expected.surv_prob[inside], expected.surv_prob_se[inside]
    scaled = np.log(-np.log(share))
    reach = 1.959963984540054 * error / (share * np.abs(np.log(share)))
    assert 1 - curve.low[inside] == pytest.approx(np.exp(-np.exp(scaled - reach)))
    assert 1 - curve.high[inside] == pytest.approx(np.exp(-np.exp(scaled + reach)))


@given(some_paid, st.floats(0.05, 0.95))
def test_a_quantile_is_the_time_at_which_the_share_is_reached(each: Watched, share: float) -> None:
    """statsmodels' is strict (SAS): it differs only where the curve rests exactly on the share."""
    durations, causes = taken_apart(each)
    curve = kaplan_meier(durations, causes == PAID)
    if np.isclose(curve.probability, share).any():
        return
    expected = SurvfuncRight(durations, (causes == PAID).astype(int)).quantile(share)
    found = curve.quantile(share)[0]
    assert (np.nan if found is None else found) == pytest.approx(expected, nan_ok=True)


@given(watched)
def test_cumulative_incidence_is_statsmodels(each: Watched) -> None:
    durations, causes = taken_apart(each)
    curves = aalen_johansen(durations, causes, CAUSES)
    with np.errstate(divide="ignore", invalid="ignore"):  # theirs, where nobody is left
        expected = CumIncidenceRight(durations, causes)
    for cause, incidence in enumerate(expected.cinc, start=1):
        assert heights(curves[cause], expected.times) == pytest.approx(incidence)


@given(some_paid)
def test_the_interval_of_an_incidence_follows_from_statsmodels_standard_error(
    each: Watched,
) -> None:
    """But at the last time, where everybody left has an event: statsmodels divides by nobody."""
    durations, causes = taken_apart(each)
    durations, causes = np.append(durations, 40.0), np.append(causes, 0)
    curve = aalen_johansen(durations, causes, CAUSES)[PAID]
    expected = CumIncidenceRight(durations, causes)
    at = np.searchsorted(expected.times, curve.times)
    share, error = expected.cinc[0][at], expected.cinc_se[0][at]
    reach = np.exp(1.959963984540054 * error / (share * np.abs(np.log(share))))
    assert curve.low == pytest.approx(share**reach)
    assert curve.high == pytest.approx(share ** (1 / reach))


@given(watched, st.integers(0, 35))
def test_all_causes_and_none_of_them_are_everybody(each: Watched, day: int) -> None:
    durations, causes = taken_apart(each)
    curves = aalen_johansen(durations, causes, CAUSES)
    any_cause = kaplan_meier(durations, causes > 0).by(day).value
    assert sum(curve.by(day).value for curve in curves.values()) == pytest.approx(any_cause)


@given(watched, st.integers(0, 35))
def test_one_cause_without_others_is_kaplan_meier(each: Watched, day: int) -> None:
    durations, causes = taken_apart(each)
    alone = aalen_johansen(durations, (causes == PAID).astype(int), [PAID])[PAID].by(day)
    assert alone.value == pytest.approx(kaplan_meier(durations, causes == PAID).by(day).value)


@given(watched, st.integers(0, 35))
def test_every_interval_holds_its_value_and_stays_within_0_and_1(each: Watched, day: int) -> None:
    durations, causes = taken_apart(each)
    found = [kaplan_meier(durations, causes == PAID)]
    found += aalen_johansen(durations, causes, CAUSES).values()
    for estimate in (curve.by(day) for curve in found):
        assert 0 <= estimate.low <= estimate.value + 1e-12
        assert estimate.value - 1e-12 <= estimate.high <= 1
        assert estimate.at_risk == (durations >= day).sum()


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(11)
    covered = 0
    for _ in range(600):
        until, watching = generator.exponential(20, 120), generator.uniform(5, 40, 120)
        curve = kaplan_meier(np.minimum(until, watching), until <= watching)
        estimate = curve.by(14)
        covered += estimate.low <= 1 - np.exp(-14 / 20) <= estimate.high
    assert 0.93 <= covered / 600 <= 0.97


def test_the_share_that_paid_so_far_is_not_the_chance_to_pay() -> None:
    """Half of those watched for long pay on day 10; just as many joined yesterday."""
    durations, paid = [10.0] * 50 + [30.0] * 50 + [1.0] * 100, [True] * 50 + [False] * 150
    assert kaplan_meier(durations, paid).by(30).value == pytest.approx(0.5)


def test_before_anybody_paid_the_interval_is_that_of_nobody_among_those_at_risk() -> None:
    estimate = kaplan_meier([5.0] * 20, [True] * 20).by(3)
    assert (estimate.value, estimate.low) == (0, 0)
    assert estimate.high == pytest.approx(0.1611, abs=1e-4)  # Newcombe 1998, 0 of 20


def test_a_share_never_reached_has_no_time() -> None:
    curve = kaplan_meier([1.0, 2, 3, 4, 5], [True, False, False, False, False])
    assert curve.quantile(0.5) == (None, 1.0, None)


def test_nobody_watched_is_at_risk_of_nothing() -> None:
    curve = kaplan_meier([], [])
    assert (curve.total, curve.by(3).high, curve.quantile(0.5)[0]) == (0, 1.0, None)


@pytest.mark.parametrize("duration", [-1.0, np.nan, np.inf])
def test_a_duration_that_is_none_is_refused(duration: float) -> None:
    with pytest.raises(ValueError, match="negative, infinite or unknown"):
        kaplan_meier([1.0, duration], [True, True])


def test_the_median_of_a_known_curve() -> None:
    curve = kaplan_meier(np.arange(1.0, 101), np.ones(100))
    assert known(curve.quantile(0.5)[0]) == 50
