"""The usage score adds up, grows with usage, and never takes unknown for nothing."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from pql.scores import Measured, largest_remainder, usage_score
from tests.known import known

positions = st.floats(0, 1)
weights = st.floats(0.1, 10)
known_parts = st.lists(st.tuples(weights, positions), min_size=1, max_size=8)
Parts = Sequence[tuple[float, float | None]]
any_parts = st.lists(st.tuples(weights, st.none() | positions), min_size=1, max_size=8)


def measured(parts: Parts) -> list[Measured]:
    return [Measured(f"metric_{number}", *part) for number, part in enumerate(parts)]


def score(parts: Parts) -> int:
    return known(usage_score(measured(parts)).score)


@given(any_parts)
def test_the_points_sum_exactly_to_the_score_and_their_limits_to_100(parts: Parts) -> None:
    result = usage_score(measured(parts))
    if result.score is None:
        assert all(part.points is None for part in result.parts)
    else:
        assert sum(part.points for part in result.parts if part.points is not None) == result.score
        assert sum(part.of for part in result.parts if part.of is not None) == 100
        assert 0 <= result.score <= 100


@given(any_parts)
def test_no_part_gets_more_than_it_is_out_of_and_nothing_done_gets_nothing(parts: Parts) -> None:
    for part in usage_score(measured(parts)).parts:
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
    unknown = usage_score(measured([(2, 0.8), (1, None)]))
    nothing = usage_score(measured([(2, 0.8), (1, 0.0)]))
    assert (unknown.score, unknown.parts[1].points) == (80, None)
    assert (nothing.score, nothing.parts[1].points) == (54, 0)
    assert unknown.coverage == 2 / 3


def test_less_than_half_of_the_weight_known_gives_no_score() -> None:
    half = usage_score(measured([(1, 0.5), (1, None)]))
    less = usage_score(measured([(1, 0.5), (1.1, None)]))
    assert half.score == 50
    assert less.score is None
    assert less.parts[0].position == 0.5


def test_no_metric_at_all_gives_no_score() -> None:
    assert usage_score([]).score is None


def test_the_largest_remainders_are_rounded_up() -> None:
    assert largest_remainder([33.4, 33.5, 33.1]) == [33, 34, 33]
    assert largest_remainder([100 / 3] * 3) == [34, 33, 33]
