"""Jobs go on whichever way the clock is set: none stops, none is made up for a thousand times.

The interval of these jobs is so short that a test need not wait; what the clock says is made up.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from routes.clock.jobs import Job
from routes.clock.running import run_job
from routes.clock.scheduling import run_in_turn
from routes.clock.work import Work

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=5)


class SetClock:
    """A clock that moves on by a moment with each look, and can be set."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        self.time += A_MOMENT
        return self.time


def job(name: str, run: Callable[[Work, datetime], str]) -> Job:
    return Job(name, A_MOMENT, run)


@pytest.mark.parametrize("days", [40, -40, 400, -400])
def test_a_job_goes_on_after_the_clock_was_set(work: Work, days: int) -> None:
    clock, runs = SetClock(), list[datetime]()

    def run(work: Work, now: datetime) -> str:
        runs.append(now)
        if len(runs) == 3:
            clock.time += timedelta(days=days)
        if len(runs) == 6:
            work.ending.set()
        return "done"

    run_in_turn([job("example", run)], replace(work, clock=clock))
    assert len(runs) == 6
    assert abs(runs[3] - runs[2]) > timedelta(days=39)


def test_slots_that_had_their_run_do_not_stop_a_clock_that_was_set_back(work: Work) -> None:
    """The last hour had a run every minute, and is lived through again: no more than once."""
    runs: list[datetime] = []

    def run(_work: Work, now: datetime) -> str:
        runs.append(now)
        return "done"

    hour = [START + timedelta(minutes=minute) for minute in range(60)]
    for now in (*hour, *hour[:-1], hour[-1], hour[-1]):
        run_job(
            Job("example", timedelta(minutes=1), run),
            replace(work, clock=partial(next, iter([now] * 2))),
        )
    assert runs == [*hour, *hour[:-1]]


def test_jobs_of_one_thread_take_turns(work: Work) -> None:
    runs: list[str] = []

    def named(name: str) -> Job:
        def run(work: Work, _now: datetime) -> str:
            runs.append(name)
            if len(runs) == 20:
                work.ending.set()
            return ""

        return job(name, run)

    run_in_turn([named("first"), named("second")], replace(work, clock=SetClock()))
    assert runs == ["first", "second"] * 10
