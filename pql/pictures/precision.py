"""Precision against volume: what a higher bar costs in accounts and brings in hits.

The results of analyses are read as the documents that are kept of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pql.pictures.chart import Axis, Band, Cell, Chart, ChartTable, Line, Mark, percent
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


def _row(bar: Bar) -> tuple[Cell, ...]:
    return (bar.at_least, *_figures(bar.precision))


def _figures(rate: Rate) -> tuple[Cell, ...]:
    shares = (percent(rate.value), percent(rate.low), percent(rate.high))
    return (rate.total, rate.successes, *shares)


def plan_charts(result: Mapping[str, Any]) -> dict[str, Chart]:
    """For each definition of a plan: what the usage score as the only bar would have picked."""
    return {
        report["definition"]: precision_chart(
            f"{report['definition'].replace('_', ' ').capitalize()}: the usage score as the bar",
            [
                Bar(step["at_least"], Rate(**step["figures"]["precision"]))
                for step in report["steps"]
            ],
            _cut_off(report),
        )
        for report in result["definitions"]
    }


def _cut_off(report: Mapping[str, Any]) -> Bar | None:
    bar = report["bar"]
    if bar is None or bar["cut_off"] is None:
        return None
    return Bar(bar["cut_off"], Rate(**bar["figures"]["precision"]))


def finder_chart(result: Mapping[str, Any]) -> Chart:
    """Every listed candidate of the finder by how many met it later and how many of them paid."""
    found = [
        (each["condition"], Rate(**each["confirmed_on"]["precision"]))
        for each in result["candidates"]
        if each["confirmed_on"] is not None
    ]
    known = [(condition, rate) for condition, rate in found if rate.value is not None]
    confirmed = (result["recommended"] or {}).get("confirmed_on")
    recommended = Rate(**confirmed["precision"]) if confirmed else None
    return Chart(
        title="Candidates on the later trials",
        note="How many met each condition, and how many of them paid. Association, not cause.",
        x=Axis("trials that met it"),
        y=Axis("converted", is_share=True),
        lines=(
            Line(
                "candidate",
                [rate.total for _, rate in known],
                [rate.value for _, rate in known],
                shape="points",
            ),
        ),
        marks=()
        if recommended is None or recommended.value is None
        else (Mark("recommended", recommended.total, recommended.value),),
        table=ChartTable(
            ("condition", *COLUMNS[1:]), [(condition, *_figures(rate)) for condition, rate in known]
        ),
    )
