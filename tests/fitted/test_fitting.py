"""Simulated trials with a planted truth: when a fitted score is used, and what it says when not."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from pql.fitted.applying import apply_all, predict
from pql.fitted.checking import check, silenced
from pql.fitted.fitting import Attempt, fit
from pql.fitted.model import Form
from pql.fitted.screening import Past
from pql.statistics.association import area_under_curve
from tests.fitted.simulated import METRICS, additive, by_rule, nothing_tells, past
from tests.known import known

SEED = 7


@pytest.fixture(scope="module")
def trials() -> Past:
    """Three metrics that each add to the chance of converting."""
    return past(4_000, SEED, additive)


@pytest.fixture(scope="module")
def attempt(trials: Past) -> Attempt:
    """What came of fitting to them."""
    return fit(trials)


def test_a_score_that_beats_the_rules_out_of_time_is_used(attempt: Attempt) -> None:
    assert attempt.is_used
    assert attempt.sentence.startswith("Used: on ")
    assert [each.is_beaten for each in known(attempt.confirmation).comparisons] == [True, True]


def test_its_area_is_near_that_of_the_true_chances(trials: Past, attempt: Attempt) -> None:
    later = trials.started_at >= np.datetime64(known(attempt.screened.later.first))
    truth = additive({name: values[later] for name, values in trials.values.items()})
    best = known(area_under_curve(truth, trials.converted[later]).value)
    area = known(attempt.confirmation).area
    assert known(area.low) < best < known(area.high)
    assert known(area.value) == pytest.approx(best, abs=0.01)


def test_its_probabilities_come_true(trials: Past, attempt: Attempt) -> None:
    calibration = known(attempt.confirmation).calibration
    slope, intercept = known(calibration.slope), known(calibration.intercept)
    assert slope.low <= 1 <= slope.high
    assert intercept.low <= 0 <= intercept.high
    expected = predict(known(attempt.model), trials.values)
    assert np.abs(expected - additive(dict(trials.values))).mean() < 0.03


def test_the_interval_of_a_probability_covers_the_true_one(trials: Past, attempt: Attempt) -> None:
    fitted = apply_all(known(attempt.model), trials.values)
    truth = additive(dict(trials.values))
    covered = [
        known(each.low) <= chance <= known(each.high)
        for each, chance in zip(fitted, truth, strict=True)
    ]
    assert np.mean(covered) > 0.8  # of one fit: how often it covers differs from fit to fit


def test_its_best_tenth_converts_more_and_its_worst_less(attempt: Attempt) -> None:
    lifts = known(attempt.confirmation).lifts
    assert len(lifts) == 10
    assert known(lifts[0].high) < 1 < known(lifts[-1].low)


def test_the_later_trials_began_after_every_earlier_outcome_was_known(attempt: Attempt) -> None:
    earlier, later = attempt.screened.earlier, attempt.screened.later
    gap = np.datetime64(known(later.first)) - np.datetime64(known(earlier.last))
    assert gap > np.timedelta64(37, "D")


def test_fitting_again_gives_the_same(trials: Past, attempt: Attempt) -> None:
    assert fit(trials) == attempt


@pytest.mark.slow
@pytest.mark.timeout(300)  # forty fits, whatever else the machine does
def test_where_nothing_tells_it_is_not_used() -> None:
    """Were it used in one run of ten, 40 runs would show it with a probability of 98.5 %."""
    attempts = [fit(past(800, seed, nothing_tells)) for seed in range(40)]
    assert not any(attempt.is_used for attempt in attempts)
    assert all(attempt.sentence.startswith("Not used: ") for attempt in attempts)


def test_a_rule_that_says_all_there_is_is_not_beaten() -> None:
    attempts = [fit(past(3_000, seed, by_rule)) for seed in range(3)]
    assert not any(attempt.is_used for attempt in attempts)
    sentences = [attempt.sentence for attempt in attempts]
    assert all("not clearly better than the rule messages at least 8" in each for each in sentences)


def test_a_changed_rate_later_is_said_and_it_is_not_used() -> None:
    attempt = fit(past(4_000, SEED + 1, additive, later=lambda chances: 0.85 * chances))
    assert known(attempt.confirmation).calibration.alarms == ("mean",)
    assert "converted" in attempt.sentence
    assert "it expected" in attempt.sentence
    assert not attempt.is_used


def test_a_score_in_use_is_silenced_by_newer_trials_that_it_gets_wrong(
    trials: Past, attempt: Attempt
) -> None:
    newer = past(600, SEED + 1, lambda values: 0.5 * additive(values))
    year = np.timedelta64(365, "D")
    newer = replace(newer, started_at=newer.started_at + year)
    until = trials.started_at.max().astype("datetime64[us]").item()
    found = check(known(attempt.model), newer, until)
    assert found.alarms
    assert "of the 600 trials that began after those it was judged on" in silenced(found, until)
    as_before = replace(past(600, SEED + 2, additive), started_at=newer.started_at)
    assert check(known(attempt.model), as_before, until).alarms == ()


def test_too_few_newer_trials_silence_nothing(trials: Past, attempt: Attempt) -> None:
    few = past(40, SEED, nothing_tells)
    few = replace(few, started_at=few.started_at + np.timedelta64(365, "D"))
    until = trials.started_at.max().astype("datetime64[us]").item()
    found = check(known(attempt.model), few, until)
    assert (found.trials, found.calibration, found.alarms) == (40, None, ())


def test_a_leak_is_left_out_and_said(trials: Past) -> None:
    noise = np.random.default_rng(SEED).normal(0, 0.1, len(trials.converted))
    leak = trials.converted + noise
    attempt = fit(with_metric(trials, "contract", leak))
    assert attempt.screened.metrics == METRICS
    (left_out,) = attempt.screened.left_out
    assert left_out.metric == "contract"
    assert "tells the outcome too well" in left_out.reason
    assert "contract" not in known(attempt.model).metrics


def test_what_is_given_only_for_one_outcome_is_left_out(trials: Past) -> None:
    given = np.where(trials.converted, 1.0 + np.arange(len(trials.converted)) % 3, np.nan)
    attempt = fit(with_metric(trials, "seats", given))
    assert [each.metric for each in attempt.screened.left_out] == ["seats"]


def test_a_metric_that_is_sometimes_unknown_has_a_term_that_says_so(trials: Past) -> None:
    generator = np.random.default_rng(SEED)
    messages = np.where(generator.random(4_000) < 0.2, np.nan, trials.values["messages"])
    attempt = fit(replace(trials, values={**trials.values, "messages": messages}))
    assert attempt.screened.tells_unknown == ("messages",)
    assert [term.metric for term in known(attempt.model).terms if term.form == "is_unknown"] == [
        "messages"
    ]


def test_what_hardly_anybody_did_is_left_out(trials: Past) -> None:
    rare = np.where(np.arange(4_000) % 100 == 0, 1.0, 0.0)
    attempt = fit(with_metric(trials, "rare", rare))
    (left_out,) = attempt.screened.left_out
    assert "trials differ in rare" in left_out.reason


def with_metric(trials: Past, name: str, values: npt.NDArray[np.float64]) -> Past:
    """The same trials with one more metric."""
    forms: dict[str, Form] = {**trials.forms, name: "amount"}
    return replace(trials, values={**trials.values, name: values}, forms=forms)


def test_with_fewer_than_25_that_converted_nothing_is_fitted() -> None:
    attempt = fit(past(200, SEED, nothing_tells))
    assert attempt.model is None
    assert "it takes 25" in attempt.sentence


def test_without_time_for_a_gap_it_is_not_used() -> None:
    short = past(4_000, SEED, additive)
    squeezed = short.started_at.min() + (short.started_at - short.started_at.min()) / 10
    attempt = fit(replace(short, started_at=squeezed.astype("datetime64[us]")))
    assert not attempt.is_used
    assert "too short for a gap" in attempt.sentence
