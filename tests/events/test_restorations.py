"""Events that go back to the contact they came for."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
from sqlalchemy import select

from pql.events.duckdb_store import DuckDBEventStore
from pql.events.schema import RESTORATION_SCHEMA, events
from pql.events.store import Batch
from tests.fixtures.events import batch_of

MERGED = {"workspace_id": 1, "from_contact_id": 5, "to_contact_id": 9, "account_id": None}
WHOSE = select(events.c.contact_id, events.c.account_id).order_by(events.c.message_id)


def restored(number: int, *rows: tuple[int, int, int | None, int | None]) -> Batch:
    columns = ("original_contact_id", "contact_id", "from_account_id", "to_account_id")
    named = [{"workspace_id": 1, **dict(zip(columns, row, strict=True))} for row in rows]
    table = pa.Table.from_pylist(named, schema=RESTORATION_SCHEMA)
    return replace(batch_of(number, []), restorations=table)


def unnamed(message_id: str, original: int, **columns: Any) -> dict[str, Any]:
    common = {"message_id": message_id, "original_contact_id": original, "names_account": False}
    return common | {"contact_id": 9, "account_id": 3} | columns


def test_they_go_by_the_contact_they_came_for(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [unnamed("a", 5), unnamed("b", 9)]))
    event_store.append(restored(2, (5, 5, None, None)))
    assert event_store.frame(WHOSE)["contact_id"].tolist() == [5, 9]
    assert event_store.frame(WHOSE)["account_id"].tolist() == [3, 3]


def test_an_account_that_was_lost_is_left(event_store: DuckDBEventStore) -> None:
    event_store.append(
        batch_of(1, [unnamed("a", 5), unnamed("b", 5, account_id=4), unnamed("c", 6)])
    )
    event_store.append(restored(2, (5, 5, 3, 8), (5, 5, 7, 8)))
    assert event_store.frame(WHOSE)["account_id"].tolist() == [8, 4, 3]


def test_an_account_may_be_lost_for_none(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [unnamed("a", 5)]))
    event_store.append(restored(2, (5, 5, 3, None)))
    assert event_store.frame(WHOSE)["account_id"].isna().all()


def test_what_an_event_says_itself_stays(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [unnamed("a", 5, names_account=True)]))
    event_store.append(restored(2, (5, 5, 3, None)))
    assert event_store.frame(WHOSE)["account_id"].tolist() == [3]


def test_another_workspaces_events_stay_as_they_are(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [unnamed("a", 5, workspace_id=2)]))
    event_store.append(restored(2, (5, 5, 3, None)))
    assert event_store.frame(WHOSE)["contact_id"].tolist() == [9]
    assert event_store.frame(WHOSE)["account_id"].tolist() == [3]


def test_the_same_batch_again_changes_nothing(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [unnamed("a", 5)]))
    assert event_store.append(restored(2, (5, 5, None, None)))
    event_store.append(batch_of(3, [], [MERGED]))
    assert not event_store.append(restored(2, (5, 5, None, None)))
    assert event_store.frame(WHOSE)["contact_id"].tolist() == [9]
