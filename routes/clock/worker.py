"""The worker: waits for the lease, owns the event store, and runs the clock until told to end."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError

from pql import job_runs
from pql.events.opening import open_event_store
from pql.events.store import EventStore, EventStoreBusy
from pql.leases import Lease, LeaseLost
from pql.settings import Settings
from pql.state.store import State
from routes.clock.jobs import THREADS, jobs
from routes.clock.running import run_job, slot_of
from routes.clock.work import Work, clock
from routes.endings import Ending
from usage_ingest.loading.attempts import count_deaths
from usage_ingest.loading.careful import Care
from usage_ingest.translating.reading import Reader
from usage_ingest.translating.reading_process import ReadingProcess

log = structlog.get_logger(__name__)

LEASE = "clock"
RENEWALS = 5
"""How often in its length a lease is renewed; one or two may fail."""


class Worker:
    """One process's turn at the clock. Others wait, and take over when the lease is free."""

    def __init__(self, settings: Settings, state: State, ending: Ending) -> None:
        self._settings = settings
        self._state = state
        self._ending = ending
        holder = f"{socket.gethostname()}:{os.getpid()}"
        self._lease = Lease(LEASE, holder, settings.lease_seconds)
        self._pause = settings.lease_seconds / RENEWALS

    def run(self) -> None:
        """Work whenever the lease is ours, until it is time to end."""
        while not self._ending.is_set():
            if self._acquire():
                self._keep_the_clock()
                self._release()
            else:
                self._ending.wait(self._pause)

    def _keep_the_clock(self) -> None:
        try:
            store = open_event_store(self._settings)
        except EventStoreBusy as error:
            log.warning("the event store is in use, trying again", reason=str(error))
            self._ending.wait(self._pause)
            return
        try:
            care = Care(is_on=self._has_died())
            log.info("the clock runs", epoch=self._lease.epoch, careful=care.is_on)
            with self._work(store, care) as work, running_scheduler(work):
                self._renew_until_the_end()
        except LeaseLost as error:
            log.warning("another worker took over", reason=str(error))
            self._lease.epoch = None
        finally:
            store.close()
            log.info("the clock stopped")

    def _has_died(self) -> bool:
        """Whether a worker ended in the middle of its work. Its runs have failed then."""
        with self._state.writing() as session:
            self._lease.check(session)
            in_a_load = count_deaths(session)
            return job_runs.recover(session, clock()) > 0 or in_a_load

    @contextmanager
    def _work(self, store: EventStore, care: Care) -> Iterator[Work]:
        with closing(ReadingProcess(self._settings)) as elsewhere:
            # One for each time we have the lease: nothing is known from before.
            reader = Reader(self._state, self._settings, elsewhere)
            fence = self._lease.check
            yield Work(self._state, store, self._settings, fence, Ending(), reader, care)

    def _renew_until_the_end(self) -> None:
        while not self._ending.wait(self._pause):
            try:
                with self._state.writing() as session:
                    self._lease.renew(session, clock())
            except SQLAlchemyError as error:
                log.warning("the lease could not be renewed, trying again", reason=str(error))

    def _acquire(self) -> bool:
        try:
            with self._state.writing() as session:
                return self._lease.acquire(session, clock())
        except SQLAlchemyError as error:
            log.warning("the lease could not be asked for, trying again", reason=str(error))
            return False

    def _release(self) -> None:
        if self._lease.epoch is None:
            return
        try:
            with self._state.writing() as session:
                self._lease.release(session, clock())
        except (LeaseLost, SQLAlchemyError) as error:
            log.warning("the lease was not released and will run out", reason=str(error))
            self._lease.epoch = None


@contextmanager
def running_scheduler(work: Work) -> Iterator[None]:
    """APScheduler with every job until the block ends, which waits for the runs in progress."""
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={thread: ThreadPoolExecutor(1) for thread in THREADS},
        # Runs that are late become one, and are never too late to be done.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in jobs(work.settings):
        # Aligned to the slots, so that a run belongs to the slot its time falls into.
        trigger = IntervalTrigger(
            seconds=job.every.total_seconds(), start_date=slot_of(clock(), job.every)
        )
        scheduler.add_job(run_job, trigger, (job, work), executor=job.thread, id=job.name)
    scheduler.start()
    try:
        yield
    finally:
        work.ending.set()
        scheduler.shutdown(wait=True)
