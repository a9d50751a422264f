"""How far ahead the clock may be, by what the worker has lived through.

Housekeeping runs once an hour, as measured by a clock that nobody sets, and records it. The time
that most of its latest runs were made at is known. A clock that was set 40 days ahead is believed
once it has been there for most of these runs, some hours; what must not happen because of a clock
that was ahead for a moment, such as deleting what is old, goes by the known time until then. A
service that stood still for days looks the same, and is only a few hours later with it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from pql import job_runs

HOUSEKEEPING = "housekeeping"
"""The job whose runs are counted."""
RUNS = 11
"""How many: the clock is believed when it has been there for six of them."""
NEAR = timedelta(days=2)
"""So far from the known time a clock is right."""
NOT_AHEAD = timedelta()


def time_ahead(session: Session, now: datetime) -> timedelta:
    """How far `now` is ahead of the known time; zero where it is near or behind, or none is known.

    `now` less this is a time that has certainly come.
    """
    return max(NOT_AHEAD, _difference(session, now))


def is_believed(session: Session, now: datetime) -> bool:
    """Whether `now` is near the known time, or none is known."""
    return _difference(session, now) == NOT_AHEAD


def _difference(session: Session, now: datetime) -> timedelta:
    slots = sorted(job_runs.latest_slots(session, HOUSEKEEPING, RUNS))
    if not slots:
        return NOT_AHEAD
    difference = now - slots[(len(slots) - 1) // 2]
    return difference if abs(difference) > NEAR else NOT_AHEAD
