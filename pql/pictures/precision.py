"""Precision against volume: what a higher bar costs in accounts and brings in hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pql.pictures.chart import Axis, Band, Chart, ChartTable, Line, Mark, percent
from pql.statistics.intervals import Rate

COLUMNS = ("bar", "accounts", "converted", "precision", "low", "high")


@dataclass(frozen=True, slots=True)
class Bar:
    """A cut-off, and how many of the accounts above it converted."""

    at_least: float
    precision: Rate


def precision_chart(title: str, bars: Sequence[Bar], chosen: Bar | None = None) -> Chart:
    """Precision over how many accounts are above each bar, with the 95 % interval of each."""
    known = sorted(
        (bar for bar in bars if bar.precision.value is not None),
        key=lambda bar: bar.precision.total,
    )
    volumes = [bar.precision.total for bar in known]
    marks = () if chosen is None or chosen.precision.value is None else (_mark(chosen),)
    return Chart(
        title=title,
        note="Of the accounts above each bar, how many converted. Association, not cause.",
        x=Axis("accounts above the bar"),
        y=Axis("converted", is_share=True),
        lines=(Line("precision", volumes, [bar.precision.value for bar in known]),),
        bands=(
            Band(
                "95 % interval",
                volumes,
                [bar.precision.low for bar in known],
                [bar.precision.high for bar in known],
            ),
        ),
        marks=marks,
        table=ChartTable(COLUMNS, [_row(bar) for bar in reversed(known)]),
    )


def _mark(bar: Bar) -> Mark:
    return Mark(f"at least {bar.at_least:g}", bar.precision.total, bar.precision.value or 0.0)


def _row(bar: Bar) -> tuple[str | float | None, ...]:
    rate = bar.precision
    shares = (percent(rate.value), percent(rate.low), percent(rate.high))
    return (bar.at_least, rate.total, rate.successes, *shares)
