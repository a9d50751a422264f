"""Where a rate changes: planted breaks are found, chance makes none."""

import numpy as np
import pytest

from pql.statistics.breaks import recorded_from, segment_breaks


def test_a_planted_break_is_found_in_its_week() -> None:
    generator = np.random.default_rng(1)
    totals = np.full(52, 80)
    rates = np.repeat([0.05, 0.2], [30, 22])
    regimes = segment_breaks(generator.binomial(totals, rates), totals)
    assert len(regimes) == 2
    assert abs(regimes[1].first - 30) <= 1
    assert regimes[1].rate == pytest.approx(0.2, abs=0.03)


def test_several_breaks_are_found_in_order() -> None:
    totals = np.full(60, 500)
    rates = np.repeat([0.0, 0.1, 0.3, 0.1], [10, 20, 10, 20])
    regimes = segment_breaks((totals * rates).astype(int), totals)
    assert [regime.first for regime in regimes] == [0, 10, 30, 40]
    assert [regime.end for regime in regimes] == [10, 30, 40, 60]


def test_a_rate_that_does_not_change_has_no_break() -> None:
    generator = np.random.default_rng(2)
    totals = generator.integers(0, 120, 52)
    divided = [len(segment_breaks(generator.binomial(totals, 0.1), totals)) > 1 for _ in range(500)]
    assert np.mean(divided) <= 0.05


def test_the_regimes_hold_everybody_once() -> None:
    generator = np.random.default_rng(3)
    totals = generator.integers(0, 300, 40)
    won = generator.binomial(totals, np.linspace(0, 0.5, 40))
    regimes = segment_breaks(won, totals)
    assert sum(regime.total for regime in regimes) == totals.sum()
    assert sum(regime.successes for regime in regimes) == won.sum()
    assert [regime.end for regime in regimes[:-1]] == [regime.first for regime in regimes[1:]]


def test_no_weeks_are_one_empty_regime() -> None:
    (regime,) = segment_breaks([], [])
    assert (regime.total, regime.rate) == (0, None)


def test_weeks_and_totals_must_match() -> None:
    with pytest.raises(ValueError, match="2 weeks of successes, 1 of totals"):
        segment_breaks([1, 2], [3])


@pytest.mark.parametrize(
    ("won", "tried", "first"),
    [
        ([0, 0, 0, 10, 12], [100, 100, 100, 100, 100], 3),  # (1 - 0.11) ** 300: no accident
        ([0, 1, 0, 1], [20, 20, 20, 20], 0),  # (1 - 0.033) ** 20 = 0.5: well possible
        ([5, 0, 0], [50, 50, 50], 0),
        ([0, 0, 7], [100, 0, 7], 2),
        ([0, 0], [50, 50], None),
    ],
)
def test_outcomes_were_recorded_from_when_none_before_is_no_accident(
    won: list[int], tried: list[int], first: int | None
) -> None:
    assert recorded_from(won, tried) == first
