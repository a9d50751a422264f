"""However the worker's clock is set between its runs, in the end all is as if it had been right.

As far as the events' own times are the same: one that is received while the clock is behind counts
as having happened then, so the events of these examples come by a clock that is right or ahead.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from pql.changes import ACCOUNT, mark_changed
from pql.job_runs import DONE, FAILED
from pql.known_time import HOUSEKEEPING
from pql.state.models import Account, Change, JobRun, QuarantinedEvent, Standing
from routes.clock.jobs import BACKLOG, LINE, jobs
from routes.clock.running import run_job
from routes.clock.work import Work
from routes.endings import Ending
from tests.fixtures.loading import RECEIVED_AT, Loading, empty_stores, group, track
from tests.fixtures.product import unfenced
from usage_ingest.journal import has_entries
from usage_ingest.translating.reading import Reader

DEFINITIONS = """
lifecycle: {after_trial: free, trial_days: 14, events: {subscription_started: paying}}
metrics:
  early: {event: seen, aggregate: count, window: first 7 days}
  trial_days: {event: any, aggregate: distinct days, window: whole trial}
  lately: {event: any, aggregate: count, window: last 28 days}
  last: {event: seen, aggregate: days since last, window: last 60 days}
definitions:
  trials:
    population: status is trial or free
    outcome: {becomes: paying, within: 30 days}
    criteria: [{metric: early, at_least: 2}]
"""
AN_HOUR, A_TICK = timedelta(hours=1), timedelta(seconds=61)
EVERY_AGE = 10_000
RUN = (LINE, "sweep", LINE, BACKLOG, HOUSEKEEPING, "quarantine")


@dataclass(frozen=True)
class Step:
    """What comes, how much later than the step before, and how wrong the clock is then."""

    events: Sequence[dict[str, Any]]
    hours: int
    days_ahead: int


events = st.builds(
    lambda user, name, hour: track("", user, event=name, timestamp=at(hour), group=f"of {user}"),
    st.sampled_from(["ada", "bob"]),
    st.sampled_from(["seen", "seen", "other"]),
    st.integers(-20 * 24, -1),
)
wrong = st.one_of(st.just(0), st.sampled_from([1, 40, 400, -1, -40, -400]), st.integers(-400, 400))
steps = st.lists(
    st.builds(Step, st.lists(events, max_size=4), st.integers(1, 60), wrong), min_size=2, max_size=4
)
numbers = count(1)


def at(hour: int) -> str:
    return (RECEIVED_AT + timedelta(hours=hour)).isoformat().replace("+00:00", "Z")


def wait_for_no_disk(connection: Any, _record: Any) -> None:
    """What an example writes outlives no power cut."""
    connection.execute("PRAGMA synchronous = OFF")


@contextmanager
def installation(template: Path, folder: Path) -> Iterator[Loading]:
    """Empty stores of their own."""
    shutil.copytree(template, folder)
    with contextmanager(empty_stores)(f"sqlite:///{folder}/state.sqlite3", folder) as loading:
        event.listen(loading.state.engine, "connect", wait_for_no_disk)
        event.listen(loading.state.journal_engine, "connect", wait_for_no_disk)
        loading.state.engine.dispose()
        loading.settings = replace(loading.settings, late_days=EVERY_AGE)
        loading.apply_definitions(DEFINITIONS)
        yield loading


class Service:
    """A worker without a scheduler, whose clock a test sets."""

    def __init__(self, stores: Loading) -> None:
        self.stores, self.time = stores, RECEIVED_AT - 12 * AN_HOUR
        parts = (stores.state, stores.store, stores.settings, unfenced, Ending())
        self.work = Work(*parts, Reader(stores.state, stores.settings), self.tell)
        self.jobs = {job.name: job for job in jobs(stores.settings)}
        self.run_for_half_a_day()
        who = group("trial", "of ada", "ada", timestamp=at(-20 * 24))
        other = group("other trial", "of bob", "bob", timestamp=at(-6 * 24))
        trial = {"traits": {"plan": "trial"}}
        self.receive([who | trial, other | trial, track("bad", None)])
        self.run(*RUN)

    def run_for_half_a_day(self) -> None:
        with self.stores.state.writing() as session:
            for _ in range(12):
                self.time += AN_HOUR
                times = {"slot": self.time, "started_at": self.time, "finished_at": self.time}
                session.add(JobRun(job=HOUSEKEEPING, outcome=DONE, **times))

    def tell(self) -> datetime:
        self.time += A_TICK
        return self.time

    def receive(self, sent: Sequence[dict[str, Any]]) -> None:
        if sent:
            self.stores.now = self.time
            self.stores.send(*sent)

    def run(self, *names: str) -> None:
        for name in names:
            run_job(self.jobs[name], self.work)

    def live_through(self, steps: Sequence[Step], *, is_right: bool) -> None:
        right = self.time
        for number, step in enumerate(steps):
            right += timedelta(hours=step.hours)
            ahead = timedelta(days=0 if is_right else step.days_ahead)
            named = [
                each | {"messageId": f"{number}-{place}"} for place, each in enumerate(step.events)
            ]
            again = [
                each | {"messageId": f"{number - 1}-{place}"}
                for place, each in enumerate(steps[number - 1].events if number else ())
            ]
            self.time = right + max(ahead, timedelta())
            self.receive([*named, *again])  # an SDK sends once more what it had sent
            self.time = right + ahead
            self.run(*RUN)
        for _ in range(2):
            right += AN_HOUR
            self.time = right
            self.run(*RUN)

    def results(self) -> list[tuple[object, ...]]:
        """What is said of every account after it was measured once more: only time has passed."""
        now = self.time
        with self.stores.state.writing() as session:
            ids = session.scalars(select(Account.id)).all()
            known = dict.fromkeys(ids, now)
            mark_changed(session, self.stores.workspace_id, ACCOUNT, ids, now, known)
        self.time += AN_HOUR
        self.run(LINE)
        asked = (
            select(Account.key, Account.status, Account.plan, Account.trial_ends_at, Account.pql)
            .add_columns(Account.motion, Account.usage_score, Standing.evidence)
            .outerjoin(Standing, Standing.account_id == Account.id)
            .order_by(Account.key)
        )
        with self.stores.state.reading() as session:
            return [tuple(row) for row in session.execute(asked)]

    def assert_nothing_is_stuck(self) -> None:
        assert not has_entries(self.stores.state)
        with self.stores.state.reading() as session:
            assert session.scalar(select(func.count()).select_from(Change)) == 0
            late = select(Account.key).where(Account.evaluated_at > self.time)
            assert session.scalars(late).all() == []
            failed = select(JobRun.detail).where(JobRun.outcome == FAILED)
            assert session.scalars(failed).all() == []

    def assert_nothing_is_lost(self) -> None:
        with self.stores.state.reading() as session:
            [bad] = session.scalars(select(QuarantinedEvent)).all()
        assert bad.content
        assert bad.resolution is None


@given(steps)
@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_in_the_end_all_is_as_if_the_clock_had_been_right(
    sqlite_template: Path, tmp_path: Path, steps: list[Step]
) -> None:
    number = next(numbers)
    with (
        installation(sqlite_template, tmp_path / f"right {number}") as right_stores,
        installation(sqlite_template, tmp_path / f"wrong {number}") as wrong_stores,
    ):
        right, wrong = Service(right_stores), Service(wrong_stores)
        right.live_through(steps, is_right=True)
        wrong.live_through(steps, is_right=False)
        wrong.assert_nothing_is_stuck()
        wrong.assert_nothing_is_lost()
        times = ["occurred_at", "name"]
        assert wrong_stores.stored()[times].equals(right_stores.stored()[times])
        assert wrong.results() == right.results()
