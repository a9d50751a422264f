"""The aggregates a metric may have: one file each, and its entry here."""

from __future__ import annotations

from collections.abc import Mapping

from pql.metrics.aggregates.contacts_active import CONTACTS_ACTIVE
from pql.metrics.aggregates.count import COUNT
from pql.metrics.aggregates.days_since_last import DAYS_SINCE_LAST
from pql.metrics.aggregates.distinct_contacts import DISTINCT_CONTACTS
from pql.metrics.aggregates.distinct_days import DISTINCT_DAYS
from pql.metrics.aggregates.first_time import FIRST_TIME
from pql.metrics.aggregates.kind import AggregateKind, Distinct, InOnePass, Joined, OnItsOwn
from pql.metrics.aggregates.max_of import MAX
from pql.metrics.aggregates.sum_of import SUM

AGGREGATES: Mapping[str, AggregateKind] = {
    "count": COUNT,
    "distinct_contacts": DISTINCT_CONTACTS,
    "distinct_days": DISTINCT_DAYS,
    "sum": SUM,
    "max": MAX,
    "days_since_last": DAYS_SINCE_LAST,
    "first_time": FIRST_TIME,
    "contacts_active": CONTACTS_ACTIVE,
}
"""By `Aggregate.kind`."""

__all__ = ["AGGREGATES", "AggregateKind", "Distinct", "InOnePass", "Joined", "OnItsOwn"]
