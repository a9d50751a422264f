"""What loads die with goes into quarantine after the third time; everything else is loaded."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from pql.counting import count
from pql.events.duckdb_store import DuckDBEventStore
from pql.events.store import Batch
from pql.state.models import LoadAttempt, QuarantinedEvent, StagedBatch
from tests.fixtures.loading import Loading, track
from tests.fixtures.quarantined import in_quarantine, replay, rows
from tests.loader.dying_load import DIED, POISON
from usage_ingest import journal
from usage_ingest.journal import JOURNAL
from usage_ingest.loading.careful import Care
from usage_ingest.loading.loader import LoadResult, load
from usage_ingest.quarantine.expiring import expire_quarantine
from usage_ingest.quarantine.listing import show_quarantined
from usage_ingest.quarantine.mending import MendingRules
from usage_ingest.quarantine.replaying import Selection

PLACES = ["append", "recent_messages"]


@contextmanager
def closed_store(loading: Loading) -> Iterator[Path]:
    """The event store's file, for another process."""
    path: Path = loading.store.path
    loading.store.close()
    yield path
    loading.store = DuckDBEventStore(path)


def load_elsewhere(loading: Loading, place: str) -> int:
    """Load in a process that may die; its exit code."""
    with closed_store(loading) as path:
        program = (sys.executable, "-m", "tests.loader.dying_load")
        arguments = (loading.settings.database_url, str(path), place)
        return subprocess.run([*program, *arguments], timeout=100, check=False).returncode


def send_poison_among_others(loading: Loading) -> None:
    loading.send(track("1"), track("2"))
    loading.send(track("3"), track(POISON), {"type": "track"}, track("4"))
    loading.send(track("5"))
    loading.send(track("6"), workspace_id=loading.stranger_id)


def set_aside_poison(loading: Loading) -> None:
    """Load everything, as if loads had died three times with the poisonous request."""
    with loading.state.journal_engine.connect() as connection:
        sent = connection.execute(select(JOURNAL.c.id, JOURNAL.c.body)).all()
    (guilty,) = (row.id for row in sent if POISON.encode() in row.body)
    with loading.state.writing() as session:
        session.add(LoadAttempt(entry_id=guilty, deaths=3, under_way=False))
    care = Care(is_on=True)
    while care.is_on:
        load(loading.state, loading.store, loading.settings, loading.now, care=care)
    assert in_quarantine(loading) == {"load_died": 1}


def assert_nothing_is_left(loading: Loading) -> None:
    assert not journal.has_entries(loading.state)
    with loading.state.reading() as session:
        for model in (LoadAttempt, StagedBatch):
            assert session.scalar(select(func.count()).select_from(model)) == 0


def test_a_request_with_which_loads_die_is_set_aside_as_a_whole(loading: Loading) -> None:
    send_poison_among_others(loading)
    # The first death was in a load that wrote down nothing, before this.
    codes = [load_elsewhere(loading, "recent_messages") for _ in range(3)]
    assert codes == [DIED, DIED, 0]

    assert list(loading.stored().index) == ["1", "2", "5"]
    assert list(loading.stored(loading.stranger_id).index) == ["6"]
    assert loading.fates() == {"stored": 3, "quarantined": 4}
    counts = count(loading.state, loading.store, loading.workspace_id)
    assert (counts.journaled, counts.pending, counts.stored, counts.quarantined) == (7, 0, 3, 4)
    assert counts.reasons == {"load_died": 4}
    (row,) = rows(loading)
    with loading.state.reading() as session:
        shown = show_quarantined(session, loading.workspace_id, row.id)
    assert (shown.summary.events, shown.is_request, shown.is_event) == (4, True, False)
    assert "died or failed with it 3 times" in shown.summary.detail
    assert POISON in shown.content
    assert_nothing_is_left(loading)


def test_of_a_batch_that_is_decided_only_the_guilty_row_goes(loading: Loading) -> None:
    send_poison_among_others(loading)
    assert [load_elsewhere(loading, "append") for _ in range(3)] == [DIED, DIED, 0]
    assert list(loading.stored().index) == ["1", "2", "3", "4", "5"]
    assert loading.fates() == {"stored": 5, "quarantined": 2}
    counts = count(loading.state, loading.store, loading.workspace_id)
    assert (counts.journaled, counts.pending, counts.stored) == (7, 0, 5)
    assert counts.reasons == {"load_died": 1, "missing_user_id": 1}
    assert_nothing_is_left(loading)


def test_what_was_set_aside_can_be_sent_through_again(loading: Loading) -> None:
    send_poison_among_others(loading)
    set_aside_poison(loading)
    asked = Selection(ids=[rows(loading)[0].id])
    prepared = replay(loading, MendingRules(), asked)
    assert (prepared.selected, prepared.outcomes) == (4, {"loaded_again": 4})
    again = replay(loading, MendingRules(), asked)
    assert again.selected == 0
    waiting = count(loading.state, loading.store, loading.workspace_id)
    assert (waiting.journaled, waiting.pending, waiting.quarantined) == (7, 4, 0)

    assert loading.load() == LoadResult(4, stored=3, quarantined=1)
    assert list(loading.stored().index) == ["1", "2", "3", "4", "5", POISON]
    counts = count(loading.state, loading.store, loading.workspace_id)
    assert (counts.journaled, counts.pending, counts.stored, counts.quarantined) == (7, 0, 6, 1)
    row = rows(loading)[0]
    assert (row.resolution, row.resolved_by) == ("replayed", "a test")
    assert in_quarantine(loading) == {"missing_user_id": 1}


def test_put_back_twice_after_a_crash_it_brings_nothing_twice(loading: Loading) -> None:
    loading.send(track(POISON), {"type": "track", "userId": "ada", "event": "without an id"})
    set_aside_poison(loading)
    (row,) = rows(loading)
    asked = Selection(ids=[row.id])
    replay(loading, MendingRules(), asked)
    loading.load()
    with loading.state.writing() as session:  # as if it had crashed before it was resolved
        session.get_one(QuarantinedEvent, row.id).resolution = None
    replay(loading, MendingRules(), asked)
    assert loading.load() == LoadResult(2, duplicates=2)
    assert len(loading.stored()) == 2


def test_it_expires_with_all_its_events(loading: Loading) -> None:
    send_poison_among_others(loading)
    set_aside_poison(loading)
    expire_quarantine(
        loading.state, loading.now.replace(year=2027), loading.now, lambda _session: None
    )
    counts = count(loading.state, loading.store, loading.workspace_id)
    assert (counts.journaled, counts.quarantined, counts.expired) == (7, 4, 4)


class FailingStore(DuckDBEventStore):
    """Raises what is for no outage and for no value either."""

    in_append = False

    def append(self, batch: Batch) -> bool:
        if self.in_append and POISON in batch.events["message_id"].to_pylist():
            raise AttributeError("a bug of ours")
        return super().append(batch)

    def recent_messages(self, workspace_id: int, message_ids: Any, *more: Any) -> Any:
        if not self.in_append and POISON in message_ids:
            raise MemoryError
        return super().recent_messages(workspace_id, message_ids, *more)


@pytest.mark.parametrize("in_append", [False, True])
def test_what_raises_in_every_load_is_set_aside_too(loading: Loading, in_append: bool) -> None:
    send_poison_among_others(loading)
    path = loading.store.path
    loading.store.close()
    loading.store = FailingStore(path)
    loading.store.in_append = in_append
    care, failures, aside = Care(), 0, 0
    more = True
    while more:
        try:
            result = load(loading.state, loading.store, loading.settings, loading.now, care=care)
        except (AttributeError, MemoryError):
            failures += 1
            continue
        aside += len(result.set_aside)
        more = result.more
    assert (failures, aside) == (3, 0 if in_append else 1)
    assert not care.is_on
    assert {"1", "2", "5"} <= set(loading.stored().index)
    assert in_quarantine(loading)["load_died"] == 1
    assert_nothing_is_left(loading)


def test_a_store_that_is_down_is_held_against_nobody(loading: Loading) -> None:
    loading.send(track("1"))
    care = Care()

    def fence(_session: Any) -> None:
        raise OSError("the disk is full")

    for _ in range(5):
        with pytest.raises(OSError, match="full"):
            load(loading.state, loading.store, loading.settings, loading.now, fence, care=care)
    assert not care.is_on
    assert loading.load().stored == 1
