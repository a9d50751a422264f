"""How many different people. Events without a contact are nobody's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, func

from pql.definitions.model import Aggregate
from pql.metrics.aggregates.kind import Distinct, Events


def _column(_aggregate: Aggregate, events: Events) -> ColumnElement[Any]:
    # A CASE, so that what does not belong is one row to be told apart and not many.
    return func.count(case((events.belongs, events.contact_id)).distinct())


def _contact(events: Events) -> ColumnElement[Any]:
    return events.contact_id


DISTINCT_CONTACTS = Distinct(column=_column, thing=_contact, empty=0.0, is_heavy=True)
