"""The event store in a DuckDB file: each batch once, whole, and on disk."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from sqlalchemy import BigInteger, column, func, select, table, text

from pql.events.duckdb_store import DuckDBEventStore, NotReadOnly
from pql.events.functions import FoundProperties, PropertyExists, PropertyNumber, PropertyText
from pql.events.schema import events
from pql.events.store import EventsRefused
from pql.paths import pointers
from tests.fixtures.events import SOME_TIME, batch_of

EVERY_EVENT = select(
    events.c.contact_id, events.c.account_id, events.c.message_id, events.c.occurred_at
).order_by(events.c.message_id)


def test_events_come_back_as_they_went_in(event_store: DuckDBEventStore) -> None:
    moment = datetime.fromisoformat("2026-03-01T23:59:59.999999")
    event_store.append(batch_of(1, [{"occurred_at": moment, "message_id": "ü\N{WHITE STAR}"}]))
    frame = event_store.frame(EVERY_EVENT)
    assert frame["message_id"].tolist() == ["ü\N{WHITE STAR}"]
    assert frame["occurred_at"].dtype == "datetime64[us]"
    assert frame["occurred_at"].tolist() == [pd.Timestamp(moment)]


def test_a_batch_appended_twice_is_there_once(event_store: DuckDBEventStore) -> None:
    batch = batch_of(7, [{"message_id": "a"}, {"message_id": "b"}])
    assert event_store.append(batch)
    assert not event_store.append(batch)
    assert event_store.frame(EVERY_EVENT)["message_id"].tolist() == ["a", "b"]


def test_a_batch_that_fails_leaves_nothing_and_can_be_appended_again(
    event_store: DuckDBEventStore,
) -> None:
    with pytest.raises(EventsRefused, match="name"):
        event_store.append(batch_of(1, [{"name": None}]))
    assert event_store.frame(EVERY_EVENT).empty
    assert event_store.append(batch_of(1, [{}]))


def test_appends_from_several_threads_wait_for_one_another(event_store: DuckDBEventStore) -> None:
    batches = [batch_of(number % 20, [{"message_id": str(number % 20)}]) for number in range(60)]
    with ThreadPoolExecutor(6) as threads:
        appended = list(threads.map(event_store.append, batches))
    assert sum(appended) == 20
    assert event_store.frame(EVERY_EVENT)["message_id"].is_unique


def test_readers_see_whole_batches_while_another_thread_appends(
    event_store: DuckDBEventStore,
) -> None:
    batches = [batch_of(number, [{} for _ in range(50)]) for number in range(20)]
    number_of_events = select(func.count().label("events")).select_from(events)
    with ThreadPoolExecutor(1) as thread:
        writing = thread.map(event_store.append, batches)
        counts = [event_store.frame(number_of_events)["events"].item() for _ in range(40)]
        assert all(writing)
    assert {count % 50 for count in counts} == {0}
    assert counts == sorted(counts)


def test_selects_asked_together_see_the_same_events(event_store: DuckDBEventStore) -> None:
    batches = [batch_of(number, [{} for _ in range(50)]) for number in range(20)]
    number_of_events = select(func.count().label("events")).select_from(events)
    with ThreadPoolExecutor(1) as thread:
        writing = thread.map(event_store.append, batches)
        for _ in range(40):
            first, *others = event_store.frames([number_of_events] * 5, {})
            assert [each["events"].item() for each in others] == [first["events"].item()] * 4
        assert all(writing)


def test_a_store_that_is_closed_and_opened_again_has_every_event(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "events.duckdb"
    store = DuckDBEventStore(file)
    store.append(batch_of(1, [{"message_id": "a"}]))
    store.close()
    store = DuckDBEventStore(file)
    assert not store.append(batch_of(1, [{"message_id": "a"}]))
    assert store.frame(EVERY_EVENT)["message_id"].tolist() == ["a"]
    store.close()


def test_uploads_are_joined_by_name_and_seen_by_their_own_select_only(
    event_store: DuckDBEventStore,
) -> None:
    event_store.append(batch_of(1, [{"contact_id": number} for number in range(10)]))
    wanted = table("wanted", column("contact_id", BigInteger))
    statement = (
        select(events.c.contact_id)
        .join(wanted, events.c.contact_id == wanted.c.contact_id)
        .order_by(events.c.contact_id)
    )
    upload = pd.DataFrame({"contact_id": [3, 5, 99]})
    assert event_store.frame(statement, {"wanted": upload})["contact_id"].tolist() == [3, 5]
    with pytest.raises(duckdb.CatalogException):
        event_store.frame(statement)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM events",
        "SELECT 1; DELETE FROM events",
        "WITH gone AS (DELETE FROM events RETURNING 1) SELECT * FROM gone",
        "SELECT * FROM read_text('/etc/hostname')",
        "ATTACH 'other.duckdb'",
        "PRAGMA database_size",
    ],
)
def test_reading_does_nothing_but_read_the_event_store(
    event_store: DuckDBEventStore, sql: str
) -> None:
    event_store.append(batch_of(1, [{}]))
    with pytest.raises((duckdb.Error, NotReadOnly)):
        event_store.read([(sql, [])], {})
    assert len(event_store.frame(EVERY_EVENT)) == 1


def test_properties_are_read_as_they_are_compared_whatever_their_names(
    event_store: DuckDBEventStore,
) -> None:
    name = 'a.b/c~d"e $[0]'
    values = [10, 2.5, "10", True, None, [1], {"a": 1}, 1e300]
    texts = [json.dumps({name: value}) for value in values] + ["{}", "not JSON"]
    event_store.append(
        batch_of(1, [{"message_id": f"{n:02}", "properties": t} for n, t in enumerate(texts)])
    )
    found = FoundProperties(events.c.properties, "/other", pointers(name)[0])
    frame = event_store.frame(
        select(
            PropertyNumber(found, 2).label("number"),
            PropertyText(found, 2).label("text"),
            PropertyExists(found, 2).label("there"),
        ).order_by(events.c.message_id)
    )
    assert frame["number"].dropna().to_dict() == {0: 10, 1: 2.5, 2: 10, 7: 1e300}
    assert frame["text"].dropna().to_dict() == {0: "10", 1: "2.5", 2: "10", 3: "true", 7: "1e+300"}
    assert frame["there"].tolist() == [True] * 4 + [False] + [True] * 3 + [False] * 2


def test_a_number_beyond_a_double_is_no_number(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [{"properties": '{"minutes": 1e999}'}]))
    found = FoundProperties(events.c.properties, "/minutes")
    frame = event_store.frame(select(PropertyNumber(found, 1).label("n")))
    assert frame["n"].isna().all()


def test_the_memory_limit_can_be_set(tmp_path: Path) -> None:
    store = DuckDBEventStore(tmp_path / "events.duckdb", {"memory_limit": "100MB"})
    setting = select(func.current_setting(text("'memory_limit'")).label("limit"))
    assert store.frame(setting)["limit"].item() == "95.3 MiB"
    store.close()


def test_times_are_utc_whatever_the_machine_says(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [{}]))
    later = select(events.c.message_id).where(events.c.occurred_at >= SOME_TIME)
    assert len(event_store.frame(later)) == 1
