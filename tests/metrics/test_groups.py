"""Metrics that do not fit into memory together are measured in groups, with the same numbers."""

import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from pql.definitions.model import Aggregate, Metric, PropertyFilter, Window
from pql.events.duckdb_store import DuckDBEventStore, memory_options
from pql.events.store import AnySelect, EventsTooLarge
from pql.metrics.aggregates import AGGREGATES
from pql.metrics.grouping import MOST_TOGETHER
from pql.metrics.measuring import measure
from tests.fixtures.events import SOME_TIME, batch_of
from tests.metrics.reference import expected

DAY = timedelta(days=1)
KINDS = [Aggregate(kind, "p1", days=2, within=3) for kind in AGGREGATES]
METRICS = [
    Metric(f"{number}", event, aggregate, Window("first", days), where)
    for number, (event, aggregate, days, where) in enumerate(
        itertools.product(
            ["invite_sent", "any"],
            KINDS,
            [1, 3],
            [(), (PropertyFilter("p2", "in", (1, "1")), PropertyFilter("p3", "exists", True))],
        )
    )
]


class Cramped:
    """An event store with memory for so many numbers of a select."""

    def __init__(self, store: DuckDBEventStore, fits: int) -> None:
        self.store, self.fits, self.calls = store, fits, list[int]()

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    def frames(
        self, statements: Sequence[AnySelect], uploads: Mapping[str, pd.DataFrame]
    ) -> list[pd.DataFrame]:
        self.calls.append(len(statements))
        if any(len(each.selected_columns) - 1 > self.fits for each in statements):
            raise EventsTooLarge
        return self.store.frames(statements, uploads)


@pytest.fixture
def recorded(event_store: DuckDBEventStore) -> list[dict[str, object]]:
    """What two accounts did, some of it with properties."""
    events: list[dict[str, object]] = [
        {
            "account_id": 1 + number % 2,
            "contact_id": number % 3 or None,
            "kind": "track",
            "name": "invite_sent" if number % 4 else "login",
            "occurred_at": SOME_TIME + number * DAY / 7,
            "filtered": False,
            "values": {"p1": number / 10, "p2": [1, "1", None][number % 3], "p3": number},
        }
        for number in range(30)
    ]
    stored = [
        {k: v for k, v in e.items() if k != "values"} | {"properties": json.dumps(e["values"])}
        for e in events
    ]
    event_store.append(batch_of(1, stored))
    return events


def moments(accounts: int) -> pd.DataFrame:
    numbers = list(range(1, accounts + 1))
    frame = pd.DataFrame({"moment_id": numbers, "account_id": numbers})
    frame["as_of"], frame["trial_started_at"] = SOME_TIME + 9 * DAY, SOME_TIME
    frame["trial_ends_at"] = pd.NaT
    times = ("as_of", "trial_started_at", "trial_ends_at")
    return frame.astype(dict.fromkeys(times, "datetime64[us]"))


@pytest.mark.parametrize("fits", [1, 5, 1_000])
def test_groups_find_what_a_plain_computation_finds(
    event_store: DuckDBEventStore, recorded: list[dict[str, object]], fits: int
) -> None:
    store = Cramped(event_store, fits)
    measured = measure(store, 1, METRICS, moments(2))  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(measured, expected(recorded, METRICS, moments(2)), rtol=1e-15)


def test_what_is_measured_is_all_of_one_snapshot(
    event_store: DuckDBEventStore, recorded: list[dict[str, object]]
) -> None:
    store = Cramped(event_store, 5)
    measure(store, 1, METRICS, moments(2))  # type: ignore[arg-type]
    assert recorded
    assert store.calls == sorted(store.calls)  # each from the start, the last one with every group


def test_a_metric_that_does_not_fit_by_itself_is_too_large(
    event_store: DuckDBEventStore, recorded: list[dict[str, object]]
) -> None:
    assert recorded
    with pytest.raises(EventsTooLarge, match="EVENTS_MEMORY"):
        measure(Cramped(event_store, 0), 1, METRICS, moments(2))  # type: ignore[arg-type]


def test_a_usual_file_is_one_select(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [{"name": "invite_sent"}]))
    usual = [Metric(f"{n}", "invite_sent", KINDS[0], Window("first", 14)) for n in range(20)]
    store = Cramped(event_store, MOST_TOGETHER)
    measure(store, 1, usual, moments(1))  # type: ignore[arg-type]
    assert store.calls == [1]


def test_conditions_on_thirty_properties_of_twenty_metrics_fit(tmp_path: Path) -> None:
    store = DuckDBEventStore(tmp_path / "events.duckdb", memory_options(128 * 1024**2))
    properties = json.dumps({f"p{number}": number for number in range(30)})
    store.append(batch_of(1, [{"properties": properties} for _ in range(8_000)]))
    where = tuple(PropertyFilter(f"p{number}", "at_least", 0) for number in range(30))
    metrics = [
        Metric(f"{n}", "message_sent", KINDS[0], Window("first", 14), where) for n in range(20)
    ]
    assert KINDS[0].kind == "count"
    try:
        assert measure(store, 1, metrics, moments(1)).iloc[0].tolist() == [8_000] * 20
    finally:
        store.close()
