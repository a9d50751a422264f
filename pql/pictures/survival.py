"""Shares over time, where for some it has not happened yet."""

from __future__ import annotations

from collections.abc import Mapping

from pql.benchmarks.survival import SOME_DAYS, Point, TimeCurve
from pql.pictures.chart import Axis, Band, Cell, Chart, ChartTable, Line, percent


def survival_chart(title: str, curves: Mapping[str, TimeCurve], note: str) -> Chart:
    """Each curve as steps with its 95 % interval, and the shares by a few days as a table.

    Args:
        curves: by what happens, such as paid and expired.
    """
    return Chart(
        title=title,
        note=note,
        x=Axis("days since the trial began"),
        y=Axis("share of trials", is_share=True),
        lines=[_line(name, curve) for name, curve in curves.items()],
        # Where it happened to nobody the interval says nothing but how few are left.
        bands=[_band(name, curve) for name, curve in curves.items() if curve.happened],
        table=_table(curves),
    )


def _line(name: str, curve: TimeCurve) -> Line:
    points = curve.points
    return Line(name, [p.day for p in points], [p.share for p in points], shape="steps")


def _band(name: str, curve: TimeCurve) -> Band:
    days = [point.day for point in curve.points]
    low, high = [p.low for p in curve.points], [p.high for p in curve.points]
    return Band(f"{name}: 95 % interval", days, low, high, shape="steps")


def _table(curves: Mapping[str, TimeCurve]) -> ChartTable:
    by_day = {name: {p.day: p for p in curve.points} for name, curve in curves.items()}
    days = sorted({day for points in by_day.values() for day in points}.intersection(SOME_DAYS))
    columns = [f"{name}{part}" for name in curves for part in ("", ", low", ", high", ", at risk")]
    rows = [
        (day, *(cell for points in by_day.values() for cell in _cells(points.get(day))))
        for day in days
    ]
    return ChartTable(("day", *columns), rows)


def _cells(point: Point | None) -> tuple[Cell, ...]:
    if point is None:
        return (None,) * 4
    return (percent(point.share), percent(point.low), percent(point.high), point.at_risk)
