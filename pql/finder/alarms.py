"""What makes figures wrong before any search: leaks, telling gaps, changes of regime, drift."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pql.finder.columns import ValueTable, weeks_since_first
from pql.statistics.arrays import Flags
from pql.statistics.breaks import Regime, recorded_from, segment_breaks
from pql.statistics.drift import kolmogorov_smirnov, population_stability_index
from pql.statistics.multiplicity import benjamini_hochberg

MOVED = 0.2
"""Population stability index above which a column has moved."""
UNLIKELY = 0.05
FEWEST_UNITS, FEWEST_CONVERTED = 100, 20
"""Of a regime that is searched rather than a longer one before it."""


class Kind(StrEnum):
    """What is wrong."""

    LEAK = "leak"
    STANDS_OUT = "tells far more than any other"
    MISSING_TELLS = "missing tells the outcome"
    SET_LATER = "may be set after first contact"
    AFTER_OUTCOME = "recorded after the outcome"
    IDENTIFIER = "is an id"
    CLOCK = "is a clock"
    CALENDAR = "is a calendar"
    SENTINEL = "a value may mean not given"
    ANSWERED = "said to be known from the start"
    REGIME = "regime change"
    DRIFT = "drift"


NOT_SEARCHED = frozenset(
    {
        Kind.LEAK,
        Kind.STANDS_OUT,
        Kind.MISSING_TELLS,
        Kind.SET_LATER,
        Kind.AFTER_OUTCOME,
        Kind.IDENTIFIER,
        Kind.CLOCK,
        Kind.CALENDAR,
    }
)
"""Alarms after which nothing that rests on the source may be recommended."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """`source` is the event or column; empty where the alarm is about the outcome.

    `is_question`: whoever knows the source as known from the start can have it searched.
    """

    kind: Kind
    source: str
    sentence: str
    is_question: bool = False


@dataclass(frozen=True, slots=True)
class NotSearched:
    """An event or column that was not searched, and why in a sentence that names it."""

    source: str
    sentence: str
    is_question: bool = False


def set_aside(raised: Iterable[Alarm]) -> Iterator[NotSearched]:
    """What alarms keep out of the search."""
    for each in raised:
        if each.kind in NOT_SEARCHED:
            yield NotSearched(each.source, each.sentence, each.is_question)


def regime_rows(table: ValueTable) -> tuple[Flags, list[Alarm]]:
    """The units of the regime to search in (n,), and alarms where it is not all of them.

    By week of t0, with one unit for each account.
    """
    weeks = weeks_since_first(table.started_at, len(table))
    accounts = table.first_of_cluster
    totals = np.bincount(weeks[accounts])
    converted = np.bincount(weeks[accounts], weights=table.outcome[accounts])
    everyone = np.ones(len(table), dtype=bool)
    if table.started_at is None or not table.outcome.any():
        return everyone, []
    first = recorded_from(converted, totals) or 0
    regimes = segment_breaks(converted[first:], totals[first:])
    chosen = _chosen(regimes)
    rows = (weeks >= first + chosen.first) & (weeks < first + chosen.end)
    days = table.started_at.astype("datetime64[D]")
    return rows, list(
        _regime_alarms(first, regimes, chosen, str(days.min()), str(days[rows].min()))
    )


def drift_alarms(earlier: ValueTable, later: ValueTable) -> Iterator[Alarm]:
    """Columns that are distributed otherwise in the confirmation group."""
    gaps = [
        kolmogorov_smirnov(earlier.values[:, number], later.values[:, number])
        for number in range(len(earlier.columns))
    ]
    p_values = benjamini_hochberg([np.nan if gap is None else gap.p_value for gap in gaps])
    told: set[str] = set()
    for number, column in enumerate(earlier.columns):
        index = population_stability_index(earlier.values[:, number], later.values[:, number])
        moved = index.value is not None and index.value > MOVED
        gap = gaps[number]
        if column.source in told or not (moved or p_values[number] <= UNLIKELY) or gap is None:
            continue
        told.add(column.source)
        stability = "unknown" if index.value is None else f"{index.value:.2f}"
        sentence = (
            f"{column.name} is distributed otherwise among the later ones (PSI {stability}, "
            f"KS distance {gap.distance:.2f}, adjusted p = {p_values[number]:.2g})."
        )
        yield Alarm(Kind.DRIFT, column.source, sentence)


def _chosen(regimes: Sequence[Regime]) -> Regime:
    """The latest that has enough; where none has, the one with most units."""
    for regime in reversed(regimes):
        others = regime.total - regime.successes
        if regime.total >= FEWEST_UNITS and min(regime.successes, others) >= FEWEST_CONVERTED:
            return regime
    return max(regimes, key=lambda regime: regime.total)


def _regime_alarms(
    first: int, regimes: Sequence[Regime], chosen: Regime, earliest: str, start: str
) -> Iterator[Alarm]:
    if first:
        sentence = (
            f"None of those that began in the first {first} weeks (from {earliest}) converted: "
            "outcomes were not recorded yet. They are left out."
        )
        yield Alarm(Kind.REGIME, "", sentence)
    if len(regimes) > 1:
        rates = ", ".join(f"{(regime.rate or 0):.1%}" for regime in regimes)
        sentence = (
            f"The rate of conversion changed over time ({rates}). Searched are only those of "
            f"one regime, from {start} on, where it was {(chosen.rate or 0):.1%}."
        )
        yield Alarm(Kind.REGIME, "", sentence)
