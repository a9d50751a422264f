"""Where many events come in, a load waits for more of them, but never where it is full already."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.service import eventually
from pql.events.opening import open_event_store
from pql.settings import Settings
from pql.state.store import State
from pql.workspaces import create_workspace
from routes.clock import stages
from routes.clock.stages import load_events
from routes.clock.work import Work, clock
from routes.endings import Ending
from tests.fixtures.loading import track
from tests.fixtures.product import unfenced
from usage_ingest.journal import NewEntry, append, count_waiting
from usage_ingest.translating import reading
from usage_ingest.translating.reading import Reader

AN_HOUR = 3600.0


@pytest.fixture
def work(state: State, events_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Three requests of two events wait, which are many, and the next load is in an hour."""
    monkeypatch.setattr(reading, "READ_AHEAD_EVENTS", 1)
    monkeypatch.setattr(stages, "BETWEEN_LARGE_LOADS", AN_HOUR)
    settings = Settings(database_url=state.database_url, events_url=events_url)
    with state.writing() as session:
        workspace = create_workspace(session, "Example", clock())
    for number in range(3):
        batch = [track(f"{number}-{position}") for position in range(2)]
        body = json.dumps({"batch": batch}).encode()
        append(state, [NewEntry(workspace.id, None, "segment", "batch", clock(), 2, body)])
    store = open_event_store(settings)
    yield Work(state, store, settings, unfenced, Ending(), Reader(state, settings))
    store.close()


def test_the_next_large_load_waits_and_ends_at_once_when_told(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_EVENTS", 3)  # a second request is too much for one load
    with ThreadPoolExecutor(1) as line:
        loaded = line.submit(load_events, work, clock())
        eventually("one is loaded", lambda: count_waiting(work.state, 1) < 6)
        work.ending.set()
        assert loaded.result() == 2
    assert count_waiting(work.state, 1) == 4


def test_a_load_that_is_full_is_followed_at_once(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_EVENTS", 2)
    assert load_events(work, clock()) == 6
