"""Planted truth: what is there is found, what is not is not, and intervals are right in 95 %.

`python -m benchmarks.finding.calibration` prints the same figures; docs/statistics.md tells them.
"""

import pytest

from benchmarks.finding.calibration import RUNS, Calibration, calibrate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BY_CHANCE = 0.05
BY_CHANCE_SEEN = 0.077
"""With a true share of 5 %, 300 runs show at most 7.7 % with a probability of 97.5 %."""


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    """300 searches with the planted effect, and 300 without any."""
    assert RUNS == 300
    return calibrate()


def test_the_planted_threshold_is_recovered(calibration: Calibration) -> None:
    assert calibration.recovered >= 0.95


def test_intervals_of_single_candidates_have_the_truth(calibration: Calibration) -> None:
    assert all(0.93 <= share <= 0.97 for share in calibration.single_covered)


def test_the_interval_of_the_chosen_best_has_the_truth(calibration: Calibration) -> None:
    assert calibration.best_covered >= 0.93


def test_without_an_effect_nothing_is_recommended(calibration: Calibration) -> None:
    assert calibration.recommended_by_chance <= BY_CHANCE


def test_the_best_of_all_beats_chance_as_often_as_chance_does(calibration: Calibration) -> None:
    assert calibration.beat_chance <= BY_CHANCE_SEEN
