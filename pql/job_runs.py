"""Runs of the clock's jobs: claimed by their slot, so that none happens twice, and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pql.state.models import JobRun

RUNNING, DONE, FAILED = "running", "done", "failed"
DETAIL_LENGTH = 2_000
ENDED_BEFORE = "the process ended before the run did"


def claim(session: Session, job: str, slot: datetime, now: datetime) -> int | None:
    """The id of a new run of `job` for the time slot, `None` where the slot has had its run.

    Where the job has had later slots, the clock was set back: that the slot had a run some time ago
    then says nothing of now, and the new run takes the place of the old one.
    """
    latest = session.scalar(select(func.max(JobRun.slot)).where(JobRun.job == job))
    if latest == slot:
        return None
    if latest is not None and latest > slot:
        session.execute(delete(JobRun).where(JobRun.job == job, JobRun.slot == slot))
    run = JobRun(job=job, slot=slot, started_at=now, outcome=RUNNING)
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError:  # another process was quicker
        return None
    return run.id


def finish(session: Session, run_id: int, now: datetime, outcome: str, detail: str) -> None:
    """Record how a run ended. `detail` is what it did, or the error."""
    session.execute(
        update(JobRun)
        .where(JobRun.id == run_id)
        .values(finished_at=now, outcome=outcome, detail=detail[:DETAIL_LENGTH])
    )


def discard(session: Session, run_id: int) -> None:
    """Forget a run that found nothing to do."""
    session.execute(delete(JobRun).where(JobRun.id == run_id))


def recover(session: Session, now: datetime) -> int:
    """Mark runs that a dead process left running as failed; how many. Only the lease holder may."""
    return _changed(
        session,
        update(JobRun)
        .where(JobRun.outcome == RUNNING)
        .values(finished_at=now, outcome=FAILED, detail=ENDED_BEFORE),
    )


def latest_slots(session: Session, job: str, number: int) -> Sequence[datetime]:
    """The slots of the runs of a job that were recorded last, whatever the clock said."""
    # By the number and not by the index of all runs: there are thousands of other jobs' between.
    order = (JobRun.id + 0).desc()
    return session.scalars(
        select(JobRun.slot).where(JobRun.job == job).order_by(order).limit(number)
    ).all()


def any_ahead(session: Session, jobs: Sequence[str], now: datetime) -> bool:
    """Whether one of these jobs had a run at a time that is yet to come: the clock was ahead."""
    ahead = select(JobRun.id).where(JobRun.job.in_(jobs), JobRun.slot > now)
    return bool(session.scalar(select(exists(ahead))))


def purge(session: Session, before: datetime) -> int:
    """Delete runs that were started before the moment; how many."""
    return _changed(session, delete(JobRun).where(JobRun.started_at < before))


def _changed(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
