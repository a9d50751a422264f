"""The worker: waits for the lease, owns the event store, and runs the clock until told to end."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pql import job_runs
from pql.events.opening import open_event_store
from pql.events.store import EventStore, EventStoreBusy
from pql.leases import CLOCK, Lease, LeaseLost
from pql.settings import Settings
from pql.state.store import State
from routes.clock.scheduling import running_jobs
from routes.clock.waiting import Waiting
from routes.clock.work import Clock, Work, clock
from routes.endings import Ending
from usage_ingest.translating.reading import Reader
from usage_ingest.translating.reading_process import ReadingProcess

log = structlog.get_logger(__name__)

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
            self._waiting.tell("the event store is in use, trying again", reason=str(error))
            self._ending.wait(self._pause)
            return
        self._waiting.end()
        try:
            with self._state.writing() as session:
                self._lease.check(session)
                job_runs.recover(session, self._clock())
            log.info("the clock runs", epoch=self._lease.epoch)
            with self._work(store) as work, running_jobs(work):
                self._renew_until_the_end()
        except LeaseLost as error:
            log.warning("another worker took over", reason=str(error))
            self._lease.epoch = None
        finally:
            store.close()
            log.info("the clock stopped")

    @contextmanager
    def _work(self, store: EventStore) -> Iterator[Work]:
        with closing(ReadingProcess(self._settings)) as elsewhere:
            # One for each time we have the lease: nothing is known from before.
            reader = Reader(self._state, self._settings, elsewhere)
            fence = self._lease.check
            yield Work(self._state, store, self._settings, fence, Ending(), reader, self._clock)

    def _renew_until_the_end(self) -> None:
        while not self._ending.wait(self._pause):
            try:
                with self._state.writing() as session:
                    self._lease.renew(session, self._clock())
            except SQLAlchemyError as error:
                log.warning("the lease could not be renewed, trying again", reason=str(error))

    def _acquire(self) -> bool:
        try:
            with self._state.writing() as session:
                if self._lease.acquire(session, self._clock(), monotonic()):
                    return True
        except SQLAlchemyError as error:
            log.warning("the lease could not be asked for, trying again", reason=str(error))
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
            log.warning("the lease was not released and will run out", reason=str(error))
            self._lease.epoch = None
