"""Before the search: what may not be searched, who belongs to which group, what is tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pql.finder.alarms import (
    NOT_SEARCHED,
    Alarm,
    NotSearched,
    drift_alarms,
    regime_rows,
    set_aside,
)
from pql.finder.candidates import Part, Support, supported_parts
from pql.finder.columns import ValueTable, columns_by_source
from pql.finder.counting import Binned, put_in_bins
from pql.finder.groups import Group
from pql.finder.leaks import (
    areas_by_source,
    candidate_leaks,
    leak_alarms,
    standing_out_alarms,
    too_good,
)
from pql.finder.missing_values import given_by_source, missing_alarms
from pql.finder.splitting import FEWEST_CONVERTED, Split, split


@dataclass(frozen=True, slots=True)
class Task:
    """How to search.

    `gap_days` is window and horizon together, 0 where they are not told. `alarms` were raised
    before, `left_out` is who was left out before, by reason, and `not_searched` what is not in the
    table. `known_at_start` are sources that somebody knows to be known from the start.
    """

    gap_days: float
    seed: int = 0
    runs: int = 500
    alarms: tuple[Alarm, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    known_at_start: frozenset[str] = frozenset()
    not_searched: tuple[NotSearched, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What is searched, and what confirms it: `None` where nothing later is there."""

    earlier: Group
    later: Group | None
    split: Split
    refused: int
    alarms: tuple[Alarm, ...]
    left_out: Mapping[str, int]
    not_searched: tuple[NotSearched, ...]

    @property
    def is_enough(self) -> bool:
        """Whether there are enough of either outcome to search at all."""
        converted = int(self.earlier.table.outcome.sum())
        others = len(self.earlier.table) - converted
        return min(converted, others) >= FEWEST_CONVERTED * self.earlier.repeated


def prepare(table: ValueTable, task: Task) -> Prepared:
    """Raise the alarms, keep to one regime, divide by time, and find what is worth trying."""
    in_regime, of_regime = regime_rows(table)
    raised = [*_source_alarms(table, task), *of_regime]
    kept = without_alarmed(table, raised).rows(in_regime)
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
        {**task.left_out, "other regime": int((~in_regime).sum())},
        (*set_aside(raised), *task.not_searched, *_without_support(searched, parts, support)),
    )


def _source_alarms(table: ValueTable, task: Task) -> list[Alarm]:
    """Those of the task and of the table. That a source is a leak counts more than its name."""
    told = {alarm.source for alarm in task.alarms}
    given = {name: flags for name, flags in given_by_source(table).items() if name not in told}
    missing = list(missing_alarms(given, table.outcome, task.known_at_start))
    areas = areas_by_source(without_alarmed(table, missing))
    leaks = {alarm.source: alarm for alarm in leak_alarms(areas)}
    aside = {each.source for each in set_aside(task.alarms)} | leaks.keys()
    rest = {source: area for source, area in areas.items() if source not in aside}
    timed = {column.source for column in table.columns if column.is_timed}
    before = (alarm for alarm in task.alarms if alarm.source not in leaks)
    standing_out = standing_out_alarms(rest, timed | task.known_at_start)
    return [*before, *leaks.values(), *missing, *standing_out]


def _without_support(
    searched: ValueTable, parts: Sequence[Part], support: Support
) -> Iterator[NotSearched]:
    """Sources of which no threshold is tried."""
    tried = {searched.columns[part.column].source for part in parts}
    for source in columns_by_source(searched):
        if source not in tried:
            sentence = (
                f"{source} has no threshold that {np.ceil(support.met):.0f} reach and "
                f"{np.ceil(support.not_met):.0f} do not."
            )
            yield NotSearched(source, sentence)


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
