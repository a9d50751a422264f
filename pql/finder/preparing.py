"""Before the search: what may not be searched, who belongs to which group, what is tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pql.finder.alarms import (
    NOT_SEARCHED,
    Alarm,
    candidate_leaks,
    source_alarms,
    too_good,
)
from pql.finder.candidates import Support, supported_parts
from pql.finder.columns import ValueTable
from pql.finder.counting import Binned, put_in_bins
from pql.finder.drift import drift_alarms
from pql.finder.groups import Group
from pql.finder.regimes import RegimePeriod, find_regimes
from pql.finder.splitting import FEWEST_CONVERTED, Split, split


@dataclass(frozen=True, slots=True)
class Task:
    """How to search.

    `gap_days` is window and horizon together, 0 where they are not told. `alarms` were raised
    before, and `left_out` is who was left out before, by reason. `notices` are sentences about what
    was recorded.
    """

    gap_days: float
    seed: int = 0
    runs: int = 500
    alarms: tuple[Alarm, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What is searched, and what confirms it: `None` where nothing later is there."""

    earlier: Group
    later: Group | None
    split: Split
    refused: int
    alarms: tuple[Alarm, ...]
    left_out: Mapping[str, int]
    regimes: tuple[RegimePeriod, ...]
    notices: tuple[str, ...]

    @property
    def is_enough(self) -> bool:
        """Whether there are enough of either outcome to search at all."""
        converted = int(self.earlier.table.outcome.sum())
        others = len(self.earlier.table) - converted
        return min(converted, others) >= FEWEST_CONVERTED * self.earlier.repeated


def prepare(table: ValueTable, task: Task) -> Prepared:
    """Raise the alarms, keep to one regime, divide by time, and find what is worth trying."""
    regimes = find_regimes(table)
    raised = [*regimes.alarms, *task.alarms, *source_alarms(table)]
    kept = without_alarmed(table, raised).rows(regimes.rows)
    groups = split(kept, task.gap_days)
    searched, confirming = kept.rows(groups.searched), kept.rows(groups.confirming)
    support = Support.of(searched)
    parts, refused = supported_parts(searched, support)
    binned = put_in_bins(searched, parts)
    if leaks := list(_leak_alarms(searched, binned)):
        return prepare(table, replace(task, alarms=(*task.alarms, *leaks)))
    later = None
    if len(confirming):
        raised += drift_alarms(searched, confirming)
        later = Group(confirming, put_in_bins(confirming, parts), Support.of(confirming))
    return Prepared(
        Group(searched, binned, support),
        later,
        groups,
        refused,
        tuple(raised),
        {**task.left_out, "other regime": int((~regimes.rows).sum())},
        regimes.periods,
        task.notices,
    )


def without_alarmed(table: ValueTable, raised: Sequence[Alarm]) -> ValueTable:
    """The table without what rests on a source that may not be searched."""
    sources = {each.source for each in raised if each.kind in NOT_SEARCHED}
    return table.only(
        [number for number, column in enumerate(table.columns) if column.source not in sources]
    )


def _leak_alarms(searched: ValueTable, binned: Binned) -> Iterator[Alarm]:
    """A threshold can tell the outcome where the whole column, up and down, does not."""
    leaks = candidate_leaks(binned.count(searched.outcome[np.newaxis, :]))[0]
    told: set[str] = set()
    for number in np.flatnonzero(leaks):
        part = binned.parts[number]
        source = searched.columns[part.column].source
        if source not in told:
            told.add(source)
            yield too_good(source, f"reaching {part.threshold:g}")
