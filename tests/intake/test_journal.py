"""The journal: durable on return, requests committed together, errors for everyone who waits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import pytest
from sqlalchemy import Connection, Engine, event, text

from pql.state.store import State
from usage_ingest import journal
from usage_ingest.journal import Journal, JournalUnavailable, NewEntry

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def entry(number: int, workspace_id: int = 1, events: int = 1) -> NewEntry:
    return NewEntry(workspace_id, 2, "segment", "track", NOW, events, str(number).encode())


def bodies(state: State, most_entries: int = 100, most_events: int = 1000) -> list[bytes]:
    return [each.body for each in journal.read_oldest(state, most_entries, most_events, 10_000)]


def test_what_was_appended_is_read_back_oldest_first(state: State) -> None:
    own = Journal(state)
    own.append([entry(1), entry(2)])
    own.append([entry(3)])
    read = journal.read_oldest(state, 100, 1000, 10_000)
    assert [each.body for each in read] == [b"1", b"2", b"3"]
    assert (read[0].received_at, read[0].source_id, read[0].call) == (NOW, 2, "track")


def test_reading_stays_within_its_limits_but_takes_at_least_one(state: State) -> None:
    journal.append(state, [entry(number, events=10) for number in range(5)])
    assert len(bodies(state, most_entries=2)) == 2
    assert len(bodies(state, most_events=35)) == 3
    assert len(bodies(state, most_events=1)) == 1


def test_waiting_events_are_counted_for_each_workspace(state: State) -> None:
    journal.append(state, [entry(1, events=3), entry(2, events=4), entry(3, workspace_id=9)])
    first = journal.read_oldest(state, 1, 100, 100)[0].id
    assert journal.count_waiting(state, 1) == 7
    assert journal.count_waiting(state, 1, except_ids=[first]) == 4
    assert journal.count_waiting(state, 9) == 1


def test_a_number_is_never_given_twice(state: State) -> None:
    journal.append(state, [entry(1)])
    first = journal.read_oldest(state, 1, 1, 1)[0].id
    journal.delete_entries(state, [first, first + 100])
    assert not journal.has_entries(state)
    journal.append(state, [entry(2)])
    assert journal.read_oldest(state, 1, 1, 1)[0].id > first


class SlowCommit:
    """Holds the first insert until it is let go, so that others have to wait."""

    def __init__(self, engine: Engine) -> None:
        self.inserts = 0
        self.is_held, self.let_go = Event(), Event()
        event.listen(engine, "before_cursor_execute", self._before)

    def _before(self, _connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT"):
            self.inserts += 1
            self.is_held.set()
            assert self.let_go.wait(60)


def wait_in_line(own: Journal, count: int) -> None:
    """Until so many callers wait for the commit under way."""
    while len(own._waiting) < count:
        pass


def test_requests_that_come_during_a_commit_are_committed_together(state: State) -> None:
    own, slow = Journal(state), SlowCommit(state.journal_engine)
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(own.append, [entry(0)])
        assert slow.is_held.wait(60)
        others = [threads.submit(own.append, [entry(number)]) for number in range(1, 9)]
        wait_in_line(own, 8)
        slow.let_go.set()
        for each in (first, *others):
            each.result()
    assert slow.inserts == 2
    assert sorted(bodies(state)) == [str(number).encode() for number in range(9)]


def test_a_failure_reaches_everyone_who_waits_and_nobody_after(state: State) -> None:
    own, slow = Journal(state), SlowCommit(state.journal_engine)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(own.append, [entry(0)])
        assert slow.is_held.wait(60)
        bad = NewEntry(1, 2, "segment", "track", NOW, None, b"x")  # type: ignore[arg-type]
        others = [threads.submit(own.append, [each]) for each in (entry(1), bad, entry(2))]
        wait_in_line(own, 3)
        slow.let_go.set()
        first.result()
        for each in others:
            with pytest.raises(JournalUnavailable):
                each.result()
    own.append([entry(3)])
    assert bodies(state) == [b"0", b"3"]


def test_an_acknowledged_entry_is_on_disk(migrated_sqlite_url: str) -> None:
    state = State(migrated_sqlite_url)
    with state.journal_engine.connect() as connection:
        assert connection.scalar(text("PRAGMA synchronous")) == 2
    state.close()
