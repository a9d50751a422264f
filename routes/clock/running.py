"""One run of a job: claimed, done, recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog

from pql import job_runs
from pql.events.store import EventStoreDamaged
from pql.faults import summary
from pql.leases import LeaseLost
from routes.clock.jobs import Job, JobFailed
from routes.clock.work import Work

log = structlog.get_logger(__name__)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slot_of(now: datetime, every: timedelta) -> datetime:
    """The time the job was due for: the latest multiple of its interval."""
    return now - (now - EPOCH) % every


def run_job(job: Job, work: Work) -> None:
    """Run a job for the slot that is due. A failure is logged and recorded; the other jobs go on.

    A run that found nothing to do leaves no record. A worker that lost the lease ends.
    """
    try:
        if job.has_work(work.state):
            _run_claimed(job, work, work.clock())
    except LeaseLost:
        log.warning("the lease is lost, the run is given up", job=job.name)
    except Exception:  # the store cannot be reached, say: the next run tries again
        log.exception("a job could not be recorded", job=job.name)


def _run_claimed(job: Job, work: Work, now: datetime) -> None:
    with work.state.writing() as session:
        work.fence(session)
        run_id = job_runs.claim(session, job.name, slot_of(now, job.every), now)
    if run_id is None:
        return
    outcome, detail = _outcome(job, work, now)
    with work.state.writing() as session:
        work.fence(session)
        if detail:
            job_runs.finish(session, run_id, work.clock(), outcome, detail)
        else:
            job_runs.discard(session, run_id)


def _outcome(job: Job, work: Work, now: datetime) -> tuple[str, str]:
    try:
        with work.trouble.noticing(job.name):
            return job_runs.DONE, job.run(work, now)
    except LeaseLost:
        raise
    except (EventStoreDamaged, JobFailed) as error:
        return job_runs.FAILED, str(error)
    except Exception as error:
        log.exception("a job failed", job=job.name)
        return job_runs.FAILED, summary(error)
