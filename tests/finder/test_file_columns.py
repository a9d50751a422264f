"""Columns of a file that are no amount of anything, or are named for what comes later."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pql.finder.alarms import Kind
from pql.finder.column_names import column_alarms, event_alarms
from pql.finder.file_columns import FileColumns, read_columns

ROWS = 400
DAYS = np.arange(ROWS) // 4
BEGAN = np.datetime64("2024-01-01") + DAYS.astype("timedelta64[D]")
GENERATOR = np.random.default_rng(1)
OUTCOME = GENERATOR.random(ROWS) < 0.2
SHUFFLED = GENERATOR.permutation(ROWS)


def read(
    column: Sequence[Any] | np.ndarray, name: str = "x", *known_at_start: str, timed: bool = True
) -> FileColumns:
    """A table of one column."""
    rows = pd.DataFrame({name: column})
    return read_columns(rows, OUTCOME, BEGAN if timed else None, known_at_start, 1_000)


def kinds(found: FileColumns) -> list[Kind]:
    return [alarm.kind for alarm in found.alarms]


@pytest.mark.parametrize(
    ("name", "cells", "timed"),
    [
        ("x", 10_000 + np.arange(ROWS), False),  # from row to row
        ("x", (10_000 + np.arange(ROWS))[SHUFFLED], False),  # counted up, rows in any order
        ("customer_number", 7 * SHUFFLED**2, False),
        ("orgId", SHUFFLED % 7, False),
        ("x", [f"{number:08x}-lead" for number in SHUFFLED], False),
        ("account_id", [f"a{number % 5}" for number in SHUFFLED], False),
    ],
)
def test_ids_are_set_aside(name: str, cells: Any, timed: bool) -> None:
    found = read(cells, name, timed=timed)
    assert kinds(found) == [Kind.IDENTIFIER]
    assert found.alarms[0].is_question
    assert found.columns == ()


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("age_at_export", 500 - DAYS),
        ("x", 3 * DAYS + SHUFFLED % 5),
    ],
)
def test_what_goes_with_the_time_is_a_clock(name: str, cells: Any) -> None:
    assert kinds(read(cells, name)) == [Kind.CLOCK]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("x", [f"2024-{1 + number % 12:02}-{1 + number % 28:02}" for number in SHUFFLED]),
        ("x", [f"{1 + number % 28}.{1 + number % 12}.2024 10:30" for number in SHUFFLED]),
        ("x", [f"{1 + number % 28}-Mar-24" for number in SHUFFLED]),
        ("x", pd.Timestamp("2024-01-01") + pd.to_timedelta(SHUFFLED, unit="h")),
        ("x", [("jan", "feb", "may", "oct")[number % 4] for number in SHUFFLED]),
        ("x", [("Monday", "Friday", "Sunday")[number % 3] for number in SHUFFLED]),
        ("signup_month", 1 + SHUFFLED % 12),
        ("DayOfWeek", SHUFFLED % 7),
        ("hour", SHUFFLED % 24),
        ("year", 2020 + SHUFFLED % 5),
        ("x", 1_704_067_200 + 86_400 * (SHUFFLED % 90)),
        ("x", 20_240_101 + SHUFFLED % 28),
    ],
)
def test_dates_months_and_hours_are_a_calendar(name: str, cells: Any) -> None:
    found = read(cells, name)
    assert kinds(found) == [Kind.CALENDAR]
    assert found.columns == ()


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("visits", SHUFFLED % 30),
        ("minutes", SHUFFLED * 37.5),
        ("sessions_per_week", SHUFFLED % 20),
        ("active_days_in_month", SHUFFLED % 12),
        ("employees", SHUFFLED % 90 * 11),
        ("revenue_range", [("small", "large")[number % 2] for number in SHUFFLED]),
        ("Do Not Call", [("yes", "no")[number % 2] for number in SHUFFLED]),
        ("source", [("search", "fair", "friend")[number % 3] for number in SHUFFLED]),
        ("version", [("1.2.3", "1.10.0")[number % 2] for number in SHUFFLED]),
    ],
)
def test_what_is_an_amount_or_a_kind_is_searched(name: str, cells: Any) -> None:
    found = read(cells, name)
    assert found.alarms == ()
    assert {column.source for column in found.columns} == {name}


@pytest.mark.parametrize(
    ("name", "cells"),
    [("user_id", SHUFFLED % 40), ("month", 1 + SHUFFLED % 12), ("Last Activity", SHUFFLED % 9)],
)
def test_what_is_known_at_the_start_is_searched(name: str, cells: Any) -> None:
    assert read(cells, name, name).alarms == ()
    assert len(read(cells, name, name).columns) == 1


@pytest.mark.parametrize(
    ("value", "others", "is_seen"),
    [
        (999, 30, True),
        (-1, 30, True),
        (-999, 30, True),
        (999, 300, False),
        (30, 10, False),
    ],
)
def test_numbers_that_mean_not_given_are_noticed(value: int, others: int, is_seen: bool) -> None:
    cells = np.where(SHUFFLED % 3 == 0, value, 2 * (SHUFFLED % others))
    found = read(cells, "days_since_visit")
    assert kinds(found) == ([Kind.SENTINEL] if is_seen else [])
    ((column, values),) = zip(found.columns, found.values.T, strict=True)
    assert column.source == "days_since_visit"
    assert np.isnan(values).sum() == (np.sum(SHUFFLED % 3 == 0) if is_seen else 0)


def test_a_number_that_means_not_given_can_tell_the_outcome() -> None:
    found = read(np.where(OUTCOME, SHUFFLED % 30, 999), "x")
    assert kinds(found) == [Kind.SENTINEL, Kind.MISSING_TELLS]


def test_a_word_that_may_mean_not_given_is_noticed_and_searched() -> None:
    found = read([("Select", "Berlin", "Oslo")[number % 3] for number in SHUFFLED], "city")
    (told,) = found.alarms
    assert told.sentence == (
        'city is "Select" in 33.5% of the rows. If this means not given, say --missing "Select".'
    )
    assert len(found.columns) == 3


@pytest.mark.parametrize("is_won", [True, False])
@pytest.mark.parametrize(
    "cells",
    [
        [f"rep {number % 20}" for number in SHUFFLED],  # none of them frequent
        [f"2024-01-{1 + number % 28:02}" for number in SHUFFLED],
        [f"note {number}" for number in SHUFFLED],
        SHUFFLED % 9 * 1.0,
        [bool(number % 2) for number in SHUFFLED],
    ],
)
def test_what_is_filled_in_only_for_one_outcome_is_named(cells: Any, is_won: bool) -> None:
    given = OUTCOME if is_won else ~OUTCOME
    found = read(pd.Series(cells, dtype=object).where(given).tolist(), "rep", "rep")
    (alarm,) = found.alarms
    assert (alarm.kind, alarm.is_question) == (Kind.MISSING_TELLS, False)
    whom = "that converted" if is_won else "that did not convert"
    assert f"rep is filled in only for those {whom}" in alarm.sentence
    assert "No rate by rep can be told" in alarm.sentence


def test_what_is_hardly_filled_in_for_one_outcome_is_a_question_that_can_be_answered() -> None:
    given = np.where(OUTCOME, SHUFFLED % 2 == 0, SHUFFLED % 100 == 0)
    cells = np.where(given, SHUFFLED % 9, np.nan)
    (asked,) = read(cells, "seats").alarms
    assert (asked.kind, asked.is_question) == (Kind.MISSING_TELLS, True)
    answered = read(cells, "seats", "seats")
    assert kinds(answered) == [Kind.ANSWERED]
    assert len(answered.columns) == 1


def test_every_column_that_cannot_be_compared_is_listed_with_the_reason() -> None:
    rows = pd.DataFrame(
        {
            "empty": [None] * ROWS,
            "same": ["a"] * ROWS,
            "zero": [0] * ROWS,
            "names": [f"name {number % 100}" for number in SHUFFLED],
            "visits": SHUFFLED % 30,
        }
    )
    found = read_columns(rows, OUTCOME, BEGAN, (), 1_000)
    assert [each.sentence for each in found.not_searched] == [
        "empty is given in no row.",
        "same is the same in all rows in which it is given.",
        "zero is the same in all rows in which it is given.",
        "names has 100 values, none of them in 25 rows: no rate by value can be told.",
    ]
    assert [column.source for column in found.columns] == ["visits"]


@pytest.mark.parametrize(
    "name",
    [
        "call_duration",
        "Call Duration",
        "duration",
        "numCalls",
        "last_contacted_at",
        "meetings",
        "Follow-up date",
        "replied",
        "notes",
        "closed_on",
        "deal_amount",
        "paid",
        "lost_reason",
        "Lead Quality",
        "contract_signed",
    ],
)
def test_names_of_contact_and_outcome_are_questions(name: str) -> None:
    (alarm,) = column_alarms([name], [])
    assert (alarm.kind, alarm.is_question) == (Kind.SET_LATER, True)
    assert list(column_alarms([name], [name])) == []


@pytest.mark.parametrize(
    "name",
    [
        "Total Time Spent on Website",
        "Lead Source",
        "visits",
        "company_size",
        "annual_revenue",
        "do_not_call",
        "preferred contact time",
        "I agree to pay the amount through cheque",
        "windows",
        "session_duration",
        "What is your current occupation",
    ],
)
def test_names_of_what_is_known_at_capture_are_not(name: str) -> None:
    assert list(column_alarms([name], [])) == []


def test_of_events_only_names_of_the_outcome_are_a_question() -> None:
    names = ["lesson_watched", "call_made", "ticket_closed", "Checkout Started", "plan.upgraded"]
    assert [each.source for each in event_alarms(names, [])] == names[3:]
