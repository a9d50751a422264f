"""Followed from day to day, a metric has the values that measuring each day apart finds."""

import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pql.calendars import Calendar
from pql.definitions.model import Metric, PropertyFilter, Window
from pql.events.duckdb_store import DuckDBEventStore
from pql.metrics.day_by_day.looks import DailyLooks
from pql.metrics.day_by_day.measuring import Following, is_followed
from pql.metrics.measuring import measure
from pql.metrics.query import Receipt
from tests.fixtures.events import batch_of
from tests.metrics.test_measuring_against_reference import (
    AGGREGATED,
    START,
    conditions,
    events,
    times,
    windows,
    zones,
)

LOOKS = DailyLooks(pd.Timestamp(START + timedelta(days=4, hours=6)), 11)
TIMES = ("trial_started_at", "trial_ends_at")
WIDE = st.one_of(st.just(0), st.integers(0, 60))

late_events = st.tuples(
    events,
    WIDE,  # six hours until it was received
    st.sampled_from([None, 1, 1, 1]),  # its source
)
accounts = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from([1, 2]),
        "looks": st.tuples(st.integers(0, 10), st.integers(0, 10)).map(sorted),
        "trial_started_at": st.one_of(times, st.none()),
        "trial_ends_at": st.one_of(times, st.none()),
    }
)
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEventStore]:
    folder: Path = tmp_path_factory.mktemp("following")
    store = DuckDBEventStore(folder / "events.duckdb")
    yield store
    store.close()


@given(
    recorded=st.lists(late_events, max_size=30),
    followed=st.lists(accounts, min_size=1, max_size=4),
    placed=st.lists(windows, min_size=1, max_size=2),
    where=st.lists(conditions, max_size=1).map(tuple),
    event=st.sampled_from(["any", "invite_sent", "never_recorded"]),
    connected=st.one_of(times, st.none()),
    zone=zones,
)
@settings(max_examples=15, deadline=None)
def test_each_day_has_the_value_that_measuring_it_apart_finds(
    *,
    shared_store: DuckDBEventStore,
    recorded: list[tuple[dict[str, Any], int, int | None]],
    followed: list[dict[str, Any]],
    placed: list[Window],
    where: tuple[PropertyFilter, ...],
    event: str,
    connected: Any,
    zone: str,
) -> None:
    workspace_id = next(numbers)  # the events of every earlier example are a stranger's
    shared_store.append(batch_of(workspace_id, [_stored(workspace_id, *one) for one in recorded]))
    metrics = [
        Metric(str(number), event, aggregate, window, filters)
        for number, (aggregate, window, filters) in enumerate(
            itertools.product(AGGREGATED, dict.fromkeys(placed), {(), where})
        )
    ]
    metrics = [metric for metric in metrics if is_followed(metric)]
    names = {one["name"] for one, _, _ in recorded} | {"any"}
    receipt, tracks, calendar = Receipt(connected), _tracks(followed), Calendar(zone)
    following = Following(shared_store, workspace_id, LOOKS, names, receipt, calendar)
    tables = following.follow(metrics, tracks)
    moments = _each_look(tracks)
    apart = measure(
        shared_store, workspace_id, metrics, moments, names, receipt=receipt, calendar=calendar
    )
    for metric in metrics:
        values = tables[metric][moments["track"], moments["look"]]
        np.testing.assert_allclose(values, apart[metric.name], rtol=1e-15, err_msg=str(metric))


def test_all_but_people_active_on_several_days_are_followed() -> None:
    followed = {each.kind for each in AGGREGATED if is_followed(_metric(each))}
    assert followed == {each.kind for each in AGGREGATED} - {"contacts_active"}


def _metric(aggregate: Any) -> Metric:
    return Metric("", "any", aggregate, Window("trial"))


def _stored(
    workspace_id: int, one: dict[str, Any], quarters: int, source_id: int | None
) -> dict[str, Any]:
    return {
        **{name: value for name, value in one.items() if name != "values"},
        "workspace_id": workspace_id,
        "properties": json.dumps(one["values"]),
        "source_id": source_id,
        "received_at": one["occurred_at"] + timedelta(hours=6 * quarters),
    }


def _tracks(followed: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(followed)
    for name in TIMES:
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    looks = frame.pop("looks").tolist()
    return frame.assign(first=[first for first, _ in looks], end=[last + 1 for _, last in looks])


def _each_look(tracks: pd.DataFrame) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"track": track, "look": range(row["first"], row["end"])}).assign(
            account_id=row["account_id"], **{name: row[name] for name in TIMES}
        )
        for track, row in tracks.iterrows()
    ]
    moments = pd.concat(parts, ignore_index=True)
    moments["as_of"] = LOOKS.times(moments["look"])
    for name in TIMES:
        moments[name] = moments[name].astype("datetime64[us]")
    return moments.rename_axis("moment_id").reset_index()
