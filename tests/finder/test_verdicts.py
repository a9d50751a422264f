"""What later units say, and which of those that hold is recommended."""

import numpy as np
import pytest

from pql.finder.candidates import Candidate, Part, Support
from pql.finder.confirming import Judgement, Verdict, judge
from pql.finder.counting import Counts
from pql.finder.figures import figures, resample
from pql.finder.finding import Judged
from pql.finder.recommending import recommend
from tests.finder.tables import figures_of, single

ENOUGH = Support(met=25, not_met=25)
SEARCHED = figures_of(1_000, 200, 200, 100)  # 50 % against 20 %: lift 2.5


@pytest.mark.parametrize(
    ("p_value", "later", "verdict"),
    [
        (0.01, figures_of(500, 100, 100, 48), Verdict.HOLDS),
        (0.01, figures_of(5_000, 1_000, 1_000, 350), Verdict.WEAKENED),
        (0.01, figures_of(500, 100, 100, 22), Verdict.DOES_NOT_HOLD),
        (0.06, figures_of(500, 100, 100, 48), Verdict.DOES_NOT_HOLD),
        (0.01, figures_of(500, 100, 24, 20), Verdict.CANNOT_TELL),
        (0.01, figures_of(500, 100, 476, 98), Verdict.CANNOT_TELL),
        (0.01, figures_of(500, 0, 100, 0), Verdict.CANNOT_TELL),
        (0.01, None, Verdict.CANNOT_TELL),
    ],
)
def test_verdicts(p_value: float, later: object, verdict: Verdict) -> None:
    judgement = judge(p_value, SEARCHED, later, ENOUGH)  # type: ignore[arg-type]
    assert judgement.verdict is verdict
    assert judgement.reason


def judged(candidate: Candidate, both: int) -> Judged:
    found = figures_of(1_000, 200, 200, both)
    return Judged(candidate, found, found, 0.01, 0.01, Judgement(Verdict.HOLDS, ""))


def test_within_a_standard_error_the_simplest_is_recommended() -> None:
    pair = judged(Candidate((Part(0, 10.0, True), Part(1, 5.0, True))), 101)
    odd = judged(single(0, 37.0, is_round=False), 100)
    rounded = judged(single(0, 30.0), 99)
    poor = judged(single(0, 1.0), 60)
    assert recommend([pair, odd, rounded, poor]) is rounded
    assert recommend([pair, odd, poor]) is odd
    assert recommend([pair, poor]) is pair
    assert recommend([]) is None


def test_figures_of_a_candidate() -> None:
    found = figures_of(1_000, 200, 150, 90)
    assert found.precision.value == pytest.approx(0.6)
    assert found.recall.value == pytest.approx(0.45)
    assert found.lift.value == pytest.approx(3.0)
    assert found.difference.value == pytest.approx(90 / 150 - 110 / 850)
    met = np.repeat([1, 1, 0, 0], [90, 60, 110, 740])
    converted = np.repeat([1, 0, 1, 0], [90, 60, 110, 740])
    assert found.mcc.value == pytest.approx(np.corrcoef(met, converted)[0, 1])
    for interval in (found.precision, found.recall, found.lift, found.difference, found.mcc):
        assert interval.low is not None
        assert interval.high is not None
        assert interval.value is not None
        assert interval.low < interval.value < interval.high


def test_drawing_four_counts_is_drawing_units() -> None:
    """The same 95 % of lift, whether units are drawn one by one or their counts at once."""
    generator = np.random.default_rng(1)
    met = np.repeat([True, True, False, False], [40, 60, 30, 270])
    converted = np.repeat([True, False, True, False], [40, 60, 30, 270])
    rows = generator.integers(0, 400, (4_000, 400))
    both, reached = (met & converted)[rows].sum(1), met[rows].sum(1)
    lifts = both * 400 / (reached * converted[rows].sum(1))
    drawn = figures_of(400, 70, 100, 40).lift
    assert (drawn.low, drawn.high) == pytest.approx(np.quantile(lifts, [0.025, 0.975]), rel=0.05)


def test_people_who_share_an_account_widen_the_interval() -> None:
    counts = Counts(*(np.array([number]) for number in (1_000, 200, 200, 100)))
    alone, shared = (
        figures(counts, resample(counts, each, np.random.default_rng(1)), each, 1_000, 0)
        for each in (1.0, 5.0)
    )
    assert alone.precision.value == shared.precision.value
    for one, other in ((alone.precision, shared.precision), (alone.lift, shared.lift)):
        assert one.low is not None
        assert other.low is not None
        assert other.low < one.low


def test_where_nobody_converted_the_upper_end_is_not_zero() -> None:
    lift = figures_of(400, 40, 50, 0).lift
    assert lift.value == 0
    assert lift.high is not None
    assert lift.high > 0.3
