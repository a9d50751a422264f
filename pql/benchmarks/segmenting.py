"""Which segment each account is in: by a trait, by its people, by when its trial began."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt
import pandas as pd

from pql.comparison import as_number, folded
from pql.definitions.model import ANY_EVENT, Aggregate, DefinitionFile, Metric, SegmentBy, Window
from pql.metrics.measuring import measure
from pql.trials import Evidence, Traits, observation_days, times_of

MOST_VALUES = 8
MOST_PERIODS = 12
LONGEST_VALUE = 100
OTHER = "other"
EARLIER = "earlier"
PERIOD_CODES = {"week": "W", "month": "M", "quarter": "Q"}
ACCOUNTS_AT_ONCE = 50_000

Labels = pd.DataFrame
"""Index `account_id`, a column of text for each kind of segment; `None` is unknown."""
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Segment:
    """Some of the accounts. `by` is the kind of segment, such as plan; `value` is which, such as
    pro, or `None` where it is unknown of the account. Both are `None` for all accounts together.
    """

    by: str | None
    value: str | None


WHOLE = Segment(None, None)


def segment_traits(file: DefinitionFile) -> frozenset[str]:
    """The traits that the file tells accounts apart by."""
    return frozenset(str(each.what) for each in file.segments.values() if each.by == "trait")


def label_accounts(evidence: Evidence, file: DefinitionFile, traits: Traits) -> Labels:
    """The segment of each account in every kind that the file names."""
    trials = evidence.trials
    labels = {
        name: _limited(_label(segment, evidence, file, traits), segment)
        for name, segment in file.segments.items()
    }
    return pd.DataFrame(labels, index=pd.Index(trials["account_id"], name="account_id"))


def each_segment(labels: Labels, account_ids: pd.Series[int]) -> Iterator[tuple[Segment, Mask]]:
    """All accounts together and then each segment, with which of the accounts are in it."""
    some = labels.reindex(account_ids)
    yield WHOLE, np.ones(len(some), dtype=bool)
    for by in labels.columns:
        is_known = some[by].notna().to_numpy()
        for value in sorted(some.loc[is_known, by].unique()):
            yield Segment(by, value), (some[by] == value).to_numpy()
        if not is_known.all():
            yield Segment(by, None), ~is_known


def _label(
    segment: SegmentBy, evidence: Evidence, file: DefinitionFile, traits: Traits
) -> list[str | None]:
    trials = evidence.trials
    if segment.by == "trait":
        name = str(segment.what)
        values = (traits.get(account_id, {}).get(name) for account_id in trials["account_id"])
        return _alike([_text(value, segment.bands) for value in values])
    if segment.by == "people":
        return [_text(count, segment.bands) for count in _people(evidence, file)]
    shown = pd.Series(evidence.calendar.shown(times_of(trials, "trial_started_at")))
    periods = shown.dt.to_period(PERIOD_CODES[str(segment.what)])
    return [None if period is pd.NaT else str(period) for period in periods]


def _people(evidence: Evidence, file: DefinitionFile) -> list[float | None]:
    """Who did anything by the end of the first definition's window, and before it paid."""
    if not file.definitions:
        return [None] * len(evidence.trials)
    days = observation_days(file, next(iter(file.definitions.values())))
    people = Metric("people", ANY_EVENT, Aggregate("distinct_contacts"), Window("first", days))
    trials = evidence.trials.reset_index(drop=True)
    as_of = trials["converted_at"].fillna(evidence.as_of)
    moments = trials.assign(as_of=as_of).rename_axis("moment_id").reset_index()
    counts = [
        measure(evidence.store, evidence.workspace_id, [people], some, calendar=evidence.calendar)[
            "people"
        ]
        for _, some in moments.groupby(moments.index // ACCOUNTS_AT_ONCE)
    ]
    return [None if np.isnan(count) else float(count) for part in counts for count in part]


def _text(value: object, bands: tuple[float, ...]) -> str | None:
    """A value as a segment is called; `None` where it is none, or no number and bands are asked."""
    number = _finite(value)
    if bands:
        return None if number is None else _band(number, bands)
    if number is not None:
        return f"{number:g}"
    if isinstance(value, bool):
        return str(value).lower()
    return value.strip()[:LONGEST_VALUE] or None if isinstance(value, str) else None


def _finite(value: object) -> float | None:
    number = as_number(value)
    return number if number is not None and isfinite(number) else None


def _alike(labels: list[str | None]) -> list[str | None]:
    """Texts that are the same to rules ("Pro", "pro ") under the commonest of their spellings."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for label in labels:
        if label is not None:
            spellings[folded(label)][label] += 1
    # Of equally common ones the first in order, so that the name does not change from day to day.
    shown = {key: min(each, key=lambda one: (-each[one], one)) for key, each in spellings.items()}
    return [None if label is None else shown[folded(label)] for label in labels]


def _band(number: float, bands: tuple[float, ...]) -> str:
    place = bisect_right(bands, number)
    if place == 0:
        return f"under {bands[0]:g}"
    if place == len(bands):
        return f"{bands[-1]:g} or more"
    return f"{bands[place - 1]:g} to under {bands[place]:g}"


def _limited(labels: list[str | None], segment: SegmentBy) -> list[str | None]:
    """At most so many segments of a kind: the commonest values, the latest periods."""
    if segment.bands:
        return labels
    counts = pd.Series(labels, dtype=object).dropna().value_counts()
    if segment.by == "started":
        kept, rest = set(sorted(counts.index)[-MOST_PERIODS:]), EARLIER
    else:
        ordered = sorted(counts.index, key=lambda value: (-counts[value], value))
        kept, rest = set(ordered[:MOST_VALUES]), OTHER
    return [label if label is None or label in kept else rest for label in labels]
