"""A few passes over the events come to what one metric at a time comes to."""

import json
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from pql.events.duckdb_store import DuckDBEventStore
from pql.events.schema import events as events_table
from pql.finder.measuring import measure_units
from pql.finder.questions import (
    ACCOUNTS,
    CONTACTS,
    EventNotRecorded,
    Questions,
    WindowTooLong,
    choose_questions,
)
from pql.metrics.measuring import measure
from tests.fixtures.events import batch_of

START = datetime.fromisoformat("2026-03-02T15:30")
ACCOUNTS_PLANTED = 30
HALF_DAY = timedelta(hours=12)


@pytest.fixture
def store(event_store: DuckDBEventStore) -> DuckDBEventStore:
    """Events of 30 accounts around their trials, some filtered, some of strangers."""
    generator = np.random.default_rng(5)
    rows = []
    for number in range(3_000):
        account = int(generator.integers(1, ACCOUNTS_PLANTED + 1))
        at = START + timedelta(hours=float(generator.uniform(-30, 24 * 12))) + account * HALF_DAY
        properties = {"minutes": round(float(generator.gamma(2, 5)), 1), "plan_id": 7, "a": "b"}
        if generator.random() < 0.3:
            del properties["minutes"]
        rows.append(
            {
                "workspace_id": 2 if generator.random() < 0.1 else 1,
                "account_id": account,
                "contact_id": None if generator.random() < 0.1 else account * 10 + number % 4,
                "name": ("lesson_watched", "message_sent", "Report: opened")[number % 3],
                "occurred_at": at,
                "received_at": at,
                "message_id": f"m{number}",
                "properties": json.dumps(properties if number % 3 == 0 else {}),
                "filtered": bool(generator.random() < 0.05),
            }
        )
    event_store.append(batch_of(1, rows))
    return event_store


def units() -> pd.DataFrame:
    """Each account, judged after seven days; some were cut short by their conversion."""
    numbers = pd.Series(range(1, ACCOUNTS_PLANTED + 1))
    began = pd.to_datetime(START) + numbers * pd.Timedelta(HALF_DAY)
    as_of = began + pd.to_timedelta(np.where(numbers % 5 == 0, 3.2, 7.0), unit="D")
    frame = pd.DataFrame({"account_id": numbers, "trial_started_at": began, "as_of": as_of})
    return frame.astype({"trial_started_at": "datetime64[us]", "as_of": "datetime64[us]"})


@pytest.mark.parametrize("windows", [(7,), (1, 3, 7)])
def test_values_are_those_of_the_metrics(store: DuckDBEventStore, windows: tuple[int, ...]) -> None:
    questions = choose_questions(store, 1, days=7, unit=ACCOUNTS, windows=windows)
    columns = list(questions.columns())
    moments = (
        units()
        .assign(trial_ends_at=pd.Series(pd.NaT, range(ACCOUNTS_PLANTED)))
        .rename_axis("moment_id")
        .reset_index()
    )
    expected = measure(store, 1, [column.metric for column in columns if column.metric], moments)
    measured = measure_units(store, 1, questions, units())
    assert measured.shape == (ACCOUNTS_PLANTED, len(columns)) == expected.shape
    np.testing.assert_allclose(measured, expected.to_numpy(), rtol=1e-12)
    assert np.isnan(measured).any() == (1 in windows)  # some had no minutes in their first day
    assert (np.nan_to_num(measured).max(axis=0) > 0).all()


def test_a_person_has_what_it_did_itself(store: DuckDBEventStore) -> None:
    questions = Questions({"lesson_watched": ("minutes",)}, (3, 7), CONTACTS)
    people = units().merge(pd.DataFrame({"person": range(4)}), how="cross")
    people["contact_id"] = people["account_id"] * 10 + people["person"]
    measured = measure_units(store, 1, questions, people)
    names = [column.name for column in questions.columns()]
    by_person = pd.DataFrame(measured, columns=names, index=people["account_id"])
    events = store.frame(
        select(
            events_table.c.account_id,
            events_table.c.contact_id,
            events_table.c.name,
            events_table.c.occurred_at,
        ).where(events_table.c.workspace_id == 1, events_table.c.filtered.is_(False))
    )
    joined = events.merge(people, on=["account_id", "contact_id"])
    joined = joined[
        (joined["occurred_at"] >= joined["trial_started_at"])
        & (joined["occurred_at"] < joined["as_of"])
        & (joined["name"] == "lesson_watched")
    ]
    assert by_person["lesson_watched_in_7_days"].sum() == len(joined)
    days = joined.assign(day=joined["occurred_at"].dt.date)[["contact_id", "day"]]
    assert by_person["lesson_watched_distinct_days_in_7_days"].sum() == len(days.drop_duplicates())
    assert not any("contacts" in name for name in names)


def test_numbers_are_summed_and_ids_are_not(store: DuckDBEventStore) -> None:
    questions = choose_questions(store, 1, days=7, unit=ACCOUNTS)
    assert questions.windows == (1, 3, 7)
    assert questions.sums == [("lesson_watched", "minutes")]
    names = {column.name for column in questions.columns()}
    assert "report_opened_distinct_contacts_in_3_days" in names
    assert "lesson_watched_sum_of_minutes_in_1_day" in names


def test_events_of_the_life_cycle_are_not_asked_about(store: DuckDBEventStore) -> None:
    questions = choose_questions(store, 1, days=3, unit=ACCOUNTS, never=["Message Sent"])
    assert "message_sent" not in questions.events


def test_what_was_never_recorded_and_what_looks_too_far_is_refused(
    store: DuckDBEventStore,
) -> None:
    with pytest.raises(EventNotRecorded, match="report_sent"):
        choose_questions(store, 1, days=7, unit=ACCOUNTS, events_wanted=["report_sent"])
    with pytest.raises(WindowTooLong, match="14 days"):
        choose_questions(store, 1, days=7, unit=ACCOUNTS, windows=[3, 14])
