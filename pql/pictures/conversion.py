"""How what a trial had done goes with paying afterwards."""

from __future__ import annotations

from pql.benchmarks.curves import ConversionCurve, ValueBin
from pql.pictures.chart import Axis, Band, Cell, Chart, ChartTable, Line, percent

COLUMNS = (
    "from",
    "below",
    "trials",
    "converted",
    "share",
    "low",
    "high",
    "trials from here on",
    "share from here on",
)


def conversion_chart(curve: ConversionCurve) -> Chart:
    """The share that converted of those that reached each value, with its 95 % interval.

    "Never" is in the table and not in the picture.
    """
    name = curve.metric.replace("_", " ")
    steps = [each for each in curve.steps if each.low is not None]
    values = [each.low or 0.0 for each in steps]
    reached = "at most" if curve.smaller_is_better else "at least"
    return Chart(
        title=f"{name.capitalize()}: how many converted, by value",
        note=(
            f"Of trials with so much by the end of day {curve.window_days}, how many converted in "
            f"the {curve.horizon_days} days after. Association, not cause."
        ),
        x=Axis(name),
        y=Axis("converted", is_share=True),
        lines=(
            Line(f"of those with {reached} so much", values, [s.reached.value for s in steps]),
            Line("of all trials", values, [curve.everybody.value] * len(steps), is_main=False),
        ),
        bands=(
            Band(
                "95 % interval",
                values,
                [each.reached.low for each in steps],
                [each.reached.high for each in steps],
            ),
        ),
        table=ChartTable(COLUMNS, [_row(each) for each in curve.steps]),
    )


def _row(each: ValueBin) -> tuple[Cell, ...]:
    rate, reached = each.rate, each.reached
    return (
        "never" if each.low is None else each.low,
        each.below,
        rate.total,
        rate.successes,
        percent(rate.value),
        percent(rate.low),
        percent(rate.high),
        reached.total,
        percent(reached.value),
    )
