"""What jobs of the clock work with."""

from collections.abc import Iterator

import pytest

from pql.events.opening import open_event_store
from pql.leases import Lease
from pql.settings import Settings
from pql.state.store import State
from routes.clock.work import Work, clock
from routes.endings import Ending
from usage_ingest.translating.reading import Reader


@pytest.fixture
def work(state: State, events_url: str) -> Iterator[Work]:
    """The real stores, under a lease that we hold."""
    settings = Settings(database_url=state.database_url, events_url=events_url)
    lease = Lease("clock", "us", seconds=60)
    with state.writing() as session:
        assert lease.acquire(session, clock(), 0.0)
    store = open_event_store(settings)
    yield Work(state, store, settings, lease.check, Ending(), Reader(state, settings))
    store.close()
