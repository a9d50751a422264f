"""Round thresholds."""

import numpy as np
import pytest

from pql.statistics.ladder import ladder, unit_of


def test_the_ladder() -> None:
    steps = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200]
    assert list(ladder(1.0, 200.0)) == steps
    assert list(ladder(0.01, 0.1)) == pytest.approx([0.01, 0.02, 0.03, 0.05, 0.07, 0.1])
    assert list(ladder(1.0, 0.5)) == []


@pytest.mark.parametrize(
    ("values", "unit"),
    [([0, 3, 700], 1), ([0.5, 31.5, 44.25], 1), ([0.0, 0.04, 0.05], 0.001), ([0, -2.5], 1)],
)
def test_the_unit_is_one_or_about_a_tenth_of_the_usual_value(
    values: list[float], unit: float
) -> None:
    assert unit_of(np.array(values)) == pytest.approx(unit)
