"""How many people were active on N different dates of some M consecutive ones."""

from __future__ import annotations

from sqlalchemy import func, select

from pql.definitions.model import Aggregate
from pql.events.store import AnySelect
from pql.metrics.aggregates.kind import Events, OnItsOwn


def _select(aggregate: Aggregate, events: Events) -> AnySelect:
    if aggregate.days is None or aggregate.within is None:
        raise ValueError("contacts active has a number of days and of days within")
    days = _days_of_contacts(events).subquery("days")
    # The day N-1 active days ago: if it is at most M-1 days back, N of them lie within M days.
    earlier = func.lag(days.c.day, aggregate.days - 1).over(
        partition_by=(days.c.moment_id, days.c.contact_id), order_by=days.c.day
    )
    spans = select(days.c.moment_id, days.c.contact_id, (days.c.day - earlier).label("span"))
    spans_found = spans.subquery("spans")
    value = func.count(spans_found.c.contact_id.distinct()).label("value")
    return (
        select(spans_found.c.moment_id, value)
        .where(spans_found.c.span <= aggregate.within - 1)
        .group_by(spans_found.c.moment_id)
    )


def _days_of_contacts(events: Events) -> AnySelect:
    day = events.date.label("day")
    return (
        select(events.moment_id, events.contact_id, day)
        .select_from(events.rows)
        .where(events.scope, events.belongs, events.contact_id.is_not(None))
        .distinct()
    )


CONTACTS_ACTIVE = OnItsOwn(select=_select, empty=0.0)
