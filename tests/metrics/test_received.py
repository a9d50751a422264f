"""With a receipt, an event counts from when it was received on; history from when it happened."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from pql.definitions.model import Aggregate, Metric, Window
from pql.events.duckdb_store import DuckDBEventStore
from pql.metrics.measuring import measure
from pql.metrics.query import Receipt
from pql.metrics.recorded import find_receipt, first_known
from tests.fixtures.events import SOME_TIME, batch_of

DAY = timedelta(days=1)
CONNECTED = SOME_TIME
MESSAGES = Metric("messages", "message_sent", Aggregate("count"), Window("first", 14))
PEOPLE = Metric(
    "people", "message_sent", Aggregate("contacts_active", days=1, within=7), Window("first", 14)
)


def stored(store: DuckDBEventStore, *rows: Mapping[str, Any]) -> None:
    alive = {"occurred_at": CONNECTED, "received_at": CONNECTED, "source_id": 1, "name": "login"}
    named = [{"message_id": str(number), **row} for number, row in enumerate((alive, *rows))]
    store.append(batch_of(1, named))


def values(store: DuckDBEventStore, *, days: int) -> tuple[float, float]:
    as_of = CONNECTED + days * DAY
    moment = {"moment_id": 1, "account_id": 1, "as_of": as_of, "trial_started_at": CONNECTED - DAY}
    moments = pd.DataFrame([moment | {"trial_ends_at": None}])
    times = ["as_of", "trial_started_at", "trial_ends_at"]
    moments = moments.astype(dict.fromkeys(times, "datetime64[us]"))
    receipt = find_receipt(store, 1)
    measured = measure(store, 1, [MESSAGES, PEOPLE], moments, receipt=receipt)
    return float(measured["messages"].iloc[0]), float(measured["people"].iloc[0])


def test_an_event_that_came_late_counts_from_its_receipt_on(event_store: DuckDBEventStore) -> None:
    late = {"occurred_at": CONNECTED + DAY, "received_at": CONNECTED + 3 * DAY, "source_id": 1}
    stored(event_store, late)
    assert values(event_store, days=2) == (0, 0)
    assert values(event_store, days=3) == (0, 0)
    assert values(event_store, days=4) == (1, 1)


@pytest.mark.parametrize(
    "row",
    [
        {"occurred_at": CONNECTED + DAY, "source_id": None},
        {"occurred_at": CONNECTED - DAY, "source_id": 1},
    ],
)
def test_what_a_file_brought_or_happened_before_the_product_was_connected_is_history(
    event_store: DuckDBEventStore, row: Mapping[str, Any]
) -> None:
    stored(event_store, {"received_at": CONNECTED + 30 * DAY, **row})
    assert values(event_store, days=2) == (1, 1)


def test_each_name_is_known_since_its_first_event_was(event_store: DuckDBEventStore) -> None:
    late = {"occurred_at": CONNECTED + DAY, "received_at": CONNECTED + 3 * DAY, "source_id": 1}
    stored(event_store, late, {**late, "workspace_id": 2, "name": "a stranger's"})
    receipt = find_receipt(event_store, 1)
    assert first_known(event_store, 1, receipt).to_dict() == {
        "login": CONNECTED,
        "message_sent": CONNECTED + 3 * DAY,
        "any": CONNECTED,
    }
    assert find_receipt(event_store, 3) == Receipt(None)
    assert first_known(event_store, 3, Receipt(None)).empty


def test_the_product_was_connected_when_the_first_event_with_a_key_came(
    event_store: DuckDBEventStore,
) -> None:
    before: datetime = CONNECTED - DAY
    stored(event_store, {"occurred_at": before, "received_at": before, "source_id": None})
    assert find_receipt(event_store, 1) == Receipt(CONNECTED)
