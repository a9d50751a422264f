"""The worker holds the lease while it works, and yields when another took it."""

import subprocess
import sys
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from benchmarks.service import eventually
from pql import job_runs
from pql.leases import CLOCK, Lease
from pql.settings import Settings
from pql.state import models
from pql.state.store import State
from pql.workspaces import create_workspace
from routes.clock import waiting
from routes.clock.work import Clock, clock
from routes.clock.worker import Worker
from routes.endings import Ending
from usage_ingest.journal import NewEntry, append, has_entries
from usage_ingest.loading.attempts import begin_attempt

LENGTH = 1.0
LEASE_LENGTH = timedelta(seconds=LENGTH)
EVENT = b'{"type":"track","event":"e","messageId":"1","userId":"u"}'


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged of waiting."""
    with capture_logs() as logged:
        # A logger that was used before remembers where it wrote to.
        monkeypatch.setattr(waiting, "log", structlog.get_logger())
        yield logged


@contextmanager
def running_worker(state: State, events_url: str, clock: Clock = clock) -> Iterator[None]:
    settings = Settings(state.database_url, events_url, lease_seconds=LENGTH, load_interval=0.1)
    ending = Ending()
    thread = threading.Thread(target=Worker(settings, state, ending, clock).run)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def lease_row(state: State) -> models.Lease | None:
    with state.reading() as session:
        return session.get(models.Lease, CLOCK)


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
            row = session.get_one(models.Lease, CLOCK)
            row.holder, row.epoch = "another", row.epoch + 1
        eventually("it has it again", lambda: (row := lease_row(state)) and row.epoch == 3)


@pytest.mark.parametrize("days", [40, -40])
def test_a_lease_from_a_clock_that_was_wrong_is_taken_over(
    state: State, events_url: str, days: int, said: list[MutableMapping[str, Any]]
) -> None:
    """Who waits says for whom and until when: once, however often it looks."""
    wrong = clock() + timedelta(days=days)
    with state.writing() as session:
        assert Lease(CLOCK, "long gone", LENGTH).acquire(session, wrong, 0.0)
    with running_worker(state, events_url):
        eventually("it was taken over", lambda: (row := lease_row(state)) and row.epoch == 2)
    [told] = [each for each in said if "another worker has the lease" in each["event"]]
    assert told["holder"] == "long gone"
    assert told["until"] == (wrong + LEASE_LENGTH).isoformat()


def test_a_worker_that_waits_for_the_event_store_says_so_once(
    state: State, events_url: str, said: list[MutableMapping[str, Any]]
) -> None:
    file = Path(events_url.removeprefix("duckdb:///"))
    script = f"import duckdb, sys; c = duckdb.connect({str(file)!r}); print(flush=True); input()"
    command = [sys.executable, "-c", script]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as other:
        assert other.stdout
        other.stdout.readline()
        with running_worker(state, events_url):
            eventually("it tried often", lambda: (row := lease_row(state)) and row.epoch >= 4)
        other.communicate(b"\n")
    [told] = [each for each in said if "the event store is in use" in each["event"]]
    assert str(other.pid) in told["reason"]


def test_the_clock_may_be_set_by_years_while_a_worker_works(state: State, events_url: str) -> None:
    """It keeps the lease, and its jobs go on."""
    settings = iter([0, 400, -400, 40, -40])
    ahead = timedelta(0)

    def unsteady() -> datetime:
        return clock() + ahead

    with running_worker(state, events_url, unsteady):
        eventually("the lease is held", lambda: lease_row(state))
        for days in settings:
            ahead = timedelta(days=days)
            with state.writing() as session:
                workspace = create_workspace(session, f"{days} days ahead", clock())
            append(state, [NewEntry(workspace.id, None, "segment", "track", unsteady(), 1, EVENT)])
            eventually("it is loaded", lambda: not has_entries(state))
        row = lease_row(state)
        assert row is not None
        assert row.epoch == 1
