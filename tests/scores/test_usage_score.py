"""The usage score adds up, grows with usage, and never takes unknown for nothing."""

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pql.scores import NO_POINTS, largest_remainder, usage_scores
from tests.known import known
from tests.scores import reference
from tests.scores.reference import Measured, Part, UsageScore

positions = st.floats(0, 1)
weights = st.floats(0.1, 10)
known_parts = st.lists(st.tuples(weights, positions), min_size=1, max_size=8)
Parts = Sequence[tuple[float, float | None]]
any_parts = st.lists(st.tuples(weights, st.none() | positions), min_size=1, max_size=8)


def measured(parts: Parts) -> list[Measured]:
    return [Measured(f"metric_{number}", *part) for number, part in enumerate(parts)]


def scored(
    weights: Sequence[float], accounts: Sequence[Sequence[float | None]]
) -> list[UsageScore]:
    """The scores of several accounts, worked out together, each as one that is alone."""
    known = [[math.nan if each is None else each for each in account] for account in accounts]
    positions = np.array(known, dtype=np.float64).T
    names = [f"metric_{number}" for number in range(len(weights))]
    found = usage_scores(dict(zip(names, weights, strict=True)), positions)

    def part(number: int, account: int) -> Part:
        position = float(found.positions[number, account])
        points, of = found.points[number, account], found.possible[number, account]
        return Part(
            names[number],
            None if points == NO_POINTS else int(points),
            None if of == NO_POINTS else int(of),
            None if math.isnan(position) else position,
        )

    return [
        UsageScore(
            None if math.isnan(found.scores[account]) else int(found.scores[account]),
            tuple(part(number, account) for number in range(len(weights))),
            float(found.coverage[account]),
        )
        for account in range(len(accounts))
    ]


def usage_score(parts: Parts) -> UsageScore:
    weights, positions = zip(*parts, strict=True)
    return scored(weights, [positions])[0]


def score(parts: Parts) -> int:
    return known(usage_score(parts).score)


@st.composite
def accounts_together(draw: st.DrawFn) -> tuple[list[float], list[list[float | None]]]:
    own_weights = draw(st.lists(weights | st.integers(1, 5), min_size=1, max_size=8))
    shares = st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.5, 0.9, 1.0]) | positions
    one = st.lists(st.none() | shares, min_size=len(own_weights), max_size=len(own_weights))
    return own_weights, draw(st.lists(one, min_size=1, max_size=10))


@given(accounts_together())
def test_many_accounts_together_get_the_score_each_gets_alone_to_the_last_point(
    drawn: tuple[list[float], list[list[float | None]]],
) -> None:
    own_weights, accounts = drawn
    alone = [
        reference.usage_score(measured(list(zip(own_weights, each, strict=True))))
        for each in accounts
    ]
    assert scored(own_weights, accounts) == alone


@given(any_parts)
def test_the_points_sum_exactly_to_the_score_and_their_limits_to_100(parts: Parts) -> None:
    result = usage_score(parts)
    if result.score is None:
        assert all(part.points is None for part in result.parts)
    else:
        assert sum(part.points for part in result.parts if part.points is not None) == result.score
        assert sum(part.of for part in result.parts if part.of is not None) == 100
        assert 0 <= result.score <= 100


@given(any_parts)
def test_no_part_gets_more_than_it_is_out_of_and_nothing_done_gets_nothing(parts: Parts) -> None:
    for part in usage_score(parts).parts:
        if part.points is not None and part.of is not None and part.position is not None:
            assert 0 <= part.points <= part.of
            assert part.position > 0 or part.points == 0


@given(known_parts, st.data())
def test_more_of_one_metric_never_lowers_the_score(
    parts: list[tuple[float, float]], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(parts) - 1))
    weight, position = parts[index]
    more = [*parts]
    more[index] = (weight, data.draw(st.floats(position, 1)))
    assert score(more) >= score(parts)


@given(known_parts)
def test_the_score_is_within_a_point_of_the_weighted_mean(parts: list[tuple[float, float]]) -> None:
    total = sum(weight for weight, _ in parts)
    mean = 100 * sum(weight * position for weight, position in parts) / total
    assert abs(score(parts) - mean) <= 0.5 + len(parts) / 2


def test_an_unknown_part_is_left_out_and_a_zero_part_counts() -> None:
    unknown = usage_score([(2, 0.8), (1, None)])
    nothing = usage_score([(2, 0.8), (1, 0.0)])
    assert (unknown.score, unknown.parts[1].points) == (80, None)
    assert (nothing.score, nothing.parts[1].points) == (54, 0)
    assert unknown.coverage == 2 / 3


def test_less_than_half_of_the_weight_known_gives_no_score() -> None:
    half = usage_score([(1, 0.5), (1, None)])
    less = usage_score([(1, 0.5), (1.1, None)])
    assert half.score == 50
    assert less.score is None
    assert less.parts[0].position == 0.5


def test_no_metric_at_all_gives_no_score() -> None:
    assert np.isnan(usage_scores({}, np.empty((0, 2))).scores).tolist() == [True, True]


def test_the_largest_remainders_are_rounded_up() -> None:
    shares = np.array([[33.4, 33.5, 33.1], [100 / 3] * 3]).T
    assert largest_remainder(shares).T.tolist() == [[33, 34, 33], [34, 33, 33]]
