"""Survival, calibration and precision as charts: what is drawn is what was computed."""

from __future__ import annotations

import numpy as np
import pytest

from pql.pictures.calibration import calibration_chart
from pql.pictures.drawing import draw
from pql.pictures.precision import Bar, precision_chart
from pql.pictures.survival import survival_chart
from pql.statistics.calibration import calibrate
from pql.statistics.intervals import wilson
from pql.statistics.survival import kaplan_meier


def test_a_survival_curve_begins_with_nobody_and_its_table_has_a_few_days() -> None:
    curve = kaplan_meier([2.0, 5.0, 9.0, 30.0], [True, True, False, False])
    chart = survival_chart("Pays", {"paid": curve}, "Simulated.")
    assert (chart.lines[0].x[0], chart.lines[0].y[0]) == (0, 0)
    assert list(chart.lines[0].x) == [0, 2, 5]
    assert [row[0] for row in chart.table.rows] == [1, 3, 7, 14, 21, 30]
    assert chart.table.rows[1][:2] == (3, "25.0%")
    assert draw(chart).startswith(b"<?xml")


def test_without_anybody_watched_there_is_no_curve() -> None:
    assert survival_chart("Pays", {"paid": kaplan_meier([], [])}, "").is_empty


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
