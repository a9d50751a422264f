"""What waits too long, and a worker that is silent, are told in words: by whatever clock."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from pql.changes import ACCOUNT, BACKLOG
from pql.lag import lag_warnings, read_lag
from pql.leases import CLOCK, Lease
from pql.settings import Settings
from pql.state.bulk import table_of
from pql.state.models import Change, JournalEntry
from pql.state.store import State
from pql.workspaces import create_workspace
from routes.application import create_app
from routes.clock.work import clock
from tests.fixtures.loading import RECEIVED_AT

LEASE_SECONDS = 5.0
NOW = RECEIVED_AT
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def lease_renewed(state: State, ago: timedelta) -> Lease:
    lease = Lease(CLOCK, "a worker", LEASE_SECONDS)
    with state.writing() as session:
        lease.acquire(session, NOW - ago, 0.0)
    return lease


def said(state: State) -> list[str]:
    return lag_warnings(read_lag(state), NOW, LEASE_SECONDS)


def test_nothing_is_said_where_the_worker_keeps_up(state: State) -> None:
    lease_renewed(state, ago=timedelta(seconds=1))
    assert said(state) == []


def test_that_no_worker_has_ever_run_is_said(state: State) -> None:
    [sentence] = said(state)
    assert sentence.startswith("no worker has run yet")


def test_that_the_worker_was_ended_is_said(state: State) -> None:
    lease = lease_renewed(state, ago=timedelta())
    with state.writing() as session:
        lease.release(session)
    [sentence] = said(state)
    assert sentence.startswith("no worker runs: what comes in is kept")


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (12 * MINUTE, "the worker has been silent for 11 minutes"),
        (40 * DAY, "the worker has been silent for 39 days"),
        (-40 * DAY, "the worker's lease ends at 2026-07-11 12:00 UTC, which is 40 days ahead"),
    ],
)
def test_a_silent_worker_and_a_lease_of_another_time_are_said(
    state: State, ago: timedelta, words: str
) -> None:
    lease_renewed(state, ago)
    [sentence] = said(state)
    assert sentence.startswith(words)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (3 * MINUTE, "the oldest event that is not loaded came in 3 minutes ago"),
        (-40 * DAY, "the oldest event that is not loaded came in at 2026-07-11 12:00 UTC, which"),
    ],
)
def test_events_that_are_not_loaded_are_said(state: State, ago: timedelta, words: str) -> None:
    lease_renewed(state, ago=timedelta())
    with state.writing() as session:
        workspace_id = create_workspace(session, "Example", NOW).id
    with state.journal_engine.begin() as journal:
        of = {"channel": "segment", "call": "track", "events": 1, "body": b"{}"}
        own = {"workspace_id": workspace_id, "received_at": NOW - ago}
        journal.execute(insert(table_of(JournalEntry)), [of | own])
    [sentence] = said(state)
    assert sentence.startswith(words)


@pytest.mark.parametrize(
    ("subject", "ago", "is_said"),
    [
        (ACCOUNT, 4 * MINUTE, False),
        (ACCOUNT, 6 * MINUTE, True),
        (BACKLOG, 59 * MINUTE, False),
        (BACKLOG, 61 * MINUTE, True),
        (ACCOUNT, -2 * MINUTE, True),
    ],
)
def test_an_evaluation_that_waits_long_is_said(
    state: State, subject: str, ago: timedelta, is_said: bool
) -> None:
    """Among very many an account may wait longer."""
    lease_renewed(state, ago=timedelta())
    with state.writing() as session:
        workspace_id = create_workspace(session, "Example", NOW).id
        marked = {"subject": subject, "subject_id": 1, "workspace_id": workspace_id}
        session.add(Change(marked_at=NOW - ago, **marked))
    assert len(said(state)) == is_said


def test_a_service_whose_worker_is_behind_takes_in_and_says_so(
    state: State, events_url: str
) -> None:
    """A load balancer must not take intake away: what comes in is safe in the journal."""
    settings = Settings(state.database_url, events_url, secret_key="not a secret")
    app = create_app(settings)
    client = app.test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    document = answer.get_json()
    assert document["status"] == "degraded"
    assert document["warnings"][0].startswith("no worker has run yet")
    with state.writing() as session:
        Lease(CLOCK, "a worker", LEASE_SECONDS).acquire(session, clock(), 0.0)
    assert client.get("/readyz").get_json() == {"status": "ready", "missing": [], "warnings": []}
    app.extensions["pql"].state.close()
