"""`measure` finds what a plain computation finds, for every aggregate, window and filter."""

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pql.calendars import Calendar
from pql.definitions.model import Aggregate, Metric, PropertyFilter, Window
from pql.events.duckdb_store import DuckDBEventStore
from pql.metrics.aggregates import AGGREGATES
from pql.metrics.measuring import measure
from tests.fixtures.events import batch_of
from tests.metrics.reference import expected

START = datetime.fromisoformat("2026-03-01")
AGGREGATED = [
    Aggregate("count"),
    Aggregate("distinct_contacts"),
    Aggregate("distinct_days"),
    Aggregate("sum", property="minutes"),
    Aggregate("max", property="minutes"),
    Aggregate("days_since_last"),
    Aggregate("first_time"),
    Aggregate("contacts_active", days=2, within=3),
    Aggregate("contacts_active", days=1, within=1),
]
VALUES = [10, 10.0, 0.1, 0.2, -5, 1e15, "10", "email", "", True, False, None, [1], {"minutes": 1}]
PROPERTIES = ["minutes", 'a "strange"/~name', "channel"]
STRANGE_VALUES = [
    *VALUES, " 3 ", "12.5", "NaN", "nan", "inf", "1e400", "1_000", "0x10", "+7", ".5", "5.", "1E-3",
    "-0", -0.0, 1e16, 1e300, 5e-324, 12345678901234567890, "00123", "TRUE", " True ", "no", "NO",
    "Norge", "Stra\u00dfe", "STRASSE", "\u03a3\u0391\u03a3", "\u03c3\u03b1\u03c2", "\u0130X", "ix",
    "\uff11\uff12", "\u00a0x\u2003", "it's", 'quoted "so"', "back\\slash", "50%", "a:b", "$1", [],
    ["a", "A"], [10, "x"], [True], [None, [1], {"a": 1}], [" 5.0 "], {"minutes": "10"},
]  # fmt: skip
WANTED = [
    10, 0.1, -5, 0, 1e16, "10", "5", "1e400", "NaN", True, "true", "FALSE", "email", "no", "x",
    "strasse", "\u03c3\u03b1\u03c3", "i", "s", "a", "00", "it's", '"so"', "\\", "%", "$1", "\uff11",
]  # fmt: skip

values = st.sampled_from(VALUES)
times = st.integers(0, 80).map(lambda quarters: START + timedelta(hours=6 * quarters))
zones = st.sampled_from(["UTC", "America/Chicago"])
"""The clock in Chicago was put forward on 8 March; it is six hours behind UTC before."""
windows = st.one_of(
    st.builds(Window, st.sampled_from(["first", "last"]), st.integers(1, 15)),
    st.just(Window("trial")),
)
scalars = st.sampled_from([10, 0.1, "10", "email", True, False])
conditions = st.one_of(
    st.builds(
        PropertyFilter, st.sampled_from(PROPERTIES), st.sampled_from(["is", "is_not"]), scalars
    ),
    st.builds(
        PropertyFilter,
        st.sampled_from(PROPERTIES),
        st.just("in"),
        st.lists(scalars, max_size=3).map(tuple),
    ),
    st.builds(
        PropertyFilter,
        st.sampled_from(PROPERTIES),
        st.sampled_from(["at_least", "at_most"]),
        st.sampled_from([0.2, 10, -5]),
    ),
    st.builds(
        PropertyFilter,
        st.sampled_from([*PROPERTIES, "minutes.minutes"]),
        st.sampled_from(["contains", "starts_with", "has"]),
        st.sampled_from(["1", "E", True]),
    ),
    st.builds(PropertyFilter, st.sampled_from(PROPERTIES), st.just("exists"), st.booleans()),
)
events = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from([1, 2, None]),
        "contact_id": st.sampled_from([1, 2, 3, None]),
        "kind": st.sampled_from(["track", "track", "page", "identify"]),
        "name": st.sampled_from(["invite_sent", "lesson_watched"]),
        "occurred_at": times,
        "filtered": st.sampled_from([False, False, False, True]),
        "values": st.dictionaries(st.sampled_from(PROPERTIES), values),
    }
)
moments = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from([1, 2]),
        "as_of": times,
        "trial_started_at": st.one_of(times, st.none()),
        "trial_ends_at": st.one_of(times, st.none()),
    }
)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEventStore]:
    folder: Path = tmp_path_factory.mktemp("measuring")
    store = DuckDBEventStore(folder / "events.duckdb")
    yield store
    store.close()


numbers = itertools.count(1)


@given(
    recorded=st.lists(events, max_size=30),
    asked=st.lists(moments, min_size=1, max_size=6),
    placed=st.lists(windows, min_size=1, max_size=2),
    where=st.lists(conditions, max_size=2).map(tuple),
    event=st.sampled_from(["any", "invite_sent", "never_recorded"]),
    zone=zones,
)
@settings(max_examples=40, deadline=None)
def test_measure_finds_what_a_plain_computation_finds(
    *,
    shared_store: DuckDBEventStore,
    recorded: list[dict[str, Any]],
    asked: list[dict[str, Any]],
    placed: list[Window],
    where: tuple[PropertyFilter, ...],
    event: str,
    zone: str,
) -> None:
    workspace_id = _record(shared_store, recorded)
    frame = _moments(asked)
    metrics = _metrics(placed, where, event)
    pd.testing.assert_frame_equal(
        measure(shared_store, workspace_id, metrics, frame, calendar=Calendar(zone)),
        expected(recorded, metrics, frame, zone),
        rtol=1e-15,
    )


def test_every_condition_is_met_by_the_values_that_meet_it_as_a_rule(
    shared_store: DuckDBEventStore,
) -> None:
    places = [{"p": value} for value in STRANGE_VALUES]
    places += [
        {"a.b": 1, "a": {"b": 2}},
        {"a": {"b": "2"}},
        {"a.b": None, "a": {"b": 2}},
        {"a": [{"b": 2}]},
    ]
    recorded = [
        {"account_id": number, "contact_id": None, "kind": "track", "name": "x",
         "occurred_at": START, "filtered": False, "values": values}
        for number, values in enumerate(places, start=1)
    ]  # fmt: skip
    workspace_id = _record(shared_store, recorded)
    conditions = [
        PropertyFilter("p", operator, wanted)
        for operator in ("is", "is_not", "contains", "starts_with", "has")
        for wanted in WANTED
    ]
    conditions += [PropertyFilter("a.b", "is", 2), PropertyFilter("a.0.b", "at_most", 2)]
    conditions += [
        PropertyFilter("p", operator, wanted)
        for operator in ("at_least", "at_most", "more_than", "less_than")
        for wanted in (0, 3, 10)
    ]
    conditions += [PropertyFilter("p", "in", ("no", 10)), PropertyFilter("p", "exists", False)]
    whole = Window("first", 1)
    metrics = [
        Metric(f"{number}", "x", Aggregate("count"), whole, (condition,))
        for number, condition in enumerate(conditions)
    ]
    metrics += [
        Metric(f"max {name}", "x", Aggregate("max", property=name), whole) for name in ("p", "a.b")
    ]
    frame = _moments(
        [
            {"account_id": number, "as_of": START + timedelta(days=2),
             "trial_started_at": START, "trial_ends_at": None}
            for number in range(1, len(places) + 1)
        ]
    )  # fmt: skip
    found, wanted = (
        each.set_axis([repr(metric) for metric in metrics], axis=1)
        for each in (
            measure(shared_store, workspace_id, metrics, frame),
            expected(recorded, metrics, frame),
        )
    )
    pd.testing.assert_frame_equal(found, wanted)


@given(
    recorded=st.lists(events, max_size=30),
    asked=st.lists(moments, min_size=1, max_size=4),
    placed=st.lists(windows, min_size=1, max_size=3, unique=True),
    event=st.sampled_from(["any", "invite_sent", "never_recorded"]),
    chosen=st.randoms(use_true_random=False),
)
@settings(max_examples=40)
def test_what_is_known_already_is_taken_as_it_is_and_the_rest_is_found(
    *,
    shared_store: DuckDBEventStore,
    recorded: list[dict[str, Any]],
    asked: list[dict[str, Any]],
    placed: list[Window],
    event: str,
    chosen: Random,
) -> None:
    workspace_id = _record(shared_store, recorded)
    frame = _moments(asked)
    metrics = _metrics(placed, (), event)
    found = expected(recorded, metrics, frame)
    of_windows = {window: [chosen.random() < 0.6 for _ in asked] for window in placed}
    is_known = np.array([of_windows[metric.window] for metric in metrics]).T
    said = found.where(~is_known, found + 1)  # another number than looking would find
    known = {
        metric.name: np.where(is_known[:, number], said[metric.name], np.nan)
        for number, metric in enumerate(metrics)
    }
    pd.testing.assert_frame_equal(
        measure(shared_store, workspace_id, metrics, frame, measured=known), said, rtol=1e-15
    )


def test_the_reference_covers_every_aggregate() -> None:
    assert {aggregate.kind for aggregate in AGGREGATED} == set(AGGREGATES)


def _record(store: DuckDBEventStore, recorded: list[dict[str, Any]]) -> int:
    """Store them in a workspace of their own: the events of every earlier one are a stranger's."""
    workspace_id = next(numbers)
    stored = [
        {
            **{name: value for name, value in one.items() if name != "values"},
            "workspace_id": workspace_id,
            "properties": json.dumps(one["values"]),
        }
        for one in recorded
    ]
    store.append(batch_of(workspace_id, stored))
    return workspace_id


def _moments(asked: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(asked)
    for name in ("as_of", "trial_started_at", "trial_ends_at"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    return frame.assign(moment_id=[7 * number for number in range(len(frame), 0, -1)])


def _metrics(placed: list[Window], where: tuple[PropertyFilter, ...], event: str) -> list[Metric]:
    """Every aggregate in every window, bare and with the conditions."""
    return [
        Metric(f"{number}", event, aggregate, window, filters)
        for number, (aggregate, window, filters) in enumerate(
            itertools.product(AGGREGATED, placed, {(), where})
        )
    ]
