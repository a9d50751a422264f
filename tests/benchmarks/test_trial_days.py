"""Benchmarks, time to convert and cohorts agree on the day of its trial on which one paid."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pql.accounts.facts import from_import
from pql.accounts.lifecycle import settle
from pql.benchmarks.computing import later_customers
from pql.benchmarks.survival import read_histories
from pql.calendars import Calendar
from pql.definitions.defaults import DEFAULT_LIFECYCLE
from pql.trials import TIMES, Evidence, Recording, select_cohort

RECORDED = Recording(*map(pd.Timestamp, ("2025-01-01", "2027-01-01", "2027-01-01")))
ZONES = ("UTC", "Europe/Helsinki", "America/New_York", "America/Havana", "Asia/Kolkata")
START = date(2026, 3, 1)  # with what follows, every zone's clock is changed on the way


def moments(calendar: Calendar) -> st.SearchStrategy[datetime]:
    """A date without a time, or any moment."""
    days = st.integers(0, 60).map(lambda n: calendar.date_start(START + timedelta(days=n)))
    return days | st.builds(lambda at, n: at + timedelta(minutes=n), days, st.integers(0, 1_439))


@st.composite
def pasts(draw: st.DrawFn) -> Evidence:
    calendar = Calendar(draw(st.sampled_from(ZONES)))
    some = moments(calendar)
    pairs = draw(st.lists(st.tuples(some, st.none() | some), min_size=1, max_size=12))
    return evidence([(start, paid and max(start, paid)) for start, paid in pairs], calendar)


def evidence(pairs: list[tuple[datetime, datetime | None]], calendar: Calendar) -> Evidence:
    frame: dict[str, Any] = dict.fromkeys(TIMES, pd.NaT)
    trials = pd.DataFrame({"account_id": range(len(pairs)), "status": "paying", **frame})
    for name, times in zip(
        ("trial_started_at", "converted_at"), zip(*pairs, strict=True), strict=True
    ):
        trials[name] = [None if at is None else at.replace(tzinfo=None) for at in times]
    trials = trials.astype(dict.fromkeys(TIMES, "datetime64[us]"))
    store = cast("Any", None)  # nothing is measured
    return Evidence(store, 1, trials, RECORDED, RECORDED.ends, calendar)


@given(past=pasts(), day=st.integers(1, 60))
@settings(max_examples=60)
def test_all_count_a_payment_by_the_same_day(past: Evidence, day: int) -> None:
    paid = past.trials["converted_at"].notna().sum()
    not_yet = (later_customers(past.trials, past.as_of, past.calendar)["last_day"] >= day).sum()
    histories = read_histories(past, RECORDED, expires=False)
    everyone = histories.paid_after >= 0
    share = histories.pays(everyone).before(day).value
    assert share * len(past.trials) == pytest.approx(paid - not_yet)
    assert select_cohort(past, day, 30).left_out["converted_earlier"] == paid - not_yet


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "start", ["2026-01-10", "2026-03-07", "2026-03-28", "2026-10-24", "2026-10-31"]
)
@pytest.mark.parametrize("later", [0, 1, 2, 30])
def test_dates_without_times_are_days_of_the_calendar(zone: str, start: str, later: int) -> None:
    calendar = Calendar(zone)
    started = date.fromisoformat(start)
    paid_at = calendar.date_start(started + timedelta(days=later))
    facts = from_import({"trial_started_at": start}, paid_at)
    facts += from_import({"status": "paying"}, paid_at)
    life = settle(facts, DEFAULT_LIFECYCLE, datetime(2027, 1, 1, tzinfo=UTC), calendar)
    assert life.trial_started_at == calendar.date_start(started)
    past = evidence([(life.trial_started_at, life.converted_at)], calendar)
    pays = read_histories(past, RECORDED, expires=False)
    day = later + 1  # paying on the date of the start is paying on day 1
    everyone = pays.paid_after >= 0
    assert [pays.pays(everyone).before(each).value for each in (day - 1, day)] == [0, 1]
    last_days = later_customers(past.trials, past.as_of, calendar)["last_day"].tolist()
    assert last_days == ([later] if later else [])


def test_the_end_of_a_trial_is_a_day_of_the_calendar_too() -> None:
    calendar = Calendar("Europe/Helsinki")
    facts = from_import({"trial_started_at": "2026-03-20"}, datetime(2026, 3, 20, tzinfo=UTC))
    lifecycle = replace(DEFAULT_LIFECYCLE, trial_days=14)
    life = settle(facts, lifecycle, datetime(2026, 3, 21, tzinfo=UTC), calendar)
    assert life.trial_ends_at == calendar.date_start(date(2026, 4, 3))
