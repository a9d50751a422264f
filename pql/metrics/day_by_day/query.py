"""The selects: what was found, by track and by the looks at which it begins and ends to count.

The moments of `pql.metrics.query` are the tracks here, with windows as wide as all their looks
need. Every select has the columns `moment_id`, `seen_from` (the first look that knows of the events
in a row) and `happened` (the first look after they happened). Both may lie before look 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, func, literal, select

from pql.definitions.model import Metric
from pql.events.functions import WholeDays
from pql.events.store import AnySelect
from pql.metrics.aggregates import Distinct, Joined
from pql.metrics.aggregates.kind import Events
from pql.metrics.day_by_day.looks import A_DAY, DailyLooks
from pql.metrics.query import Receipt, Scope, find, known_at


@dataclass(frozen=True, slots=True)
class Grid:
    """By which looks events are told apart: those that happened more than `reach` days before the
    first look are not."""

    looks: DailyLooks
    reach: int
    receipt: Receipt

    def happened(self, of: Events) -> ColumnElement[int]:
        """The first look after the event."""
        return self._look_after(of.occurred_at)

    def seen_from(self, of: Events) -> ColumnElement[int]:
        """The first look that knows of the event."""
        known = func.greatest(of.occurred_at, known_at(self.receipt, of.columns))
        return func.greatest(self._look_after(known), 0)

    def _look_after(self, at: ColumnElement[pd.Timestamp]) -> ColumnElement[int]:
        days = self.reach + 1
        origin = literal((self.looks.first - days * A_DAY).to_pydatetime())
        return WholeDays(origin, func.greatest(at, origin)) + (1 - days)


def joined_select(together: Sequence[tuple[Metric, Joined]], scope: Scope, grid: Grid) -> AnySelect:
    """For each metric two columns: the value of the events in a row, and how many they are."""
    found = find([metric for metric, _ in together], scope)
    columns = [
        column
        for number, ((metric, kind), of) in enumerate(zip(together, found, strict=True))
        for column in (
            kind.column(metric.aggregate, of).label(f"value_{number}"),
            func.count().filter(of.belongs).label(f"events_{number}"),
        )
    ]
    shared = found[0]
    seen_from, happened = grid.seen_from(shared), grid.happened(shared)
    by = (shared.moment_id, seen_from.label("seen_from"), happened.label("happened"))
    return select(*by, *columns).select_from(shared.rows).where(shared.scope).group_by(*by)


def distinct_select(metric: Metric, kind: Distinct, scope: Scope, grid: Grid) -> AnySelect:
    """The different things, each with the last time it happened of what is seen from a look on."""
    (of,) = find([metric], scope)
    by = (of.moment_id, kind.thing(of).label("thing"), grid.seen_from(of).label("seen_from"))
    return (
        select(*by, func.max(grid.happened(of)).label("happened"))
        .select_from(of.rows)
        .where(of.scope, of.belongs, kind.thing(of).is_not(None))
        .group_by(*by)
    )
