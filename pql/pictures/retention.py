"""Who is still active in each week of the trial and after."""

from __future__ import annotations

from collections.abc import Sequence

from pql.benchmarks.retention import Retention, RetentionWeek
from pql.pictures.chart import Axis, Band, Cell, Chart, ChartTable, Line, percent
from pql.statistics.intervals import Rate

GROUPS = ("activated", "not activated")
COLUMNS = ("week", *(f"{group}{part}" for group in GROUPS for part in ("", ", active", ", share")))


def retention_chart(retention: Retention) -> Chart:
    """The share of accounts active in each week: of those that met the definition, and others."""
    weeks = [each.week for each in retention.weeks]
    groups = {
        GROUPS[0]: [each.activated for each in retention.weeks],
        GROUPS[1]: [each.not_activated for each in retention.weeks],
    }
    return Chart(
        title=f"{retention.definition.replace('_', ' ').capitalize()}: active by week",
        note=(
            f"Activated had met the definition by the end of day {retention.window_days}; weeks "
            "up to then are active almost by themselves. Association, not cause."
        ),
        x=Axis("week since the trial began"),
        y=Axis("active", is_share=True),
        lines=[_line(name, weeks, rates) for name, rates in groups.items()],
        bands=[_band(name, weeks, rates) for name, rates in groups.items()],
        table=ChartTable(COLUMNS, [_row(each) for each in retention.weeks]),
    )


def _line(name: str, weeks: Sequence[int], rates: Sequence[Rate]) -> Line:
    return Line(name, weeks, [rate.value for rate in rates])


def _band(name: str, weeks: Sequence[int], rates: Sequence[Rate]) -> Band:
    return Band(f"{name}: 95 % interval", weeks, [r.low for r in rates], [r.high for r in rates])


def _row(each: RetentionWeek) -> tuple[Cell, ...]:
    rates = (each.activated, each.not_activated)
    cells = ((rate.total, rate.successes, percent(rate.value)) for rate in rates)
    return (each.week, *(cell for group in cells for cell in group))
