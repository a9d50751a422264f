"""The worker holds the lease while it works, and yields when another took it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from benchmarks.service import eventually
from pql import job_runs
from pql.leases import Lease
from pql.settings import Settings
from pql.state import models
from pql.state.store import State
from routes.clock.work import clock
from routes.clock.worker import LEASE, Worker
from routes.endings import Ending
from usage_ingest.loading.attempts import begin_attempt

LENGTH = 1.0
LEASE_LENGTH = timedelta(seconds=LENGTH)


@contextmanager
def running_worker(state: State, events_url: str) -> Iterator[None]:
    settings = Settings(state.database_url, events_url, lease_seconds=LENGTH)
    ending = Ending()
    thread = threading.Thread(target=Worker(settings, state, ending).run)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def lease_row(state: State) -> models.Lease | None:
    with state.reading() as session:
        return session.get(models.Lease, LEASE)


def is_held(state: State) -> bool:
    row = lease_row(state)
    return row is not None and row.expires_at > clock()


def test_a_worker_takes_the_lease_and_gives_it_back(state: State, events_url: str) -> None:
    with running_worker(state, events_url):
        eventually("the lease is held", lambda: is_held(state))
    assert not is_held(state)


def test_a_worker_keeps_the_lease_beyond_its_first_length(state: State, events_url: str) -> None:
    with running_worker(state, events_url):
        first = eventually("the lease is held", lambda: lease_row(state))
        eventually(
            "it was renewed beyond its end",
            lambda: (
                (row := lease_row(state)) and row.expires_at > first.expires_at + 2 * LEASE_LENGTH
            ),
        )
        row = lease_row(state)
        assert row is not None
        assert row.epoch == first.epoch


def test_after_an_unclean_end_loads_are_careful(state: State, events_url: str) -> None:
    worker = Worker(Settings(state.database_url, events_url), state, Ending())
    assert worker._acquire()
    assert not worker._has_died()
    with state.writing() as session:
        job_runs.claim(session, "line", clock(), clock())
    assert worker._has_died()
    assert not worker._has_died(), "it was told once"
    with state.writing() as session:
        begin_attempt(session, [17])
    assert worker._has_died()


def test_a_second_worker_waits_until_the_first_ends(state: State, events_url: str) -> None:
    with running_worker(state, events_url):
        first = eventually("the first works", lambda: lease_row(state))
        with running_worker(state, events_url):
            eventually(
                "the first renewed while the second asked",
                lambda: (
                    (row := lease_row(state)) and row.expires_at > first.expires_at + LEASE_LENGTH
                ),
            )
            row = lease_row(state)
            assert row is not None
            assert row.epoch == first.epoch


def test_a_worker_whose_lease_was_taken_asks_for_it_again(state: State, events_url: str) -> None:
    with running_worker(state, events_url):
        eventually("the lease is held", lambda: is_held(state))
        with state.writing() as session:
            assert Lease(LEASE, "another", LENGTH).acquire(session, clock() + timedelta(days=1))
        with state.writing() as session:
            row = session.get_one(models.Lease, LEASE)
            assert row.holder == "another"
            row.expires_at = clock()
        eventually("it has it again", lambda: (row := lease_row(state)) and row.epoch == 3)
