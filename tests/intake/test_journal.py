"""The journal: durable on return, requests committed together, errors for everyone who waits."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from pql.state.store import State
from usage_ingest import journal, journal_writing
from usage_ingest.group_commit import Journal, JournalUnavailable
from usage_ingest.journal import NewEntry, StoredEntry
from usage_ingest.journal_line import LoadLimits, choose
from usage_ingest.journal_writing import JournalWriter

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def entry(number: int, workspace_id: int = 1, events: int = 1) -> NewEntry:
    return NewEntry(workspace_id, 2, "segment", "track", NOW, events, str(number).encode())


def oldest(state: State, most_entries: int, most_events: int, most_bytes: int) -> list[StoredEntry]:
    limits = LoadLimits(most_entries, most_events, most_bytes)
    return journal.read(state, choose(state, limits).ids)


def bodies(state: State, most_entries: int = 100, most_events: int = 1000) -> list[bytes]:
    return [each.body for each in oldest(state, most_entries, most_events, 10_000)]


def test_what_was_appended_is_read_back_oldest_first(state: State) -> None:
    own = Journal(state)
    own.append([entry(1), entry(2)])
    own.append([entry(3)])
    read = oldest(state, 100, 1000, 10_000)
    assert [each.body for each in read] == [b"1", b"2", b"3"]
    assert (read[0].received_at, read[0].source_id, read[0].call) == (NOW, 2, "track")


def test_reading_stays_within_its_limits_but_takes_at_least_one(state: State) -> None:
    journal.append(state, [entry(number, events=10) for number in range(5)])
    assert len(bodies(state, most_entries=2)) == 2
    assert len(bodies(state, most_events=35)) == 3
    assert len(bodies(state, most_events=1)) == 1


def test_waiting_events_are_counted_for_each_workspace(state: State) -> None:
    journal.append(state, [entry(1, events=3), entry(2, events=4), entry(3, workspace_id=9)])
    first = oldest(state, 1, 100, 100)[0].id
    assert journal.count_waiting(state, 1) == 7
    assert journal.count_waiting(state, 1, except_ids=[first]) == 4
    assert journal.count_waiting(state, 9) == 1


def test_a_number_is_never_given_twice(state: State) -> None:
    journal.append(state, [entry(1)])
    first = oldest(state, 1, 1, 1)[0].id
    journal.delete_entries(state, [first, first + 100])
    assert not journal.has_entries(state)
    journal.append(state, [entry(2)])
    assert oldest(state, 1, 1, 1)[0].id > first


@contextmanager
def held_up(state: State) -> Iterator[None]:
    """Whoever writes to the journal waits until the block ends."""
    engine = state.journal_engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
    with engine.begin() as connection:
        if not state.is_sqlite:
            connection.execute(text("LOCK TABLE journal.journal_entry IN EXCLUSIVE MODE"))
        yield


class CountingWriter(JournalWriter):
    """Remembers how many entries each commit had."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.sizes: list[int] = []

    def write(self, entries: Sequence[NewEntry]) -> None:
        self.sizes.append(len(entries))
        super().write(entries)


class BrokenWriter(CountingWriter):
    """Has a fault that nobody thought of."""

    def write(self, entries: Sequence[NewEntry]) -> None:
        super().write(entries)
        raise ZeroDivisionError


def wait_in_line(own: Journal, count: int) -> None:
    """Until one caller commits and so many wait for it."""
    while not own._is_led or len(own._waiting) != count:
        pass


def test_requests_that_come_during_a_commit_are_committed_together(state: State) -> None:
    own = Journal(state)
    own._writer = writer = CountingWriter(state)
    with ThreadPoolExecutor(9) as threads:
        with held_up(state):
            first = threads.submit(own.append, [entry(0)])
            wait_in_line(own, 0)
            others = [threads.submit(own.append, [entry(number)]) for number in range(1, 9)]
            wait_in_line(own, 8)
        for each in (first, *others):
            each.result()
    assert writer.sizes == [1, 8]
    assert sorted(bodies(state)) == [str(number).encode() for number in range(9)]


def test_a_failure_reaches_everyone_who_waits_and_nobody_after(state: State) -> None:
    own = Journal(state)
    bad = NewEntry(1, 2, "segment", "track", NOW, None, b"x")  # type: ignore[arg-type]
    with ThreadPoolExecutor(4) as threads:
        with held_up(state):
            first = threads.submit(own.append, [entry(0)])
            wait_in_line(own, 0)
            others = [threads.submit(own.append, [each]) for each in (entry(1), bad, entry(2))]
            wait_in_line(own, 3)
        first.result()
        for each in others:
            with pytest.raises(JournalUnavailable):
                each.result()
    own.append([entry(3)])
    assert bodies(state) == [b"0", b"3"]


def test_nobody_takes_a_fault_for_a_success(state: State) -> None:
    own = Journal(state)
    with ThreadPoolExecutor(3) as threads:
        with held_up(state):
            first = threads.submit(own.append, [entry(0)])
            wait_in_line(own, 0)
            own._writer = BrokenWriter(state)
            others = [threads.submit(own.append, [entry(number)]) for number in (1, 2)]
            wait_in_line(own, 2)
        first.result()
        refused = {type(each.exception()) for each in others}
    assert refused == {ZeroDivisionError, JournalUnavailable}


@pytest.mark.parametrize(("kept_seconds", "after_the_break"), [(60.0, [b"3"]), (0.0, [b"2", b"3"])])
def test_a_connection_that_broke_costs_one_refusal_and_after_a_pause_none(
    migrated_postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    kept_seconds: float,
    after_the_break: list[bytes],
) -> None:
    monkeypatch.setattr(journal_writing, "KEPT_SECONDS", kept_seconds)
    state = State(migrated_postgres_url)
    own = Journal(state)
    own.append([entry(1)])
    end_other_connections(state)
    with suppress(JournalUnavailable):
        own.append([entry(2)])
    own.append([entry(3)])
    assert bodies(state) == [b"1", *after_the_break]
    state.close()


def end_other_connections(state: State) -> None:
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with state.engine.begin() as connection:
        connection.execute(
            text(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE {others}")
        )


def test_an_entry_without_a_source_is_kept(state: State) -> None:
    Journal(state).append([NewEntry(1, None, "import", "import", NOW, 1, b"x")])
    assert [each.source_id for each in oldest(state, 1, 1, 1)] == [None]


def test_an_acknowledged_entry_is_on_disk(migrated_sqlite_url: str) -> None:
    state = State(migrated_sqlite_url)
    with state.journal_engine.connect() as connection:
        assert connection.scalar(text("PRAGMA synchronous")) == 2
    state.close()
