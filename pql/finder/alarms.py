"""What makes figures wrong before any search: leaks, telling gaps, changes of regime, drift."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pql.finder.columns import ValueTable
from pql.finder.counting import Counts
from pql.statistics.arrays import Flags, Floats, Integers
from pql.statistics.association import area_under_curve

TOO_GOOD = 0.95
"""An area under the ROC curve that usage known beforehand does not reach."""
TELLING = 0.65
"""The area of "is given" above which what is missing tells the outcome."""
FOLDS = 5
SMOOTHING = 5.0

JUDGEMENTS = re.compile(
    r"\b(last|latest|final|tags?|scores?|index|quality|profile|grade|rating|status|stage|closed|"
    r"won|lost|reason|disposition|outcome|result)\b"
)
"""Words in the names of columns that somebody fills in, or that change, after first contact."""


class Kind(StrEnum):
    """What is wrong."""

    LEAK = "leak"
    MISSING_TELLS = "missing tells the outcome"
    SET_LATER = "may be set after first contact"
    AFTER_OUTCOME = "recorded after the outcome"
    REGIME = "regime change"
    PRESENT = "the present is not searched"
    DRIFT = "drift"


NOT_SEARCHED = frozenset({Kind.LEAK, Kind.MISSING_TELLS, Kind.SET_LATER, Kind.AFTER_OUTCOME})
"""Alarms after which nothing that rests on the source may be recommended."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """`source` is the event or column; empty where the alarm is about the outcome."""

    kind: Kind
    source: str
    sentence: str


def source_alarms(table: ValueTable) -> Iterator[Alarm]:
    """Leaks, and sources that are given mostly for one outcome."""
    generator = np.random.default_rng(len(table))
    folds = generator.integers(0, FOLDS, len(table))
    for source, numbers in columns_by_source(table).items():
        yield from _given_alarms(source, table.values[:, numbers], table.outcome)
        if table.columns[numbers[0]].category is None:
            areas = [_area(table.values[:, number], table.outcome) for number in numbers]
        else:
            areas = [_area_of_levels(table.values[:, numbers], table.outcome, folds)]
        if (area := max(areas)) > TOO_GOOD:
            yield too_good(source, f"AUC {area:.3f}")


def too_good(source: str, figure: str) -> Alarm:
    """The alarm about a source that tells the outcome as nothing known beforehand does."""
    sentence = (
        f"{source} tells the outcome too well ({figure}): it is most likely known only "
        "afterwards. Nothing that rests on it was searched."
    )
    return Alarm(Kind.LEAK, source, sentence)


def name_alarms(sources: Sequence[str], trusted: Sequence[str]) -> Iterator[Alarm]:
    """Columns that by their name are a judgement or a last state; numbers cannot show this."""
    for source in sources:
        words = re.sub(r"[_\W]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", source)).lower()
        if source not in trusted and JUDGEMENTS.search(words):
            sentence = (
                f"{source} sounds like something that is set, or changes, after first contact. "
                f'If it is known from the start, say --trust "{source}".'
            )
            yield Alarm(Kind.SET_LATER, source, sentence)


def candidate_leaks(counts: Counts) -> Flags:
    """Which candidates (j,) alone have an area above what is believable."""
    without = counts.population - counts.converted
    missed = without - (counts.met - counts.met_and_converted)
    rates = [
        np.divide(some, of, out=np.full(some.shape, 0.5), where=of > 0)
        for some, of in ((counts.met_and_converted, counts.converted), (missed, without))
    ]
    too_good: Flags = (rates[0] + rates[1]) / 2 > TOO_GOOD
    return too_good


def columns_by_source(table: ValueTable) -> dict[str, list[int]]:
    """The numbers of the columns that are made from each source."""
    found: dict[str, list[int]] = {}
    for number, column in enumerate(table.columns):
        found.setdefault(column.source, []).append(number)
    return found


def _given_alarms(source: str, values: Floats, outcome: Flags) -> Iterator[Alarm]:
    is_given = ~np.isnan(values).all(axis=1)
    if is_given.all() or not is_given.any():
        return
    if len(np.unique(outcome[is_given])) == 1 and len(np.unique(outcome)) == 2:
        ends = f"it is given only for those that {_converted(outcome[is_given][0])}"
    else:
        area = area_under_curve(is_given, outcome)
        if area.value is None or area.low is None or area.high is None:
            return
        told = max(area.value, 1 - area.value)
        if told <= TELLING or area.low <= 0.5 <= area.high:
            return
        low, high = sorted(abs(end - 0.5) + 0.5 for end in (area.low, area.high))
        ends = f"AUC of being given {told:.3f}, {low:.3f} to {high:.3f}"
    sentence = (
        f"Whether {source} is given tells the outcome ({ends}): it is most likely filled in "
        "because of it. Nothing that rests on it was searched."
    )
    yield Alarm(Kind.MISSING_TELLS, source, sentence)


def _area(values: Floats, outcome: Flags) -> float:
    area = area_under_curve(values, outcome).value
    return 0.5 if area is None else max(area, 1 - area)


def _area_of_levels(indicators: Floats, outcome: Flags, folds: Integers) -> float:
    """The area of a category, each value ranked by the rate it has in the other folds."""
    is_given = ~np.isnan(indicators).all(axis=1)
    levels = np.where(is_given, np.nan_to_num(indicators).argmax(axis=1) + 1, 0)
    levels[is_given & ~(np.nan_to_num(indicators) > 0).any(axis=1)] = 0
    number = indicators.shape[1] + 1
    totals = np.bincount(folds * number + levels, minlength=FOLDS * number).reshape(FOLDS, number)
    won = np.bincount((folds * number + levels)[outcome], minlength=FOLDS * number).reshape(
        FOLDS, number
    )
    base = outcome.mean()
    rates = (won.sum(axis=0) - won + SMOOTHING * base) / (totals.sum(axis=0) - totals + SMOOTHING)
    return _area(np.where(is_given, rates[folds, levels], np.nan), outcome)


def _converted(outcome: bool) -> str:
    return "converted" if outcome else "did not convert"
