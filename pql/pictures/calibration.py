"""Expected against seen: whether predicted shares are what came true."""

from __future__ import annotations

from pql.pictures.chart import Axis, Band, Cell, Chart, ChartTable, Line, percent
from pql.statistics.calibration import Bin, Calibration

COLUMNS = ("expected", "accounts", "converted", "seen", "low", "high")


def calibration_chart(calibration: Calibration, title: str = "Expected against seen") -> Chart:
    """The share that converted in each group of accounts over the share that was expected."""
    bins = calibration.bins
    expected = [each.expected for each in bins]
    return Chart(
        title=title,
        note="Each point is a tenth of the accounts. On the dotted line expected and seen agree.",
        x=Axis("expected to convert", is_share=True),
        y=Axis("converted", is_share=True),
        lines=(Line("seen", expected, [each.seen.value for each in bins], shape="points"),),
        bands=(
            Band(
                "95 % interval",
                expected,
                [each.seen.low for each in bins],
                [each.seen.high for each in bins],
            ),
        ),
        diagonal=True,
        table=ChartTable(COLUMNS, [_row(each) for each in bins]),
    )


def _row(each: Bin) -> tuple[Cell, ...]:
    seen = each.seen
    shares = (percent(seen.value), percent(seen.low), percent(seen.high))
    return (percent(each.expected), seen.total, seen.successes, *shares)
