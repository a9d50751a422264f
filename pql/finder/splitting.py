"""Where the earlier units end that are searched, and the later ones begin that confirm."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pql.finder.candidates import FEWEST
from pql.finder.columns import Times, ValueTable
from pql.statistics.arrays import Flags

SEARCHED_SHARE = 0.6
FEWEST_CONVERTED = 10
"""In each group, and as many that did not convert."""
MOST_IN_GAP = 0.5
"""Of the units. A gap that would take more is not made, and the claim shrinks."""
DAY = np.timedelta64(1, "D")


class Claim(StrEnum):
    """What can be said of what is found, at most."""

    OUT_OF_TIME = "out of time"
    LATER = "later, without a gap"
    ONE_GROUP = "one group"


@dataclass(frozen=True, slots=True)
class Period:
    """A group of units and the days on which the first and the last of them began."""

    units: int
    converted: int
    first: str | None
    last: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Row masks (n,) of the two groups. `in_gap` units began between them and are in neither."""

    claim: Claim
    note: str
    searched: Flags
    confirming: Flags
    gap_days: float
    in_gap: int


def split(table: ValueTable, gap_days: float) -> Split:
    """Divide units by t0: the earlier ones search, the later ones confirm.

    `gap_days` is window and horizon together: then every outcome that was searched was known
    before the first confirming trial began (Lopez de Prado 2018 calls it a purged split). Where
    the units do not last for that, there is no gap; where not even for two groups, there is one.
    """
    everyone = np.ones(len(table), dtype=bool)
    if table.started_at is None or not len(table):
        note = "No time says which came first, so nothing can be confirmed on later ones."
        return Split(Claim.ONE_GROUP, note, everyone, ~everyone, gap_days, 0)
    found = _divide(table, table.started_at, gap_days)
    if found is not None and found.in_gap <= MOST_IN_GAP * len(table):
        return found
    found = _divide(table, table.started_at, 0.0)
    if found is not None:
        return found
    note = "There are too few, or too few that converted, for two groups."
    return Split(Claim.ONE_GROUP, note, everyone, ~everyone, gap_days, 0)


def period_of(table: ValueTable) -> Period:
    """How many there are, and from when to when they began."""
    ends: tuple[str | None, str | None] = (None, None)
    if table.started_at is not None and len(table):
        days = table.started_at.astype("datetime64[D]")
        ends = (str(days.min()), str(days.max()))
    return Period(len(table), int(table.outcome.sum()), *ends)


def _divide(table: ValueTable, started_at: Times, gap_days: float) -> Split | None:
    gap = np.timedelta64(round(gap_days * 86_400), "s")
    days = np.unique(started_at.astype("datetime64[D]"))
    ascending = np.sort(started_at)
    earlier = np.searchsorted(ascending, days, side="left")
    later = len(ascending) - np.searchsorted(ascending, days + gap, side="left")
    used = np.maximum(earlier + later, 1)
    boundary = days[np.argmin(np.abs(earlier / used - SEARCHED_SHARE) + (used < 2))]
    searched, confirming = started_at < boundary, started_at >= boundary + gap
    if not all(_is_enough(table, group) for group in (searched, confirming)):
        return None
    in_gap = int((~searched & ~confirming).sum())
    claim = Claim.OUT_OF_TIME if gap_days > 0 else Claim.LATER
    return Split(claim, _note(gap_days, in_gap), searched, confirming, gap_days, in_gap)


def _is_enough(table: ValueTable, group: Flags) -> bool:
    accounts = group[table.first_of_cluster]
    converted = int((table.outcome[table.first_of_cluster] & accounts).sum())
    others = int(accounts.sum()) - converted
    return converted + others >= 2 * FEWEST and min(converted, others) >= FEWEST_CONVERTED


def _note(gap_days: float, in_gap: int) -> str:
    if gap_days > 0:
        return (
            f"{in_gap:,} that began in the {gap_days:g} days between the two groups are in "
            "neither: every outcome searched was known before the first that confirms began."
        )
    return (
        "There is no gap between the two groups, as the time is too short or not told: the "
        "later ones confirm, but could not have been judged by what was known when they began."
    )
