"""A metric's benchmark by trial day, with an account on it."""

from __future__ import annotations

from collections.abc import Sequence

from pql.benchmarks.comparing import LATER_CUSTOMERS, NON_CONVERTERS, Benchmarks
from pql.benchmarks.percentiles import Percentiles
from pql.pictures.chart import Axis, Band, Cell, Chart, ChartTable, Line, Mark

COLUMNS = ("day", "customers", "p10", "p25", "median", "p75", "p90", "median non-converter")


def benchmark_chart(benchmarks: Benchmarks, metric: str, account: Mark | None = None) -> Chart:
    """What later customers had done by the end of each day of their trial.

    Args:
        account: where an account stands: its trial day, its value.
    """
    days = range(1, benchmarks.last_day(metric, LATER_CUSTOMERS) + 1)
    rows = [_row(benchmarks, metric, LATER_CUSTOMERS, day) for day in days]
    others = [_row(benchmarks, metric, NON_CONVERTERS, day) for day in days]
    name = metric.replace("_", " ")
    return Chart(
        title=f"{name.capitalize()}: what customers had done before they paid",
        note="Counted by the end of each trial day, of customers who had not paid by then.",
        x=Axis("day of the trial"),
        y=Axis(name),
        lines=(
            Line("median customer", days, [row.p50 for row in rows]),
            Line("median trial that did not convert", days, [r.p50 for r in others], is_main=False),
        ),
        bands=(Band("customers p25 to p75", days, [r.p25 for r in rows], [r.p75 for r in rows]),),
        marks=() if account is None else (account,),
        table=ChartTable(COLUMNS, [_cells(*each) for each in zip(days, rows, others, strict=True)]),
    )


def _row(benchmarks: Benchmarks, metric: str, population: str, day: int) -> Percentiles:
    return benchmarks.row(metric, population, day) or Percentiles(0)


def _cells(day: int, row: Percentiles, other: Percentiles) -> Sequence[Cell]:
    return (day, row.accounts, row.p10, row.p25, row.p50, row.p75, row.p90, other.p50)
