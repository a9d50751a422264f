"""The worker: waits for the lease, owns the event store, and runs the clock until told to end."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC
from threading import Event, Thread

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError

from pql import job_runs
from pql.events.opening import OwnedEventStore
from pql.events.store import EventStore, EventStoreBusy, EventStoreDamaged
from pql.leases import Lease, LeaseLost
from pql.settings import Settings
from pql.state.damage import FileReplaced
from pql.state.store import State
from pql.state.store_record import note_problem
from routes.clock.jobs import THREADS, jobs
from routes.clock.running import run_job, slot_of
from routes.clock.work import Work, clock
from routes.endings import Ending
from usage_ingest.store_check import EventStoreMismatch, own_event_store
from usage_ingest.translating.reading import Reader
from usage_ingest.translating.reading_process import ReadingProcess

log = structlog.get_logger(__name__)

LEASE = "clock"
TRY_AGAIN_SECONDS = 5.0
"""Between two looks at an event store that cannot be used: each reads all of it."""
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
        self._said: str | None = None

    def run(self) -> None:
        """Work whenever the lease is ours, until it is time to end.

        An event store that cannot be used is waited for: what comes in is safe in the journal.

        Raises:
            FileReplaced: the state was deleted or replaced. To write on would be for nothing.
        """
        while not self._ending.is_set():
            if self._acquire():
                self._keep_the_clock()
                self._release()
            else:
                self._ending.wait(self._pause)

    def _keep_the_clock(self) -> None:
        try:
            with self._keeping_the_lease():
                store = own_event_store(self._settings, self._state)
        except EventStoreBusy as error:
            self._tell(str(error))
            self._ending.wait(self._pause)
            return
        except (EventStoreDamaged, EventStoreMismatch) as error:
            self._tell(str(error))
            self._ending.wait(TRY_AGAIN_SECONDS)
            return
        self._tell("")
        try:
            with self._state.writing() as session:
                self._lease.check(session)
                job_runs.recover(session, clock())
            log.info("the clock runs", epoch=self._lease.epoch)
            with self._work(store) as work, running_scheduler(work):
                self._renew_until_the_end(work, store)
        except LeaseLost as error:
            log.warning("another worker took over", reason=str(error))
            self._lease.epoch = None
        finally:
            store.close()
            log.info("the clock stopped")

    @contextmanager
    def _keeping_the_lease(self) -> Iterator[None]:
        """Renew it beside the block: opening a large event store takes longer than it lasts."""
        is_over = Event()

        def renew() -> None:
            while not is_over.wait(self._pause):
                with suppress(LeaseLost, SQLAlchemyError), self._state.writing() as session:
                    self._lease.renew(session, clock())

        beside = Thread(target=renew, name="lease", daemon=True)
        beside.start()
        try:
            yield
        finally:
            is_over.set()
            beside.join()

    @contextmanager
    def _work(self, store: EventStore) -> Iterator[Work]:
        with closing(ReadingProcess(self._settings)) as elsewhere:
            # One for each time we have the lease: nothing is known from before.
            reader = Reader(self._state, self._settings, elsewhere)
            fence = self._lease.check
            yield Work(self._state, store, self._settings, fence, Ending(), reader)

    def _tell(self, problem: str) -> None:
        """Say once why the event store cannot be used, and note it for `/readyz`."""
        if problem == self._said:
            return
        if problem:
            log.error("the event store cannot be used, trying again", reason=problem)
        try:
            with self._state.writing() as session:
                self._lease.check(session)
                note_problem(session, problem, clock())
        except (LeaseLost, SQLAlchemyError):  # it is told again with the next try
            return
        self._said = problem

    def _renew_until_the_end(self, work: Work, store: OwnedEventStore) -> None:
        """Keep the lease. An event store that was swapped or cannot go on is opened again."""
        while not self._ending.wait(self._pause) and store.is_usable():
            try:
                self._state.require_files()
                self._tell(work.trouble.words)
                with self._state.writing() as session:
                    self._lease.renew(session, clock())
            except FileReplaced:
                raise
            except SQLAlchemyError as error:
                log.warning("the lease could not be renewed, trying again", reason=str(error))

    def _acquire(self) -> bool:
        try:
            self._state.require_files()
            with self._state.writing() as session:
                return self._lease.acquire(session, clock())
        except FileReplaced:
            raise
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
