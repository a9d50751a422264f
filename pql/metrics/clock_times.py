"""What a workspace's clock showed at times of the event store, in a select."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, case, cast, literal

from pql.calendars import Calendar


def shown_at(
    at: ColumnElement[Any], calendar: Calendar, earliest: datetime, latest: datetime
) -> ColumnElement[Any]:
    """What the clock showed at times from `earliest` to `latest` (naive UTC).

    The engine is told each change of the clock: its own time zones come from another database.
    """
    *others, (_, last) = calendar.offsets(earliest, latest)
    if others:
        return at + case(
            *((at < until, literal(ahead)) for until, ahead in others), else_=literal(last)
        )
    return at + literal(last) if last else at


def date_at(
    at: ColumnElement[Any], calendar: Calendar, earliest: datetime, latest: datetime
) -> ColumnElement[Any]:
    """Which date it was."""
    return cast(shown_at(at, calendar, earliest, latest), Date)
