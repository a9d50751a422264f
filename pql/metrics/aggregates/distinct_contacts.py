"""How many different people. Events without a contact are nobody's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, func

from pql.definitions.model import Aggregate
from pql.metrics.aggregates.kind import Events, InOnePass


def _column(_aggregate: Aggregate, events: Events) -> ColumnElement[Any]:
    # A CASE, so that what does not belong is one row to be told apart and not many.
    return func.count(case((events.belongs, events.contact_id)).distinct())


DISTINCT_CONTACTS = InOnePass(column=_column, empty=0.0)
