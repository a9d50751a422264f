"""Two workspaces that ask for analyses, and a worker's hold on both stores."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pql import analyses
from pql.analyses import AnalysisSummary
from pql.events.opening import open_event_store
from pql.leases import Lease
from pql.settings import Settings
from pql.state.store import State
from pql.workspaces import create_workspace
from routes.clock.work import Work, clock
from routes.endings import Ending
from usage_ingest.translating.reading import Reader

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def workspace_id(state: State) -> int:
    """Who asks."""
    with state.writing() as session:
        return create_workspace(session, "owner", NOW).id


@pytest.fixture
def stranger_id(state: State) -> int:
    """Who must see nothing of it."""
    with state.writing() as session:
        return create_workspace(session, "stranger", NOW).id


@pytest.fixture
def work(state: State, events_url: str) -> Iterator[Work]:
    """What the worker works with, under a lease that it holds."""
    settings = Settings(database_url=state.database_url, events_url=events_url)
    lease = Lease("clock", "us", seconds=60)
    with state.writing() as session:
        assert lease.acquire(session, clock(), 0.0)
    store = open_event_store(settings)
    yield Work(state, store, settings, lease.check, Ending(), Reader(state, settings))
    store.close()


def ask(state: State, workspace_id: int, kind: str = "a_kind", **parameters: object) -> int:
    """Queue an analysis; its number."""
    with state.writing() as session:
        return analyses.request(
            session, workspace_id, kind, parameters, now=NOW, requested_by="a key"
        ).id


def shown(state: State, workspace_id: int, analysis_id: int) -> AnalysisSummary:
    """How far it is."""
    with state.reading() as session:
        return analyses.show_analysis(session, workspace_id, analysis_id).summary
