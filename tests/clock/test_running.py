"""A run is claimed, done and recorded; one that fails is recorded too and stops nothing else."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.events.duckdb_store import DuckDBEventStore
from pql.events.store import Batch
from pql.known_time import HOUSEKEEPING
from pql.leases import LeaseLost
from pql.state.models import Change, JobRun
from pql.workspaces import create_workspace
from routes.clock.jobs import Job, JobFailed, jobs, run_line
from routes.clock.running import EPOCH, run_job, slot_of
from routes.clock.work import Work, clock
from usage_ingest.journal import NewEntry, append

NEVER_TWICE = timedelta(days=365)  # so long a slot that both runs of a test fall into it


def runs(work: Work) -> list[tuple[str, str, str]]:
    with work.state.reading() as session:
        rows = session.scalars(select(JobRun).order_by(JobRun.id))
        return [(run.job, run.outcome, run.detail) for run in rows]


def job(run: Callable[[Work, datetime], str], every: timedelta = NEVER_TWICE) -> Job:
    return Job("example", every, run)


def fail(_work: Work, _now: datetime) -> str:
    raise ZeroDivisionError("nothing to divide by")


def test_a_run_is_recorded_with_what_it_did(work: Work) -> None:
    run_job(job(lambda _work, _now: "3 accounts due"), work)
    assert runs(work) == [("example", "done", "3 accounts due")]


def test_a_run_that_found_nothing_leaves_no_record(work: Work) -> None:
    run_job(job(lambda _work, _now: ""), work)
    assert runs(work) == []


def test_a_slot_is_not_run_twice(work: Work) -> None:
    done: list[datetime] = []

    def note(_work: Work, now: datetime) -> str:
        done.append(now)
        return "noted"

    run_job(job(note), work)
    run_job(job(note), work)
    assert len(done) == 1


def test_a_failure_is_recorded_with_its_error(work: Work) -> None:
    run_job(job(fail), work)
    assert runs(work) == [("example", "failed", "ZeroDivisionError")]


def test_who_lost_the_lease_runs_nothing(work: Work) -> None:
    def lost(_session: Session) -> None:
        raise LeaseLost("taken over")

    without_lease = Work(work.state, work.store, work.settings, lost, work.ending, work.reader)
    run_job(job(lambda _work, _now: "written"), without_lease)
    assert runs(work) == []


class FullDisk(DuckDBEventStore):
    """An event store that cannot take anything."""

    def append(self, batch: Batch) -> bool:  # noqa: ARG002  # the store's signature
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_nothing_is_evaluated_while_its_events_cannot_be_stored(work: Work) -> None:
    """The mark of a changed account must outlive the failure: its events are still to come."""
    with work.state.writing() as session:
        workspace = create_workspace(session, "Example", clock())
    body = b'{"type":"group","messageId":"1","userId":"u","groupId":"a","traits":{"plan":"trial"}}'
    append(work.state, [NewEntry(workspace.id, None, "segment", "group", clock(), 1, body)])
    full = replace(work, store=FullDisk(Path(work.settings.events_url.removeprefix("duckdb:///"))))
    with pytest.raises(JobFailed, match="No space left"):
        run_line(full, clock())
    with work.state.reading() as session:
        assert session.scalars(select(Change.subject)).all() == ["account", "contact"]


def test_every_job_of_the_clock_runs_on_an_empty_installation_and_finds_nothing(
    work: Work,
) -> None:
    """Housekeeping leaves a record all the same: its runs tell which time it is."""
    for each in jobs(work.settings):
        run_job(each, work)
    [(name, outcome, _)] = runs(work)
    assert (name, outcome) == (HOUSEKEEPING, "done")


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from([1, 15, 60, 3600]),
)
def test_a_moment_belongs_to_the_slot_that_began_last(moment: datetime, seconds: int) -> None:
    every = timedelta(seconds=seconds)
    slot = slot_of(moment, every)
    assert slot <= moment < slot + every
    assert (slot - EPOCH) % every == timedelta(0)
