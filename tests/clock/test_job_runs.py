"""A job runs once for each slot, and what became of each run is on record."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from pql import job_runs
from pql.state.models import JobRun
from pql.state.store import State

SLOT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATER = SLOT + timedelta(seconds=3)


def claim(state: State, job: str = "sweep", slot: datetime = SLOT) -> int | None:
    with state.writing() as session:
        return job_runs.claim(session, job, slot, LATER)


def runs(state: State) -> list[JobRun]:
    with state.reading() as session:
        return list(session.scalars(select(JobRun).order_by(JobRun.id)))


def test_a_slot_has_one_run(state: State) -> None:
    assert claim(state) is not None
    assert claim(state) is None


def test_the_next_slot_and_another_job_have_their_own(state: State) -> None:
    taken = [claim(state), claim(state, slot=LATER), claim(state, job="housekeeping")]
    assert None not in taken


def test_a_finished_run_says_what_it_did(state: State) -> None:
    run_id = claim(state) or 0
    with state.writing() as session:
        job_runs.finish(session, run_id, LATER, job_runs.DONE, "3 accounts due")
    [run] = runs(state)
    assert (run.outcome, run.detail, run.finished_at) == ("done", "3 accounts due", LATER)


def test_a_run_that_found_nothing_leaves_no_record(state: State) -> None:
    run_id = claim(state) or 0
    with state.writing() as session:
        job_runs.discard(session, run_id)
    assert runs(state) == []


def test_runs_of_a_dead_process_are_marked_failed_and_finished_ones_stay(state: State) -> None:
    finished = claim(state, job="benchmarks") or 0
    claim(state)
    with state.writing() as session:
        job_runs.finish(session, finished, LATER, job_runs.DONE, "1 workspace")
        assert job_runs.recover(session, LATER) == 1
    assert [run.outcome for run in runs(state)] == ["done", "failed"]


def test_old_runs_are_deleted(state: State) -> None:
    claim(state)
    with state.writing() as session:
        assert job_runs.purge(session, LATER) == 0
        assert job_runs.purge(session, LATER + timedelta(seconds=1)) == 1
    assert runs(state) == []


def test_after_a_clock_was_set_back_a_slot_may_have_another_run(state: State) -> None:
    """Of each slot there is one record: the later run."""
    claim(state)
    claim(state, slot=LATER)
    assert claim(state) is not None
    assert sorted(run.slot for run in runs(state)) == [SLOT, LATER]


def test_a_run_of_another_job_says_nothing_of_the_clock(state: State) -> None:
    claim(state)
    claim(state, job="housekeeping", slot=LATER)
    assert claim(state) is None
