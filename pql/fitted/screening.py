"""What a fit may look at: trials of one regime, no leaks, metrics that enough trials differ in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pql.finder.alarms import NOT_SEARCHED
from pql.finder.columns import Column, Times, ValueTable
from pql.finder.preparing import Prepared, Task, prepare
from pql.finder.splitting import Claim, Period, period_of
from pql.fitted.applying import formed
from pql.fitted.model import Form
from pql.statistics.arrays import Flags, Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Past trials (n) whose fate is known: each metric's values at the end of the window.

    `forms` says in which form each metric enters a model. `met` is whether each trial met the rule
    in force, `rule` what that is called. `gap_days` is window and horizon together.
    """

    values: Mapping[str, Floats]
    forms: Mapping[str, Form]
    converted: Flags
    started_at: Times
    met: Flags
    rule: str
    gap_days: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A metric that the fit does not look at, and why in words."""

    metric: str
    reason: str


@dataclass(frozen=True, slots=True)
class Screened:
    """What was looked at: the two periods, the metrics, and what was left out or is alarming.

    `tells_unknown` are the metrics whose being unknown is a term of its own.
    """

    claim: Claim
    note: str
    earlier: Period
    later: Period
    metrics: tuple[str, ...]
    tells_unknown: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    alarms: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Divided:
    """Row numbers of the earlier and the later trials, each in the order in which they began."""

    prepared: Prepared
    earlier: Integers
    later: Integers


def divide(past: Past) -> Divided:
    """Divide the trials as the finder does: alarms, one regime, earlier and later with a gap."""
    prepared = prepare(_table(past), Task(past.gap_days))
    later = prepared.later
    nobody = np.array([], dtype=np.int64)
    return Divided(
        prepared,
        prepared.earlier.table.cluster,
        nobody if later is None else later.table.cluster,
    )


def screen(past: Past, divided: Divided) -> Screened:
    """Which metrics to fit to, and all that was noticed on the way."""
    earlier = divided.prepared.earlier
    differ = {earlier.table.columns[part.column].name for part in earlier.binned.parts}
    metrics = tuple(column.name for column in earlier.table.columns if column.name in differ)
    tells = (metric for metric in metrics if _tells(past.values[metric], divided))
    later = divided.prepared.later
    return Screened(
        claim=divided.prepared.split.claim,
        note=divided.prepared.split.note,
        earlier=period_of(earlier.table),
        later=Period(0, 0, None, None) if later is None else period_of(later.table),
        metrics=metrics,
        tells_unknown=tuple(tells),
        left_out=tuple(_left_out(past, divided.prepared, metrics)),
        alarms=tuple(a.sentence for a in divided.prepared.alarms if a.kind not in NOT_SEARCHED),
    )


def _table(past: Past) -> ValueTable:
    """As the finder takes it, in the order of time. Each trial is its own cluster: its row."""
    order = np.argsort(past.started_at, kind="stable")
    columns = [_searchable(past.values[metric], past.forms[metric]) for metric in past.forms]
    table = ValueTable(
        columns=tuple(Column(metric, metric, is_timed=True) for metric in past.forms),
        values=np.column_stack(columns) if columns else np.empty((len(order), 0)),
        outcome=past.converted,
        started_at=past.started_at,
        cluster=np.arange(len(order)),
    )
    return table.rows(order)


def _searchable(values: Floats, form: Form) -> Floats:
    """More is better: the finder tries thresholds that are reached from below."""
    return formed(values, form) if form == "recency" else values


def _tells(values: Floats, divided: Divided) -> bool:
    is_unknown = np.isnan(values[divided.earlier])
    return bool(is_unknown.sum() >= divided.prepared.earlier.support.met)


def _left_out(past: Past, prepared: Prepared, metrics: tuple[str, ...]) -> Iterator[LeftOut]:
    alarmed = {each.source: each.sentence for each in prepared.alarms}
    alarmed_ones = {each.source for each in prepared.alarms if each.kind in NOT_SEARCHED}
    for metric in past.forms:
        if metric in alarmed_ones:
            yield LeftOut(metric, alarmed[metric])
        elif metric not in metrics:
            least = int(np.ceil(prepared.earlier.support.met))
            yield LeftOut(metric, f"Fewer than {least} earlier trials differ in {metric}.")
