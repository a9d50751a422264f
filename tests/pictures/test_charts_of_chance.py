"""Survival, calibration and precision as charts: what is drawn is what was computed."""

from __future__ import annotations

import numpy as np
import pytest

from pql.benchmarks.curves import conversion_curve
from pql.benchmarks.retention import Retention, RetentionWeek
from pql.benchmarks.survival import Point, TimeCurve
from pql.definitions.model import Aggregate, Definition, Group, Metric, Outcome, Window
from pql.pictures.calibration import calibration_chart
from pql.pictures.conversion import conversion_chart
from pql.pictures.drawing import draw
from pql.pictures.precision import Bar, precision_chart
from pql.pictures.retention import retention_chart
from pql.pictures.survival import survival_chart
from pql.statistics.calibration import calibrate
from pql.statistics.intervals import newcombe, wilson


def test_a_survival_curve_is_drawn_in_steps_and_its_table_has_a_few_days() -> None:
    points = tuple(Point(day, day / 100, day / 200, day / 50, 40 - day) for day in range(10))
    chart = survival_chart("Pays", {"paid": TimeCurve(40, 9, points, None, None, None)}, "Note")
    assert (chart.lines[0].x[0], chart.lines[0].y[0]) == (0, 0)
    assert chart.lines[0].shape == "steps"
    assert [row[0] for row in chart.table.rows] == [1, 3, 7]
    assert chart.table.rows[2] == (7, "7.0%", "3.5%", "14.0%", 33)
    assert draw(chart).startswith(b"<?xml")


def test_curves_of_different_lengths_share_one_table() -> None:
    short = TimeCurve(5, 1, (Point(1, 0.2, 0.1, 0.3, 4),), None, None, None)
    long = TimeCurve(5, 1, (Point(3, 0.4, 0.3, 0.5, 2),), None, None, None)
    rows = survival_chart("Pays", {"small": short, "large": long}, "").table.rows
    assert [row[0] for row in rows] == [1, 3]
    assert rows[0][5:] == (None,) * 4
    assert rows[1][1:5] == (None,) * 4


def test_conversion_by_value_draws_what_was_reached_and_tables_never_too() -> None:
    values = np.array([0.0] * 40 + [3.0] * 40 + [np.inf] * 5)
    converted = np.array([False] * 36 + [True] * 4 + [True] * 30 + [False] * 10 + [False] * 5)
    metric = Metric("first_invite", "invite", Aggregate("count"), Window("first", 7))
    definition = Definition(
        "trial_conversion", ("trial",), Outcome("paying", 30), Group("all", ()), {}
    )
    chart = conversion_chart(conversion_curve(metric, definition, 7, values, converted))
    assert chart.table.rows[-1][0] == "never"
    assert chart.lines[0].x[0] == 0
    assert max(height for height in chart.lines[0].y if height is not None) == pytest.approx(
        30 / 45
    )
    assert set(chart.lines[1].y) == {34 / 85}


def test_retention_draws_both_groups_with_their_intervals() -> None:
    week = RetentionWeek(1, True, wilson(9, 10), wilson(2, 20), newcombe(9, 10, 2, 20))
    chart = retention_chart(Retention("teamwork", 7, 10, 20, 0, (week,)))
    assert [list(line.y) for line in chart.lines] == [[0.9], [0.1]]
    assert chart.table.rows == [(1, 10, 9, "90.0%", 20, 2, "10.0%")]


def test_calibration_shows_every_bin_with_its_interval() -> None:
    generator = np.random.default_rng(7)
    expected = generator.uniform(0.1, 0.9, 1_000)
    chart = calibration_chart(calibrate(expected, generator.uniform(size=1_000) < expected))
    assert len(chart.lines[0].x) == len(chart.table.rows) == 10
    assert chart.diagonal
    for low, seen, high in zip(
        chart.bands[0].low, chart.lines[0].y, chart.bands[0].high, strict=True
    ):
        assert low is not None
        assert seen is not None
        assert high is not None
        assert low <= seen <= high


def test_precision_is_drawn_over_volume_and_the_chosen_bar_is_marked() -> None:
    bars = [Bar(80, wilson(9, 10)), Bar(20, wilson(20, 100)), Bar(99, wilson(0, 0))]
    chart = precision_chart("Cut-off", bars, bars[0])
    assert list(chart.lines[0].x) == [10, 100]
    assert list(chart.lines[0].y) == pytest.approx([0.9, 0.2])
    assert [row[:4] for row in chart.table.rows] == [(20, 100, 20, "20.0%"), (80, 10, 9, "90.0%")]
    assert chart.marks[0].name == "at least 80"
