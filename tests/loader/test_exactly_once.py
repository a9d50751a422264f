"""Stopped anywhere, a load that runs again stores each event once and counts it once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, select
from sqlalchemy.orm import Session

from pql.events.duckdb_store import DuckDBEventStore
from pql.events.store import Batch
from pql.state.models import (
    Account,
    Change,
    Contact,
    ContactMerge,
    JournalEntry,
    QuarantinedEvent,
    StagedBatch,
)
from tests.fixtures.loading import Loading, group, identify, track
from usage_ingest import journal
from usage_ingest.group_commit import Journal
from usage_ingest.loading.loader import load


class PowerCut(BaseException):
    """Nobody catches it, like the end of the process."""


class FailingStore(DuckDBEventStore):
    """An event store that stops before or after one append."""

    fails_before = False
    fails_after = False

    def append(self, batch: Batch) -> bool:
        if self.fails_before:
            raise PowerCut
        appended = super().append(batch)
        if self.fails_after:
            raise PowerCut
        return appended


@contextmanager
def cut_at(loading: Loading, beginning: str) -> Iterator[None]:
    """The power goes when a statement that begins so is about to be executed."""

    def cut(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        if statement.replace("journal.", "").replace("main.", "").startswith(beginning):
            raise PowerCut

    engines = {loading.state.engine, loading.state.journal_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", cut)
    yield
    for engine in engines:
        event.remove(engine, "before_cursor_execute", cut)


@contextmanager
def cut_before_append(loading: Loading) -> Iterator[None]:
    with replaced_store(loading) as store:
        store.fails_before = True
        yield


@contextmanager
def cut_after_append(loading: Loading) -> Iterator[None]:
    with replaced_store(loading) as store:
        store.fails_after = True
        yield


@contextmanager
def replaced_store(loading: Loading) -> Iterator[FailingStore]:
    path: Path = loading.store.path
    loading.store.close()
    store = loading.store = FailingStore(path)
    yield store
    store.close()
    loading.store = DuckDBEventStore(path)


Cut = Callable[[Loading], AbstractContextManager[None]]
CUTS: dict[str, Cut] = {
    "while the quarantine is written": lambda it: cut_at(it, "INSERT INTO quarantined_event"),
    "while people are written": lambda it: cut_at(it, "INSERT INTO contact"),
    "while counts are written": lambda it: cut_at(it, "INSERT INTO intake_count"),
    "while the batch is staged": lambda it: cut_at(it, "INSERT INTO staged_batch"),
    "before the append": cut_before_append,
    "after the append": cut_after_append,
    "while the journal is emptied": lambda it: cut_at(it, "DELETE FROM journal_entry"),
    "while the staged batch is removed": lambda it: cut_at(it, "DELETE FROM staged_batch"),
}


def count_rows(session: Session, *models: type) -> dict[str, int]:
    return {
        model.__name__: session.scalar(select(func.count()).select_from(model)) or 0
        for model in models
    }


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
def test_a_load_that_was_cut_is_finished_by_the_next(loading: Loading, cut: Cut) -> None:
    loading.send(
        track("visit", None, anonymousId="visitor"),
        identify("login", anonymousId="visitor", traits={"email": "ada@example.com"}),
        group("join", "acme", traits={"plan": "trial"}),
        track("work"),
        track("work"),
        {"type": "track", "messageId": "nameless", "userId": "ada"},
    )
    with cut(loading), pytest.raises(PowerCut):
        loading.load()
    loading.load()
    loading.load()

    assert list(loading.stored().index) == ["join", "login", "visit", "work"]
    assert loading.fates() == {"stored": 4, "duplicate": 1, "quarantined": 1}
    with loading.state.reading() as session:
        assert count_rows(
            session, Account, Contact, ContactMerge, QuarantinedEvent, StagedBatch
        ) == {
            "Account": 1,
            "Contact": 2,
            "ContactMerge": 1,
            "QuarantinedEvent": 1,
            "StagedBatch": 0,
        }
    assert not journal.has_entries(loading.state)


def test_a_sender_that_repeats_a_request_after_the_cut_adds_nothing(loading: Loading) -> None:
    loading.send(track("first"))
    with cut_after_append(loading), pytest.raises(PowerCut):
        loading.load()
    loading.send(track("first"))
    loading.load()
    assert list(loading.stored().index) == ["first"]
    assert loading.fates() == {"stored": 1, "duplicate": 1}


def test_what_was_attributed_before_a_cut_is_not_attributed_again(loading: Loading) -> None:
    loading.load_sent(track("early", "bob"))
    loading.send(group("join", "acme", "bob"))
    with cut_after_append(loading), pytest.raises(PowerCut):
        loading.load()
    loading.load_sent(group("move", "globex", "bob"))
    assert loading.account_of("early") == "acme"


def test_a_process_without_the_lease_writes_nothing(loading: Loading) -> None:
    def fence(_session: Session) -> None:
        raise PowerCut

    loading.send(track("first"))
    with pytest.raises(PowerCut):
        load(loading.state, loading.store, loading.settings, loading.now, fence)
    with loading.state.reading() as session:
        assert count_rows(session, StagedBatch, Contact, Change) == {
            "StagedBatch": 0,
            "Contact": 0,
            "Change": 0,
        }
    assert loading.stored().empty


def test_an_entry_that_commits_late_is_not_passed_over(
    postgres_loading: Loading,
) -> None:
    """On PostgreSQL a lower id may become visible after a higher one has been loaded."""
    loading = postgres_loading
    with loading.state.journal_engine.connect() as late:
        late.execute(
            journal.JOURNAL.insert(),
            {
                "workspace_id": loading.workspace_id,
                "source_id": 7,
                "channel": "segment",
                "call": "track",
                "received_at": loading.now,
                "events": 1,
                "body": b'{"userId": "ada", "event": "a", "messageId": "late"}',
            },
        )
        loading.load_sent(track("early"))
        with loading.state.reading() as session:
            assert session.scalar(select(func.count()).select_from(JournalEntry)) == 0
        late.commit()
    assert loading.load().stored == 1
    assert list(loading.stored().index) == ["early", "late"]


def test_loads_while_requests_come_in_take_every_event_once(loading: Loading) -> None:
    own = Journal(loading.state)

    def send(number: int) -> None:
        body = f'{{"userId": "u{number % 5}", "event": "a", "messageId": "m{number:03}"}}'
        entry = journal.NewEntry(
            loading.workspace_id, 7, "segment", "track", loading.now, 1, body.encode()
        )
        own.append([entry])

    with ThreadPoolExecutor(8) as senders:
        sent = [senders.submit(send, number) for number in range(200)]
        while not all(each.done() for each in sent):
            loading.load()
        for each in sent:
            each.result()
    while loading.load().more:
        pass
    assert list(loading.stored().index) == [f"m{number:03}" for number in range(200)]
    assert loading.fates() == {"stored": 200}
