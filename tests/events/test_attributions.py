"""Events stored for one contact that turn out to be another's."""

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from pql.events.attributions import settle
from pql.events.duckdb_store import DuckDBEventStore
from pql.events.schema import ATTRIBUTION_SCHEMA, events
from tests.fixtures.events import batch_of

WHOSE = select(events.c.workspace_id, events.c.contact_id, events.c.account_id).order_by(
    events.c.message_id
)


def moved(origin: int, target: int, account_id: int | None = None) -> dict[str, Any]:
    return {
        "workspace_id": 1,
        "from_contact_id": origin,
        "to_contact_id": target,
        "account_id": account_id,
    }


def test_events_stored_before_and_in_the_batch_become_the_other_contacts(
    event_store: DuckDBEventStore,
) -> None:
    event_store.append(batch_of(1, [{"message_id": "a", "contact_id": 5}]))
    event_store.append(batch_of(2, [{"message_id": "b", "contact_id": 5}], [moved(5, 6)]))
    assert event_store.frame(WHOSE)["contact_id"].tolist() == [6, 6]


def test_only_events_without_an_account_are_given_one(event_store: DuckDBEventStore) -> None:
    stored: list[dict[str, Any]] = [
        {"message_id": "a", "account_id": None},
        {"message_id": "b", "account_id": 3},
    ]
    event_store.append(batch_of(1, stored, [moved(1, 1, account_id=9)]))
    assert event_store.frame(WHOSE)["account_id"].tolist() == [9, 3]


def test_another_workspaces_events_stay_as_they_are(event_store: DuckDBEventStore) -> None:
    stored: list[dict[str, Any]] = [
        {"message_id": "a", "workspace_id": 1},
        {"message_id": "b", "workspace_id": 2},
    ]
    event_store.append(batch_of(1, stored, [moved(1, 8)]))
    assert event_store.frame(WHOSE)["contact_id"].tolist() == [8, 1]


@given(
    st.lists(
        st.builds(
            moved, st.integers(1, 4), st.integers(1, 4), st.one_of(st.none(), st.integers(1, 3))
        ),
        max_size=8,
    )
)
def test_taken_together_they_do_what_they_do_one_after_another(rows: list[dict[str, Any]]) -> None:
    nobody_moved: dict[int, tuple[int, int | None]] = {n: (n, None) for n in range(1, 5)}
    one_by_one = dict(nobody_moved)
    for row in rows:
        for contact, (place, account) in one_by_one.items():
            if place == row["from_contact_id"]:
                given_account = row["account_id"] if account is None else account
                one_by_one[contact] = (row["to_contact_id"], given_account)
    settled = settle(pa.Table.from_pylist(rows, schema=ATTRIBUTION_SCHEMA)).to_pylist()
    together = {r["from_contact_id"]: (r["to_contact_id"], r["account_id"]) for r in settled}
    assert nobody_moved | together == one_by_one
