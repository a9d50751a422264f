"""When each job runs: at the begin of each of its time slots, by APScheduler.

APScheduler remembers when each job is due next. A clock that is set forward makes all of them due,
once. One that is set back 40 days would leave them due in 40 days: `Schedule.follow_clock` has them
run when their next slot begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from routes.clock.jobs import THREADS, Job, jobs
from routes.clock.running import run_job, slot_of
from routes.clock.work import Work


class Schedule:
    """The jobs of a worker; those of one thread run one after the other."""

    def __init__(self, work: Work, some: Sequence[Job]) -> None:
        self._jobs = some
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={thread: ThreadPoolExecutor(1) for thread in THREADS},
            # Runs that are late become one, and are never too late to be done.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in some:
            self._scheduler.add_job(
                run_job, _slots(job), (job, work), executor=job.thread, id=job.name
            )

    def start(self) -> None:
        """Run each job when its next slot begins."""
        self._scheduler.start()

    def end(self) -> None:
        """Begin no run any more, and wait for those in progress."""
        self._scheduler.shutdown(wait=True)

    def follow_clock(self) -> None:
        """Put what is due later than its interval allows back to its next slot.

        What is due next is compared with the clock that APScheduler itself asks.
        """
        for job in self._jobs:
            due_at = self._scheduler.get_job(job.name).next_run_time
            if due_at - datetime.now(UTC) > job.every:
                self._scheduler.reschedule_job(job.name, trigger=_slots(job))


@contextmanager
def running_jobs(work: Work) -> Iterator[Schedule]:
    """Every job until the block ends, which waits for the runs in progress."""
    schedule = Schedule(work, jobs(work.settings))
    schedule.start()
    try:
        yield schedule
    finally:
        work.ending.set()
        schedule.end()


def _slots(job: Job) -> IntervalTrigger:
    """The begins of the job's slots, so that a run belongs to the slot its time falls into."""
    begin = slot_of(datetime.now(UTC), job.every)
    return IntervalTrigger(seconds=job.every.total_seconds(), start_date=begin)
