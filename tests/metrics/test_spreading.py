"""What stretches of looks come to at each look is what counting them look by look finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pql.metrics.day_by_day.looks import Stretches
from pql.metrics.day_by_day.spreading import NEUTRAL, count_at_each, spread, united

SHAPE = ROWS, LOOKS = 3, 11
stretches = st.tuples(
    st.integers(0, ROWS - 1),
    st.lists(st.integers(0, LOOKS), min_size=2, max_size=2, unique=True).map(sorted),
    st.integers(-5, 5),  # its value, or the thing it is about
)


def columns(found: list[tuple[int, list[int], int]]) -> tuple[Stretches, np.ndarray]:
    table = np.array([(row, *ends, value) for row, ends, value in found], dtype=np.int64)
    row, begin, end, value = table.reshape(-1, 4).T
    return Stretches(row, begin, end), value


@pytest.mark.parametrize("joined", [np.add, np.maximum, np.minimum])
@given(found=st.lists(stretches, max_size=20))
def test_values_are_joined_at_each_look(
    joined: np.ufunc, found: list[tuple[int, list[int], int]]
) -> None:
    some, values = columns(found)
    expected = np.full(SHAPE, NEUTRAL[joined])
    for row, (begin, end), value in found:
        expected[row, begin:end] = joined(expected[row, begin:end], value)
    np.testing.assert_array_equal(spread(some, values, joined, SHAPE), expected)


@given(found=st.lists(stretches, max_size=20))
def test_a_thing_counts_once_however_often_it_is_there(
    found: list[tuple[int, list[int], int]],
) -> None:
    some, things = columns(found)
    there = [
        [
            {thing for at, (begin, end), thing in found if at == row and begin <= look < end}
            for look in range(LOOKS)
        ]
        for row in range(ROWS)
    ]
    expected = [[len(each) for each in row] for row in there]
    assert count_at_each(united(some, things), SHAPE).tolist() == expected


def test_what_has_left_leaves_no_rounding_error_behind() -> None:
    some = Stretches(np.zeros(3, dtype=np.int64), np.array([0, 0, 1]), np.array([1, 3, 3]))
    table = spread(some, np.array([1e18, 0.1, 0.2]), np.add, (1, 3))
    assert table[0, 1:].tolist() == [0.1 + 0.2] * 2
