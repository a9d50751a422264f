"""The selects behind `measuring`: events counted by the shortest window they fall into.

Windows of the first N days lie within one another, so what happened in a longer one is the sum
over the buckets up to it; and a person, or a day, is in a window if its first bucket is. So one
pass over the events answers for every window. SQLAlchemy Core, compiled for each engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Label,
    TableClause,
    and_,
    case,
    column,
    func,
    select,
    table,
)

from pql.events.functions import AccurateSum
from pql.events.schema import ACTIVITY_KINDS, events
from pql.events.store import AnySelect
from pql.finder.questions import CONTACTS, Questions
from pql.metrics.clock_times import date_at
from pql.metrics.properties import number_in

UNITS = "finder_units"
"""The upload: `unit_id`, `account_id`, `contact_id` (where contacts are the units), `begin`, and
`end_0`, `end_1` ... of the windows, shortest first; all naive UTC."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Which events are read: those of the uploaded units, from `earliest` and before `latest`.

    `of_any` reads every event of the product as one and the same, without regard to its name.
    """

    workspace_id: int
    questions: Questions
    earliest: datetime
    latest: datetime
    of_any: bool

    def counts(self) -> AnySelect:
        """`unit_id`, `name`, `bucket`, `number`; and `sum_N` and `numbers_N` of each property."""
        keys = (*self._keys(), self._bucket())
        values = [] if self.of_any else list(self._sums())
        return self._rows(*keys, func.count().label("number"), *values).group_by(*keys)

    def people(self) -> AnySelect:
        """`unit_id`, `name`, `bucket`, `number`: how many people came first in that bucket."""
        return self._firsts(events.c.contact_id)

    def days(self) -> AnySelect:
        """`unit_id`, `name`, `bucket`, `number`: how many dates came first in that bucket."""
        calendar = self.questions.calendar
        return self._firsts(date_at(events.c.occurred_at, calendar, self.earliest, self.latest))

    def _firsts(self, what: ColumnElement[Any]) -> AnySelect:
        keys = (*self._keys(), what.label("what"))
        first = self._rows(*keys, func.min(self._bucket()).label("bucket"))
        found = first.where(what.is_not(None)).group_by(*keys).subquery("firsts")
        names = [found.c[key.name] for key in self._keys()]
        return select(*names, found.c.bucket, func.count().label("number")).group_by(
            *names, found.c.bucket
        )

    def _rows(self, *columns: ColumnElement[Any]) -> AnySelect:
        conditions = [
            events.c.workspace_id == self.workspace_id,
            events.c.filtered.is_(False),
            events.c.kind.in_(ACTIVITY_KINDS),
            events.c.occurred_at >= self.earliest,
            events.c.occurred_at < self.latest,
        ]
        if not self.of_any:
            conditions.append(events.c.name.in_(sorted(self.questions.events)))
        return select(*columns).select_from(self._joined()).where(*conditions)

    def _joined(self) -> FromClause:
        units = self._units
        own = [events.c.account_id == units.c.account_id]
        if self.questions.unit == CONTACTS:
            own.append(events.c.contact_id == units.c.contact_id)
        during = (
            events.c.occurred_at >= units.c.begin,
            events.c.occurred_at < units.c[f"end_{len(self.questions.windows) - 1}"],
        )
        return events.join(units, and_(*own, *during))

    def _keys(self) -> list[Label[Any]]:
        unit = self._units.c.unit_id.label("unit_id")
        return [unit] if self.of_any else [unit, events.c.name.label("name")]

    def _bucket(self) -> Label[int]:
        ends = [self._units.c[f"end_{n}"] for n in range(len(self.questions.windows))]
        inside = [(events.c.occurred_at < end, number) for number, end in enumerate(ends)]
        return case(*inside, else_=len(ends) - 1).label("bucket")

    def _sums(self) -> Iterator[ColumnElement[Any]]:
        for place, (property_name, names) in enumerate(self.questions.summed.items()):
            # A CASE, so that the properties of other events are not parsed.
            own = case((events.c.name.in_(names), events.c.properties))
            number = number_in(own, property_name)
            yield AccurateSum(number).label(f"sum_{place}")
            yield func.count(number).label(f"numbers_{place}")

    @property
    def _units(self) -> TableClause:
        return _uploaded(len(self.questions.windows))


@cache
def _uploaded(windows: int) -> TableClause:
    """The upload as a table: always the same object, or a select would name it twice."""
    return table(
        UNITS,
        column("unit_id", BigInteger),
        column("account_id", BigInteger),
        column("contact_id", BigInteger),
        *(column(name, DateTime) for name in ("begin", *(f"end_{n}" for n in range(windows)))),
    )
