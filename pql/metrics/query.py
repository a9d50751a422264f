"""The selects that compute metrics, as SQLAlchemy Core: written once, compiled for each engine.

The moments are an upload of the name `moments`: `moment_id`, `account_id`, `earliest` and `latest`
(the union of the moment's windows), `begin_N` and `end_N` for each window that occurs, and
`known_by` where only what had been received by then counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Subquery,
    TableClause,
    and_,
    case,
    column,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

from pql.calendars import UTC_CALENDAR, Calendar
from pql.definitions.model import ANY_EVENT, Metric, Window
from pql.events.functions import FoundProperties
from pql.events.schema import ACTIVITY_KINDS, events
from pql.events.store import AnySelect
from pql.metrics.aggregates import AGGREGATES, InOnePass, OnItsOwn
from pql.metrics.aggregates.kind import Events
from pql.metrics.clock_times import date_at
from pql.metrics.conditions import meets
from pql.metrics.properties import Read, Values, pointers_of, properties_read, read_from

MOMENTS = "moments"
OF_EVENTS = ("contact_id", "name", "occurred_at", "received_at", "source_id")

Columns = ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Receipt:
    """That an event counts only at moments by which it had been received.

    History counts as received when it happened: what a file brought, which has no source, and what
    happened before `connected_at`, when the first event came in alive (naive UTC).
    """

    connected_at: datetime | None


class Stretch(NamedTuple):
    """A part of the time, half-open (naive UTC)."""

    earliest: datetime
    latest: datetime

    @property
    def length(self) -> timedelta:
        return self.latest - self.earliest


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose events are read, from `earliest` and before `latest` (over all moments)."""

    workspace_id: int
    earliest: datetime
    latest: datetime
    windows: Mapping[Window, int]
    """Each window and the number in the names of its two columns."""
    receipt: Receipt | None = None
    days: Mapping[Window, int] = field(default_factory=dict)
    """How many dates a window touches at most, where that is known."""
    stretches: Mapping[Window, Stretch] = field(default_factory=dict)
    """From when to when a window reaches over all moments, where that is known."""
    is_one_each: bool = False
    """Whether no account has several moments."""
    calendar: Calendar = UTC_CALENDAR

    def date_of(self, at: ColumnElement[Any]) -> ColumnElement[Any]:
        """The date of a time within the scope, by the calendar."""
        return date_at(at, self.calendar, self.earliest, self.latest)


def value_selects(
    metrics: Sequence[Metric], scope: Scope
) -> Iterator[tuple[tuple[Metric, ...], AnySelect]]:
    """The selects and the metrics each computes: columns `moment_id` and then one for each metric.

    Moments without any event of those metrics have no row.
    """
    passes: defaultdict[Stretch, list[tuple[Metric, InOnePass]]] = defaultdict(list)
    for metric in metrics:
        match AGGREGATES[metric.aggregate.kind]:
            case InOnePass() as kind:
                passes[_looked_at(metric, kind, scope)].append((metric, kind))
            case OnItsOwn() as kind:
                yield (metric,), kind.select(metric.aggregate, find([metric], scope)[0])
    for (earliest, latest), together in passes.items():
        part = replace(scope, earliest=earliest, latest=latest)
        yield tuple(metric for metric, _ in together), _one_pass(together, part)


def _looked_at(metric: Metric, kind: InOnePass, scope: Scope) -> Stretch:
    """Where the events of a metric are looked for: with those of the others, in all of the time.

    One that takes much for every event that is looked at, even if it does not belong, is looked for
    apart where its window reaches over a small part of the time.
    """
    whole = Stretch(scope.earliest, scope.latest)
    own = scope.stretches.get(metric.window, whole)
    return own if kind.is_heavy and 2 * own.length <= whole.length else whole


def _one_pass(together: Sequence[tuple[Metric, InOnePass]], scope: Scope) -> AnySelect:
    found = find([metric for metric, _ in together], scope)
    values = [
        kind.column(metric.aggregate, events_found).label(f"value_{number}")
        for number, ((metric, kind), events_found) in enumerate(zip(together, found, strict=True))
    ]
    shared = found[0]
    return (
        select(shared.moment_id, *values)
        .select_from(shared.rows)
        .where(shared.scope)
        .group_by(shared.moment_id)
    )


def find(metrics: Sequence[Metric], scope: Scope) -> list[Events]:
    """What each metric may aggregate: the same rows for all of them."""
    moments = _moments(scope)
    read = properties_read(metrics)
    rows, condition = _joined(moments, scope), _in_scope(scope, metrics)
    of_moments: Columns = moments.c
    of_events: Columns = events.c
    if read:
        looked_at = _is_looked_at(metrics, scope, moments)
        rows = _looked_into(rows, condition, read, looked_at, _kept(scope, moments))
        condition, of_moments, of_events = true(), rows.c, rows.c
    values = Values(rows, read)
    return [
        Events(
            rows=rows,
            scope=condition,
            belongs=_belongs(metric, scope, of_moments, of_events, values),
            moment_id=of_moments["moment_id"],
            columns=of_events,
            values=values,
            begin=of_moments[f"begin_{scope.windows[metric.window]}"],
            days=scope.days.get(metric.window),
            date_of=scope.date_of,
        )
        for metric in metrics
    ]


def _moments(scope: Scope) -> TableClause:
    times = ["earliest", "latest", "known_by", *_sides(scope)]
    return table(
        MOMENTS,
        column("moment_id", BigInteger),
        column("account_id", BigInteger),
        *(column(name, DateTime) for name in times),
    )


def _sides(scope: Scope) -> list[str]:
    return [f"{side}_{number}" for number in scope.windows.values() for side in ("begin", "end")]


def _joined(moments: TableClause, scope: Scope) -> FromClause:
    of_the_moment = [events.c.account_id == moments.c.account_id]
    if not scope.is_one_each:
        # Events outside of all windows need no row. An account's only moment has few of them: to
        # look at the windows once more costs more than to let the aggregates leave them out.
        of_the_moment += [
            events.c.occurred_at >= moments.c.earliest,
            events.c.occurred_at < moments.c.latest,
        ]
    if scope.receipt is not None:
        of_the_moment.append(known_at(scope.receipt) < moments.c.known_by)
    return events.join(moments, and_(*of_the_moment))


def known_at(receipt: Receipt, columns: Columns = events.c) -> ColumnElement[datetime]:
    """When an event became known. `columns` are those of the event, by their names in the store."""
    is_history: list[ColumnElement[bool]] = [columns["source_id"].is_(None)]
    if receipt.connected_at is not None:
        is_history.append(columns["occurred_at"] < receipt.connected_at)
    return case((or_(*is_history), columns["occurred_at"]), else_=columns["received_at"])


def _in_scope(scope: Scope, metrics: Sequence[Metric]) -> ColumnElement[bool]:
    """Conditions on events alone: they let the engine skip most of the table."""
    conditions = [
        events.c.workspace_id == scope.workspace_id,
        events.c.filtered.is_(False),
        events.c.kind.in_(ACTIVITY_KINDS),
        events.c.occurred_at >= scope.earliest,
        events.c.occurred_at < scope.latest,
    ]
    names = sorted({metric.event for metric in metrics})
    if ANY_EVENT not in names:
        conditions.append(events.c.name.in_(names))
    return and_(*conditions)


def _is_looked_at(
    metrics: Sequence[Metric], scope: Scope, moments: TableClause
) -> ColumnElement[bool]:
    """Whether any metric looks at the event's properties."""
    different = {(each.event, each.window): each for each in metrics if properties_read([each])}
    return or_(*(_happened(each, scope, moments.c, events.c) for each in different.values()))


def _kept(scope: Scope, moments: TableClause) -> list[ColumnElement[Any]]:
    """What of events and moments is asked for after the properties were looked at."""
    of_events = [events.c[name] for name in OF_EVENTS]
    return [*of_events, *(moments.c[name] for name in ("moment_id", *_sides(scope)))]


def _looked_into(
    joined: FromClause,
    condition: ColumnElement[bool],
    read: Sequence[Read],
    is_looked_at: ColumnElement[bool],
    kept: Sequence[ColumnElement[Any]],
) -> Subquery:
    """The same rows, with those properties of the events that are looked at."""
    looked_into = case((is_looked_at, events.c.properties))
    found = FoundProperties(looked_into, *pointers_of(read)).label("found")
    rows = select(*kept, found).select_from(joined).where(condition).subquery("found_rows")
    same = [each for each in rows.c if each.name != "found"]
    return select(*same, *read_from(rows.c.found, read)).subquery("looked_into")


def _belongs(
    metric: Metric, scope: Scope, moments: Columns, of_events: Columns, values: Values
) -> ColumnElement[bool]:
    conditions = [meets(values, condition) for condition in metric.where]
    return and_(_happened(metric, scope, moments, of_events), *conditions)


def _happened(
    metric: Metric, scope: Scope, moments: Columns, of_events: Columns
) -> ColumnElement[bool]:
    """Whether an event is the metric's, inside its window, whatever its properties are."""
    number = scope.windows[metric.window]
    at = of_events["occurred_at"]
    named = [] if metric.event == ANY_EVENT else [of_events["name"] == metric.event]
    return and_(at >= moments[f"begin_{number}"], at < moments[f"end_{number}"], *named)
