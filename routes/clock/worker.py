"""The worker: waits for the lease, owns the event store, and runs the clock until told to end."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from threading import Event, Thread
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pql import job_runs
from pql.events.opening import OwnedEventStore
from pql.events.store import EventStore, EventStoreBusy, EventStoreDamaged
from pql.faults import summary
from pql.leases import CLOCK, Lease, LeaseLost
from pql.settings import Settings
from pql.state.damage import FileReplaced
from pql.state.store import State
from pql.state.store_record import note_problem
from routes.clock.scheduling import Schedule, running_jobs
from routes.clock.waiting import Waiting
from routes.clock.work import Clock, Work, clock
from routes.endings import Ending
from usage_ingest.loading.attempts import count_deaths
from usage_ingest.loading.careful import Care
from usage_ingest.store_check import EventStoreMismatch, own_event_store
from usage_ingest.translating.reading import FIRST_PART, Reader
from usage_ingest.translating.reading_process import ReadingProcess

log = structlog.get_logger(__name__)

TRY_AGAIN_SECONDS = 5.0
"""Between two looks at an event store that cannot be used: each reads all of it."""
RENEWALS = 5
"""How often in its length a lease is renewed; one or two may fail."""
LONGEST_PAUSE = 1.0
"""Seconds between two renewals at most: who waits may be set to a shorter `LEASE_SECONDS`."""


class Worker:
    """One process's turn at the clock. Others wait, and take over when the lease is free."""

    def __init__(
        self, settings: Settings, state: State, ending: Ending, clock: Clock = clock
    ) -> None:
        self._clock = clock
        self._waiting = Waiting()
        self._settings = settings
        self._state = state
        self._ending = ending
        holder = f"{socket.gethostname()}:{os.getpid()}"
        self._lease = Lease(CLOCK, holder, settings.lease_seconds)
        self._pause = min(settings.lease_seconds / RENEWALS, LONGEST_PAUSE)
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
            self._waiting.tell("the event store is in use, trying again", reason=str(error))
            self._note(str(error))
            self._ending.wait(self._pause)
            return
        except (EventStoreDamaged, EventStoreMismatch) as error:
            self._tell(str(error))
            self._ending.wait(TRY_AGAIN_SECONDS)
            return
        self._tell("")
        self._waiting.end()
        try:
            care = Care(is_on=self._has_died())
            log.info("the clock runs", epoch=self._lease.epoch, careful=care.is_on)
            with self._work(store, care) as work, running_jobs(work) as schedule:
                self._renew_until_the_end(work, store, schedule)
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
            return job_runs.recover(session, self._clock()) > 0 or in_a_load

    @contextmanager
    def _keeping_the_lease(self) -> Iterator[None]:
        """Renew it beside the block: opening a large event store takes longer than it lasts."""
        is_over = Event()

        def renew() -> None:
            while not is_over.wait(self._pause):
                with suppress(LeaseLost, SQLAlchemyError), self._state.writing() as session:
                    self._lease.renew(session, self._clock())

        beside = Thread(target=renew, name="lease", daemon=True)
        beside.start()
        try:
            yield
        finally:
            is_over.set()
            beside.join()

    @contextmanager
    def _work(self, store: EventStore, care: Care) -> Iterator[Work]:
        with closing(ReadingProcess(self._settings)) as elsewhere:
            # One for each time we have the lease: nothing is known from before.
            reader = Reader(self._state, self._settings, elsewhere, part=FIRST_PART)
            fence = self._lease.check
            fence, clock = self._lease.check, self._clock
            yield Work(
                self._state, store, self._settings, fence, Ending(), reader, clock, care=care
            )

    def _tell(self, problem: str) -> None:
        """Say once why the event store cannot be used, and note it for `/readyz`."""
        if problem and problem != self._said:
            log.error("the event store cannot be used, trying again", reason=problem)
        self._note(problem)

    def _note(self, problem: str) -> None:
        if problem == self._said:
            return
        try:
            with self._state.writing() as session:
                self._lease.check(session)
                note_problem(session, problem, self._clock())
        except (LeaseLost, SQLAlchemyError):  # it is told again with the next try
            return
        self._said = problem

    def _renew_until_the_end(self, work: Work, store: OwnedEventStore, schedule: Schedule) -> None:
        """Keep the lease. An event store that was swapped or cannot go on is opened again."""
        while not self._ending.wait(self._pause) and store.is_usable():
            schedule.follow_clock()
            try:
                self._state.require_files()
                self._tell(work.trouble.words)
                with self._state.writing() as session:
                    self._lease.renew(session, self._clock())
            except FileReplaced:
                raise
            except SQLAlchemyError as error:
                reason = summary(error)
                log.warning("the lease could not be renewed, trying again", reason=reason)

    def _acquire(self) -> bool:
        try:
            self._state.require_files()
            with self._state.writing() as session:
                if self._lease.acquire(session, self._clock(), monotonic()):
                    return True
        except FileReplaced:
            raise
        except SQLAlchemyError as error:
            log.warning("the lease could not be asked for, trying again", reason=summary(error))
            self._lease.look_anew()
        if found := self._lease.found:
            self._waiting.tell(
                "another worker has the lease; it is taken over once that is silent",
                holder=found.holder,
                until=found.until.isoformat(),
                by_our_clock=self._clock().isoformat(),
            )
        return False

    def _release(self) -> None:
        if self._lease.epoch is None:
            return
        try:
            with self._state.writing() as session:
                self._lease.release(session)
        except (LeaseLost, SQLAlchemyError) as error:
            log.warning("the lease was not released and will run out", reason=summary(error))
            self._lease.epoch = None
