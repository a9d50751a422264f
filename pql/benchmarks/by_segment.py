"""The percentiles of each segment, at a few ages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from pql.benchmarks.comparing import NO_TRIAL_DAY
from pql.benchmarks.computing import Measured, days_of
from pql.benchmarks.percentiles import Percentiles, percentiles
from pql.benchmarks.segmenting import WHOLE, Labels, Segment, each_segment

DAYS_SHOWN = frozenset({NO_TRIAL_DAY, 1, 3, 7, 14, 21, 30, 45, 60})
"""And the last day that a metric is compared on."""


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """What the accounts of a segment had done by the end of a day of their trial."""

    population: str
    segment: Segment
    day: int
    percentiles: Percentiles


@dataclass(frozen=True, slots=True)
class SegmentRows:
    """Every segment of one metric, by population, segment and day."""

    metric: str
    rows: tuple[SegmentRow, ...]


def segment_rows(measured: Sequence[Measured], labels: Labels) -> dict[str, SegmentRows]:
    """The percentiles of each metric for every population, segment and age.

    They are those of the same sample of accounts as the percentiles of all: the segments of a large
    population are parts of its sample.
    """
    rows: dict[str, list[SegmentRow]] = {}
    for population in measured:
        for segment, day, values in _groups(population, labels):
            for metric in population.lengths:
                if _is_shown(day, days_of(metric, population.lengths)):
                    found = percentiles(values[metric].to_numpy())
                    row = SegmentRow(population.population, segment, day, found)
                    rows.setdefault(metric, []).append(row)
    return {metric: SegmentRows(metric, tuple(found)) for metric, found in rows.items()}


def _groups(measured: Measured, labels: Labels) -> Iterator[tuple[Segment, int, pd.DataFrame]]:
    shown = DAYS_SHOWN.union(measured.lengths.values())
    for day, values in measured.values.groupby("day"):
        if day in shown:
            for segment, mask in each_segment(labels, values["account_id"]):
                if segment != WHOLE:
                    yield segment, int(str(day)), values[mask]


def _is_shown(day: int, days: range) -> bool:
    return day in days and (day in DAYS_SHOWN or day == days[-1])
