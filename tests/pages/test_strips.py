"""Strips: a value stays inside the drawing, in the right order, and unknown is drawn nowhere."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routes.pages.strips import MARGIN, PERCENTILES, WIDTH, place

numbers = st.floats(min_value=-1e9, max_value=1e9)


@example([0.0, 0.0, 0.0, 0.0, 5e-324], 0.0)
@given(st.lists(numbers, min_size=5, max_size=5), numbers)
def test_everything_is_inside_and_in_order(percentiles: list[float], value: float) -> None:
    benchmark = dict(zip(PERCENTILES, sorted(percentiles), strict=True))
    strip = place(value, benchmark)
    assert strip is not None
    drawn = [getattr(strip, name) for name in PERCENTILES]
    assert drawn == sorted(drawn)
    assert strip.value is not None
    for position in (*drawn, strip.value):
        assert MARGIN - 0.1 <= position <= WIDTH - MARGIN + 0.1


@pytest.mark.parametrize("benchmark", [None, {}, dict.fromkeys(PERCENTILES), {"p50": 1.0}])
def test_without_a_benchmark_nothing_is_drawn(benchmark: dict[str, Any] | None) -> None:
    assert place(1.0, benchmark) is None


@pytest.mark.parametrize("value", [None, "never", float("inf"), float("nan")])
def test_a_value_that_is_no_number_is_not_drawn(value: object) -> None:
    strip = place(value, dict(zip(PERCENTILES, [1, 2, 3, 4, 5], strict=True)))
    assert strip is not None
    assert strip.value is None
