"""Benchmarks as tables: for each report its columns, and a row for each line of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from pql.benchmarks.curves import ConversionCurve, ValueBin
from pql.benchmarks.drifting import Drift
from pql.benchmarks.percentiles import Percentiles
from pql.benchmarks.querying import BenchmarkLine, FirstTimesLine, VersionSummary
from pql.benchmarks.retention import Retention
from pql.benchmarks.segmenting import Segment
from pql.benchmarks.survival import TimeCurve, TimesToConvert
from pql.statistics.intervals import Rate
from routes.api.benchmark_report_schemas import (
    CurvesSchema,
    DriftsSchema,
    FirstTimesSchema,
    RetentionsSchema,
    SurvivalSchema,
)
from routes.api.benchmark_schemas import BenchmarksSchema
from routes.command_line.benchmark_tables import Row

DAYS_PRINTED = frozenset({1, 3, 7, 14, 21, 30, 45, 60, 90, 180, 360})
PERCENTS = ("p10", "p25", "p50", "p75", "p90")


@dataclass(frozen=True, slots=True)
class Report:
    """How an answer is told: as a table with a note under it, or as the API gives it."""

    title: str
    note: str
    schema: type[Schema]
    rows: Callable[[Any], Iterator[Row]]
    """The rows of one entry of the answer's `data`."""


def _percentiles(line: BenchmarkLine) -> Iterator[Row]:
    found = line.percentiles
    yield {
        "metric": line.metric,
        "population": line.population,
        **_segment(line.segment),
        "day": line.day,
        "accounts": found.accounts,
        **{name: cell for percent in PERCENTS for name, cell in _interval(found, percent)},
    }


def _interval(found: Percentiles, percent: str) -> Iterator[tuple[str, object]]:
    name = "median" if percent == "p50" else percent
    yield percent, getattr(found, percent)
    for end in ("low", "high"):
        yield f"{percent}_{end}", getattr(found, f"{name}_{end}")


def _curve(curve: ConversionCurve) -> Iterator[Row]:
    for kind, bins in (("about equally many", curve.quantiles), ("round values", curve.steps)):
        for each in bins:
            yield {
                "metric": curve.metric,
                "bins": kind,
                "from": _low(each),
                "below": each.below,
                "accounts": each.rate.total,
                **_rate("converted", each.rate),
                "reached": each.reached.total,
                **_rate("of_reached", each.reached),
            }


def _low(each: ValueBin) -> object:
    return "never" if each.low is None else each.low


def _survival(times: TimesToConvert) -> Iterator[Row]:
    curves = {"has paid": times.pays, **{f"first {k}": v for k, v in times.first.items()}}
    for what, curve in curves.items():
        yield from _times({**_segment(times.segment), "what": what}, times.accounts, curve)


def _first_times(line: FirstTimesLine) -> Iterator[Row]:
    told = {"metric": line.metric, **_segment(line.segment)}
    yield from _times(told, line.accounts, line.curve)


def _times(told: Row, accounts: int, curve: TimeCurve | None) -> Iterator[Row]:
    points = [] if curve is None else [p for p in curve.points if p.day in DAYS_PRINTED]
    for point in points:
        yield {
            **told,
            "accounts": accounts,
            "day": point.day,
            "share": point.share,
            "share_low": point.low,
            "share_high": point.high,
            "at_risk": point.at_risk,
            "median_days": None if curve is None else curve.median,
        }
    if curve is None:
        cells = ("day", "share", "share_low", "share_high", "at_risk", "median_days")
        yield {**told, "accounts": accounts, **dict.fromkeys(cells)}


def _drift(drift: Drift) -> Iterator[Row]:
    for each in drift.metrics:
        yield {
            "metric": each.metric,
            "before": each.before,
            "now": each.now,
            "median_before": each.median_before,
            "median_now": each.median_now,
            "stability_index": each.stability_index,
            "distance": each.distance,
            "adjusted_p": each.adjusted,
            "moved": "moved" if each.moved else "",
        }


def _retention(retention: Retention) -> Iterator[Row]:
    for each in retention.weeks:
        yield {
            "definition": retention.definition,
            "week": each.week,
            "in_window": "yes" if each.is_part_of_window else "",
            "activated": each.activated.total,
            **_rate("active", each.activated),
            "others": each.not_activated.total,
            **_rate("others_active", each.not_activated),
            "difference": each.difference.value,
            "difference_low": each.difference.low,
            "difference_high": each.difference.high,
        }


def version_row(version: VersionSummary) -> Row:
    """A version of the benchmarks."""
    return {
        "version": version.id,
        "as_of": f"{version.as_of:%Y-%m-%d %H:%M}",
        "customers": version.customers,
        "definitions": version.definitions,
    }


def _segment(segment: Segment) -> Row:
    value = "(unknown)" if segment.by is not None and segment.value is None else segment.value
    return {"by": segment.by, "segment": value}


def _rate(name: str, rate: Rate) -> Row:
    return {name: rate.value, f"{name}_low": rate.low, f"{name}_high": rate.high}


PERCENTILES = Report(
    "What was done by the end of each trial day",
    "An empty cell: fewer than 25 accounts, or never.",
    BenchmarksSchema,
    _percentiles,
)
CURVE = Report(
    "Conversion by value when the window closed",
    "of_reached: of all in this bin or a better one. Association, not cause.",
    CurvesSchema,
    _curve,
)
SURVIVAL = Report(
    "Who has paid by the end of each day, and what came first",
    "An empty row: too few accounts, or a segment that holds only one outcome.",
    SurvivalSchema,
    _survival,
)
FIRST_TIMES = Report(
    "Who had done it for the first time by the end of each day",
    "An empty row: fewer than 25 accounts.",
    FirstTimesSchema,
    _first_times,
)
DRIFT = Report(
    "Trials of the latest period against those before, at the same age",
    "Moved: a stability index above 0.2, or an adjusted p of at most 0.05.",
    DriftsSchema,
    _drift,
)
RETENTION = Report(
    "Who was active in each week, of those that had met the definition and of others",
    "in_window: the definition was judged on days of this week. Association, not cause.",
    RetentionsSchema,
    _retention,
)
