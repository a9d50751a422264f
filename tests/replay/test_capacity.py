"""The bar counts an account once for each score it reaches, when it reaches it first."""

import pandas as pd
import pytest

from segments.replay.capacity import find_cut_off, reached_by_week
from segments.replay.looks import Looks
from segments.replay.question import Capacity

LOOKS = Looks(pd.Timestamp("2026-06-01"), weeks=2)


def trail(*rows: tuple[int, int, float]) -> pd.DataFrame:
    """Scores by account and look."""
    return pd.DataFrame(rows, columns=["account_id", "look", "score"]).astype({"score": "float64"})


def test_an_account_that_rises_falls_and_rises_reaches_a_score_once() -> None:
    reached = reached_by_week(trail((1, 1, 40), (1, 2, 55), (1, 8, 30), (1, 9, 60)), LOOKS)
    assert reached[[0, 40, 41, 55, 56, 60, 61]].tolist() == [
        [1, 0],
        [1, 0],
        [1, 0],
        [1, 0],
        [0, 1],
        [0, 1],
        [0, 0],
    ]


def test_what_it_had_before_the_weeks_and_what_is_unknown_is_not_reached() -> None:
    reached = reached_by_week(trail((1, 0, 50), (1, 1, float("nan")), (1, 2, 52)), LOOKS)
    assert reached[:, 0].sum() == 2
    assert reached[[50, 51, 52]].tolist() == [[0, 0], [1, 0], [1, 0]]


@pytest.mark.parametrize(("per_rep", "cut_off"), [(1, 31), (2, 11), (10, 1)])
def test_the_lowest_score_that_does_not_overfill_a_mean_week_is_the_bar(
    per_rep: int, cut_off: int
) -> None:
    scores = trail(*((account, 1, 10.0 * account) for account in range(1, 6)))
    assert find_cut_off(scores, Capacity(1, per_rep), LOOKS) == cut_off


def test_where_everybody_has_the_highest_score_no_bar_will_do() -> None:
    scores = trail(*((account, 1, 100.0) for account in range(5)))
    assert find_cut_off(scores, Capacity(1, 1), LOOKS) is None
