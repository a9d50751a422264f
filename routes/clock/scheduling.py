"""When each job runs: at the begin of each of its time slots, however the clock is set meanwhile.

What is waited is measured by a clock that nobody sets, and never longer than the job's interval.
A clock that goes back 40 days so stops no job, and one that goes forward has each run once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

from routes.clock.jobs import THREADS, Job, jobs
from routes.clock.running import EPOCH, run_job
from routes.clock.work import Work


@contextmanager
def running_jobs(work: Work) -> Iterator[None]:
    """Every job in its thread until the block ends, which waits for the runs in progress."""
    due = jobs(work.settings)
    threads = [
        threading.Thread(
            target=run_in_turn,
            args=([job for job in due if job.thread == name], work),
            name=f"jobs of the {name}",
        )
        for name in THREADS
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        work.ending.set()
        for thread in threads:
            thread.join()


def run_in_turn(some: Sequence[Job], work: Work) -> None:
    """Run some jobs, one after the other, each when its next slot begins, until it is time to end.

    Slots that passed meanwhile are not made up for.
    """
    due_at = {job.name: monotonic() + _wait(job, work) for job in some}
    while True:
        job = min(some, key=lambda each: due_at[each.name])
        if work.ending.wait(max(0.0, due_at[job.name] - monotonic())):
            return
        run_job(job, work)
        due_at[job.name] = monotonic() + _wait(job, work)


def _wait(job: Job, work: Work) -> float:
    """Seconds until the job's next slot begins; its interval at most."""
    left: timedelta = job.every - (work.clock() - EPOCH) % job.every
    return left.total_seconds()
