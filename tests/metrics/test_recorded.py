"""What a workspace has recorded."""

from datetime import timedelta
from typing import Any

import pandas as pd

from pql.events.duckdb_store import DuckDBEventStore
from pql.metrics.recorded import contact_events, count_stored, known_events, recorded_events
from tests.fixtures.events import SOME_TIME, batch_of

LATER = SOME_TIME + timedelta(days=3)
STRANGER = 2


def test_recorded_events_have_their_number_and_times(event_store: DuckDBEventStore) -> None:
    event_store.append(
        batch_of(
            1,
            [
                {"name": "login", "occurred_at": LATER},
                {"name": "login"},
                {"name": "pricing", "kind": "page", "filtered": True},
                {"name": "identify", "kind": "identify"},
                {"name": "secret", "workspace_id": STRANGER},
            ],
        )
    )
    expected = pd.DataFrame(
        {
            "name": ["login", "pricing"],
            "events": [2, 1],
            "first_at": pd.Series([SOME_TIME, SOME_TIME]).astype("datetime64[us]"),
            "last_at": pd.Series([LATER, SOME_TIME]).astype("datetime64[us]"),
        }
    )
    pd.testing.assert_frame_equal(recorded_events(event_store, 1), expected)


def test_an_event_is_known_once_the_workspace_itself_recorded_it(
    event_store: DuckDBEventStore,
) -> None:
    stored: list[dict[str, Any]] = [{"name": "login"}, {"name": "secret", "workspace_id": STRANGER}]
    event_store.append(batch_of(1, stored))
    assert known_events(event_store, 1, {"login", "secret", "any"}) == {"login", "any"}
    assert known_events(event_store, 3, {"login", "any"}) == set()


def test_stored_events_of_every_kind_are_counted_by_workspace(
    event_store: DuckDBEventStore,
) -> None:
    stored: list[dict[str, Any]] = [
        {},
        {"kind": "identify"},
        {"filtered": True},
        {"workspace_id": STRANGER},
    ]
    event_store.append(batch_of(1, stored))
    assert count_stored(event_store, 1) == 3
    assert count_stored(event_store, STRANGER) == 1
    assert count_stored(event_store, 3) == 0


def test_the_events_of_given_people_come_in_order(event_store: DuckDBEventStore) -> None:
    event_store.append(
        batch_of(
            1,
            [
                {"contact_id": 2, "name": "demo_booked"},
                {"contact_id": 1, "name": "demo_booked", "occurred_at": LATER},
                {"contact_id": 1, "name": "guide_downloaded"},
                {"contact_id": 1, "name": "login"},
                {"contact_id": 3, "name": "demo_booked"},
                {"contact_id": 1, "name": "demo_booked", "filtered": True},
                {"contact_id": 1, "name": "demo_booked", "workspace_id": STRANGER},
            ],
        )
    )
    found = contact_events(event_store, 1, [1, 2], ["demo_booked", "guide_downloaded"])
    assert list(found.itertuples(index=False, name=None)) == [
        (1, "guide_downloaded", SOME_TIME),
        (1, "demo_booked", LATER),
        (2, "demo_booked", SOME_TIME),
    ]
    assert contact_events(event_store, 1, [], ["demo_booked"]).empty
    assert contact_events(event_store, 1, [1], []).empty
