"""Shares over time, where for some it has not happened yet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pql.pictures.chart import Axis, Band, Chart, ChartTable, Line, percent
from pql.statistics.survival import Curve

TABLE_DAYS = (1, 3, 7, 14, 21, 30, 45, 60, 90, 120, 180, 365)


def survival_chart(title: str, curves: Mapping[str, Curve], note: str) -> Chart:
    """Each curve as steps with its 95 % interval, and the shares by a few days as a table.

    Args:
        curves: by what happens (paid, churned) or to whom; times in days.
    """
    known = {name: curve for name, curve in curves.items() if curve.total}
    return Chart(
        title=title,
        note=note,
        x=Axis("days since the trial began"),
        y=Axis("share of trials", is_share=True),
        lines=[
            Line(name, _from_zero(curve.times), _from_zero(curve.probability), shape="steps")
            for name, curve in known.items()
        ],
        bands=[
            Band(
                f"{name}: 95 % interval",
                _from_zero(curve.times),
                _from_zero(curve.low),
                _from_zero(curve.high),
                shape="steps",
            )
            for name, curve in known.items()
        ],
        table=_table(known),
    )


def _from_zero(values: np.ndarray) -> list[float]:
    return [0.0, *values.tolist()]


def _table(curves: Mapping[str, Curve]) -> ChartTable:
    longest = max((float(curve.durations[-1]) for curve in curves.values()), default=0.0)
    days = [day for day in TABLE_DAYS if day <= longest]
    columns = [f"{name}{part}" for name in curves for part in ("", ", low", ", high", ", at risk")]
    rows = [(day, *_cells(curves, day)) for day in days]
    return ChartTable(("day", *columns), rows)


def _cells(curves: Mapping[str, Curve], day: int) -> list[str | float | None]:
    cells: list[str | float | None] = []
    for curve in curves.values():
        at = curve.by(day)
        cells += [percent(at.value), percent(at.low), percent(at.high), at.at_risk]
    return cells
