"""The days of trials and dates, in time zones whose clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pql.calendars import NO_DAY, Calendar

MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)
ZONES = (
    "UTC",
    "Asia/Kolkata",  # five hours and a half ahead, always
    "Europe/Helsinki",
    "America/New_York",
    "America/Sao_Paulo",  # put forward at midnight until 2018: some dates begin at one
    "America/Havana",  # put back at one: midnight comes twice
    "Australia/Lord_Howe",  # changed by half an hour
    "Africa/Casablanca",  # put back for Ramadan, whose date moves
    "Pacific/Apia",  # had no 30 December 2011
)
FROM, UNTIL = datetime(2009, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001 - naive UTC, as in arrays
zones = st.sampled_from(ZONES)
minutes = st.integers(0, int((UNTIL - FROM) / MINUTE)).map(lambda n: FROM + n * MINUTE)
dates = st.dates(FROM.date(), UNTIL.date())


def times(*each: datetime) -> np.ndarray:
    return np.array(each, dtype="datetime64[us]")


def shown(moment: datetime, zone: str) -> datetime:
    """What the zone's clock shows, by Python's own arithmetic."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(zone=zones, moment=minutes)
def test_the_clock_shows_what_the_standard_library_says(zone: str, moment: datetime) -> None:
    assert Calendar(zone).shown(times(moment))[0].item() == shown(moment, zone)


@given(zone=zones, day=dates)
@example(zone="America/Sao_Paulo", day=date(2018, 11, 4))
@example(zone="America/Havana", day=date(2026, 11, 1))
@example(zone="Pacific/Apia", day=date(2011, 12, 30))
def test_a_date_begins_with_the_first_moment_that_is_not_before_it(zone: str, day: date) -> None:
    begins = Calendar(zone).date_start(day).replace(tzinfo=None)
    midnight = datetime.combine(day, datetime.min.time())
    assert shown(begins, zone) >= midnight
    assert all(shown(begins - k * MINUTE, zone) < midnight for k in (1, 30, 61, 600))


@given(zone=zones, day=dates, days=st.integers(1, 400))
@example(zone="America/Sao_Paulo", day=date(2018, 11, 4), days=1)
@example(zone="Europe/Helsinki", day=date(2026, 3, 28), days=2)
def test_a_trial_that_starts_on_a_date_has_the_days_of_the_calendar(
    zone: str, day: date, days: int
) -> None:
    calendar = Calendar(zone)
    later = day + timedelta(days=days)
    assert calendar.day_end(calendar.date_start(day), days) == calendar.date_start(later)


@given(zone=zones, start=minutes, days=st.integers(1, 60))
def test_other_days_end_when_the_clock_shows_what_it_showed_at_the_start(
    zone: str, start: datetime, days: int
) -> None:
    end = Calendar(zone).day_ends(times(start), days)[0].item()
    wanted = shown(start, zone) + timedelta(days=days)
    assert shown(end, zone) >= wanted
    assert all(shown(end - k * MINUTE, zone) < wanted for k in (1, 30, 61, 600))


@given(zone=zones, start=minutes, later=st.integers(0, 90 * 24 * 60))
def test_one_rule_says_the_day_and_the_age(zone: str, start: datetime, later: int) -> None:
    calendar, started, at = Calendar(zone), times(start), times(start + later * MINUTE)
    day = int(calendar.trial_days(started, at)[0])
    assert calendar.day_ends(started, day - 1) <= at < calendar.day_ends(started, day)
    assert day - 1 <= calendar.ages(started, at)[0] < day
    ends = calendar.day_ends(started, day)
    assert calendar.trial_days(started, times(ends[0].item()))[0] > day
    assert calendar.ages(started, ends)[0] >= day


@given(zone=zones, now=minutes, days=st.integers(0, 60))
def test_the_latest_start_is_that_of_the_last_trial_whose_day_has_ended(
    zone: str, now: datetime, days: int
) -> None:
    calendar, aware = Calendar(zone), now.replace(tzinfo=UTC)
    latest = calendar.latest_start(days, aware)
    assert calendar.day_end(latest, days) <= aware < calendar.day_end(latest + MOMENT, days)


def test_without_a_zone_days_have_24_hours() -> None:
    start = datetime(2026, 3, 28, 10)  # noqa: DTZ001 - naive UTC, as in arrays
    for hours, day in ((0, 1), (23, 1), (24, 2), (47, 2), (48, 3)):
        at = times(start + timedelta(hours=hours))
        assert Calendar().trial_days(times(start), at)[0] == day


@pytest.mark.parametrize("zone", ZONES)
def test_before_the_start_and_without_one_there_is_no_day(zone: str) -> None:
    now = np.datetime64("2026-03-29T10:00", "us")
    started = np.array(["2026-03-29T10:01", "NaT", "2026-03-29T10:00"], dtype="datetime64[us]")
    calendar = Calendar(zone)
    assert calendar.trial_days(started, now).tolist() == [NO_DAY, NO_DAY, 1]
    ages = calendar.ages(started, now)
    assert ages[0] < 0
    assert np.isnan(ages[1])
    assert np.isnat(calendar.day_ends(started, 3)).tolist() == [False, True, False]
