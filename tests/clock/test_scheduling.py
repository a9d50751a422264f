"""Jobs go on whichever way the clock is set: none stops, none is made up for a thousand times."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from routes.clock.jobs import Job
from routes.clock.running import run_job
from routes.clock.scheduling import Schedule
from routes.clock.work import Work

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=5)
PATIENCE = 30.0


def test_a_job_goes_on_after_the_clock_was_set_back(work: Work) -> None:
    """What a clock that goes back 40 days leaves: the next run is due in 40 days."""
    ran = threading.Event()

    def run(_work: Work, _now: datetime) -> str:
        ran.set()
        return ""

    schedule = Schedule(work, [Job("example", A_MOMENT, run)])
    schedule.start()
    try:
        assert ran.wait(PATIENCE)
        schedule._scheduler.pause()  # or it might run between the next two lines
        due_late = datetime.now(UTC) + timedelta(days=40)
        schedule._scheduler.modify_job("example", next_run_time=due_late)
        ran.clear()
        schedule.follow_clock()
        schedule._scheduler.resume()
        assert ran.wait(PATIENCE)
    finally:
        schedule.end()


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
