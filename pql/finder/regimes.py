"""Times with one and the same rate of conversion, and which of them is searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pql.finder.alarms import Alarm, Kind
from pql.finder.columns import ValueTable, weeks_since_first
from pql.statistics.arrays import Flags, Floats, Integers
from pql.statistics.breaks import (
    Fewest,
    Regime,
    recorded_from,
    recorded_until,
    segment_breaks,
)

FEWEST = Fewest(tries=100, of_each=20)
"""Of a regime: with less it could not be searched."""


@dataclass(frozen=True, slots=True)
class RegimePeriod:
    """Accounts that began on the dates from `first` to `last`, while the rate was the same.

    `rate` is `None` where outcomes were not recorded.
    """

    first: str
    last: str
    accounts: int
    converted: int
    rate: float | None
    is_searched: bool


@dataclass(frozen=True, slots=True, eq=False)
class Regimes:
    """All periods in their order, the units (n,) of the one to search, and what is alarming."""

    rows: Flags
    periods: tuple[RegimePeriod, ...]
    alarms: tuple[Alarm, ...]


def find_regimes(table: ValueTable) -> Regimes:
    """Divide the units by t0 where the weekly rate changes, and choose the regime to search.

    By week of t0, with one unit for each account. Chosen is the latest that is large enough. Weeks
    at the beginning or the end without any outcome, by no accident, were not recorded.
    """
    everyone = np.ones(len(table), dtype=bool)
    if table.started_at is None or not table.outcome.any():
        return Regimes(everyone, (), ())
    weeks = weeks_since_first(table.started_at, len(table))
    accounts = table.first_of_cluster
    totals = np.bincount(weeks[accounts])
    converted: Floats = np.bincount(weeks[accounts], weights=table.outcome[accounts]).astype(float)
    first = recorded_from(converted, totals) or 0
    found = _recorded(converted[first:], totals[first:])
    end = first + found[-1].end
    chosen = _chosen(found)
    rows = (weeks >= first + chosen.first) & (weeks < first + chosen.end)
    recorded = [(first + each.first, first + each.end, each is chosen) for each in found]
    unrecorded = [(0, first, None), (end, len(totals), None)]
    parts = sorted([*recorded, *((a, b, None) for a, b, _ in unrecorded if a < b)])
    periods = tuple(_periods(table, weeks, parts))
    return Regimes(rows, periods, tuple(_alarms(periods)))


def _recorded(converted: Floats, totals: Integers) -> list[Regime]:
    """The regimes, without the weeks at the end in which no outcome was recorded any more."""
    *others, last = segment_breaks(converted, totals, FEWEST)
    if others and not last.successes:
        return others
    weeks = slice(last.first, last.end)
    end = last.first + (recorded_until(converted[weeks], totals[weeks]) or last.end - last.first)
    return [*others, Regime(last.first, end, last.successes, int(totals[last.first : end].sum()))]


def _chosen(regimes: Sequence[Regime]) -> Regime:
    """The latest that has enough; where none has, the one with most accounts."""
    for regime in reversed(regimes):
        others = regime.total - regime.successes
        is_enough = min(regime.successes, others) >= FEWEST.of_each
        if regime.total >= FEWEST.tries and is_enough:
            return regime
    return max(regimes, key=lambda regime: regime.total)


def _periods(
    table: ValueTable, weeks: Integers, parts: Sequence[tuple[int, int, bool | None]]
) -> Iterator[RegimePeriod]:
    """The weeks from and before, and whether they are searched; `None`: not recorded."""
    if table.started_at is None:
        return
    accounts = table.first_of_cluster
    dates, of_accounts = table.started_at[accounts].astype("datetime64[D]"), weeks[accounts]
    for begin, end, is_searched in parts:
        mine = (of_accounts >= begin) & (of_accounts < end)
        number, converted = int(mine.sum()), int(table.outcome[accounts][mine].sum())
        yield RegimePeriod(
            first=str(dates[mine].min()),
            last=str(dates[mine].max()),
            accounts=number,
            converted=converted,
            rate=None if is_searched is None else converted / number,
            is_searched=bool(is_searched),
        )


def _alarms(periods: Sequence[RegimePeriod]) -> Iterator[Alarm]:
    searched = next(place for place, each in enumerate(periods) if each.is_searched)
    if later := periods[searched + 1 :]:
        yield Alarm(Kind.PRESENT, "", _present_is_missing(periods[searched], later))
    if periods[0].rate is None:
        sentence = (
            f"None of the {periods[0].accounts:,} that began {_dates(periods[0])} converted: "
            "outcomes were not recorded yet. They are left out."
        )
        yield Alarm(Kind.REGIME, "", sentence)
    recorded = [each for each in periods if each.rate is not None]
    if len(recorded) > 1:
        rates = "; ".join(
            f"{each.rate:.1%} of {each.accounts:,} that began {_dates(each)}" for each in recorded
        )
        sentence = (
            f"The rate of conversion changed over time: {rates}. Searched are only those that "
            f"began {_dates(periods[searched])}."
        )
        yield Alarm(Kind.REGIME, "", sentence)


def _present_is_missing(searched: RegimePeriod, later: Sequence[RegimePeriod]) -> str:
    number = sum(each.accounts for each in later)
    converted = sum(each.converted for each in later)
    why = "too few of them converted, or did not, to search them"
    if later[-1].rate is None:
        why = (
            f"none has converted since {later[-1].first}, which is no accident: if outcomes were "
            f"recorded no longer, say so with --until (until in the API)"
        )
    return (
        f"THE PRESENT IS NOT IN IT: what was searched began {_dates(searched)}. Of the "
        f"{number:,} that began later, until {later[-1].last}, {converted:,} converted; {why}. "
        "Whether what was found still holds is not known."
    )


def _dates(period: RegimePeriod) -> str:
    return f"from {period.first} to {period.last}"
