"""Days as a workspace counts them: the days of a trial, and dates, in its time zone.

This is the one place that says on which day of a trial something happened. Times are UTC and naive
in arrays (datetime64[us], NaT where unknown), aware where they are one `datetime`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.datetime64]
Dates = npt.NDArray[np.datetime64]
Days = npt.NDArray[np.int64]

NO_DAY = 0
"""The number of the day where a trial has not begun, or nobody knows when it does."""
A_DAY = np.timedelta64(1, "D")
A_WEEK = timedelta(weeks=1)
A_SECOND = timedelta(seconds=1)
A_MOMENT = timedelta(microseconds=1)
EARLIEST, LATEST = datetime(1985, 1, 1, tzinfo=UTC), datetime(2110, 1, 1, tzinfo=UTC)
"""Between these the changes of a zone's clock are known; outside the nearest holds."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a time zone, which has a name of the IANA database.

    Day d of a trial ends, and day d + 1 begins, when the zone's clock shows what it showed at the
    start, d dates later: 24 hours but where the clock is changed. A trial that began with a date
    has the days of the calendar: a start of which only the date is known is that date's first
    moment. Something at the end of a day belongs to the next.
    """

    time_zone: str = "UTC"

    def day_ends(self, started_at: Times, days: Days | int) -> Times:
        """When the day of this number ends, of each trial: `days` days after its start.

        The end of no day at all is the start.
        """
        clock = _clock_of(self.time_zone)
        spans = np.asarray(days) * A_DAY
        if clock.is_even:
            ends: Times = started_at + spans
            return ends
        ends = clock.moments(self._shown_at_start(started_at) + spans)
        return np.where(spans == np.timedelta64(0, "D"), started_at, ends)

    def day_end(self, started_at: datetime, days: int) -> datetime:
        """The same of one trial, aware."""
        return _aware(self.day_ends(np.array([_naive(started_at)], "datetime64[us]"), days)[0])

    def trial_days(self, started_at: Times, at: Times | np.datetime64) -> Days:
        """On which day of its trial each is at a moment: 1 is the first, `NO_DAY` before it."""
        started, now = np.broadcast_arrays(started_at, at)
        has_begun = started <= now
        days = np.full(started.shape, NO_DAY, dtype=np.int64)
        days[has_begun] = self._whole_days(started[has_begun], now[has_begun]) + 1
        return days

    def trial_day(self, started_at: datetime, now: datetime) -> int:
        """The same of one trial; a start that is yet to come counts as day 1."""
        moments = (np.datetime64(_naive(each), "us") for each in (started_at, now))
        return max(1, int(self.trial_days(*(np.array([each]) for each in moments))[0]))

    def ages(self, started_at: Times, at: Times | np.datetime64) -> npt.NDArray[np.float64]:
        """Days from the start of each trial, with fractions of the day it is on.

        The whole part is one less than the trial's day. NaN where a time is unknown, negative
        before the start.
        """
        started, now = np.broadcast_arrays(started_at, at)
        ages: npt.NDArray[np.float64] = (now - started) / A_DAY
        if _clock_of(self.time_zone).is_even:
            return ages
        begun = np.flatnonzero(started <= now)
        started, now = started[begun], now[begun]
        whole = self._whole_days(started, now)
        begins = self.day_ends(started, whole)
        lengths = self.day_ends(started, whole + 1) - begins
        ages[begun] = whole + (now - begins) / lengths
        return ages

    def latest_start(self, days: int, now: datetime) -> datetime:
        """The latest start of a trial whose day of this number has ended by now, aware.

        Of two trials the one that began earlier is never on an earlier day.
        """
        ended, open_still = now - timedelta(days=days + 2), now + A_MOMENT
        while open_still - ended > A_MOMENT:
            middle = ended + (open_still - ended) // 2
            if self.day_end(middle, days) <= now:
                ended = middle
            else:
                open_still = middle
        return ended

    def shown(self, moments: Times) -> Times:
        """What the zone's clock shows."""
        return _clock_of(self.time_zone).shown(moments)

    def dates(self, moments: Times) -> Dates:
        """Which date it was in the zone."""
        dates: Dates = self.shown(moments).astype("datetime64[D]")
        return dates

    def date_begins(self, dates: Dates) -> Times:
        """The first moment of each date."""
        return _clock_of(self.time_zone).moments(dates.astype("datetime64[us]"))

    def date_start(self, day: date) -> datetime:
        """The first moment of a date, aware."""
        return _aware(self.date_begins(np.array([day], "datetime64[D]"))[0])

    def local(self, moment: datetime) -> datetime:
        """The same moment as the zone's clock shows it, aware."""
        return moment.astimezone(ZoneInfo(self.time_zone))

    def offsets(self, earliest: datetime, latest: datetime) -> list[tuple[datetime, timedelta]]:
        """How far the zone's clock is ahead of UTC, and until when, over a time (naive UTC).

        The last of them holds to the end of that time, whatever its moment.
        """
        clock = _clock_of(self.time_zone)
        first, last = np.searchsorted(
            clock.changes,
            [np.datetime64(each, "us") for each in (earliest, max(earliest, latest))],
            side="right",
        )
        untils = [*clock.changes[first:last].tolist(), latest]
        return list(zip(untils, clock.offsets[first : last + 1].tolist(), strict=True))

    def _shown_at_start(self, started_at: Times) -> Times:
        """What the clock showed at each start: midnight for the first moment of a date.

        The two differ where the clock is put forward at midnight.
        """
        clock = _clock_of(self.time_zone)
        shown = clock.shown(started_at)
        midnights = shown.astype("datetime64[D]").astype("datetime64[us]")
        return np.where(clock.moments(midnights) == started_at, midnights, shown)

    def _whole_days(self, started_at: Times, now: Times) -> Days:
        """How many days are over of trials that have begun."""
        clock = _clock_of(self.time_zone)
        if clock.is_even:
            days: Days = (now - started_at) // A_DAY
            return days
        shown = clock.shown(now) - self._shown_at_start(started_at)
        days = np.maximum(shown // A_DAY, 0)
        # Where the clock was put back, it shows the same twice: the day ended at the first.
        days += self.day_ends(started_at, days + 1) <= now
        return days


UTC_CALENDAR = Calendar()


@dataclass(frozen=True, slots=True)
class _Clock:
    """What a zone's clock shows. `offsets` (m + 1,) hold before, between and after m `changes`.

    `ends` (m,) is what the clock shows when each of the offsets but the last ends.
    """

    changes: Times
    offsets: npt.NDArray[np.timedelta64]
    ends: Times

    @property
    def is_even(self) -> bool:
        """Whether every day has 24 hours."""
        return not len(self.changes)

    def shown(self, moments: Times) -> Times:
        """What the clock shows at moments."""
        shown: Times = moments + self.offsets[np.searchsorted(self.changes, moments, "right")]
        return shown

    def moments(self, shown: Times) -> Times:
        """When the clock shows this first; where it leaves it out, when it goes on after that."""
        places = np.searchsorted(self.ends, shown, side="right")
        moments: Times = shown - self.offsets[places]
        if self.is_even:
            return moments
        begins = np.where(places > 0, self.changes[places - 1], moments)
        return np.where(np.isnat(moments), moments, np.maximum(moments, begins))


@lru_cache(maxsize=64)
def _clock_of(time_zone: str) -> _Clock:
    """Worked out once for each zone, in some milliseconds: the database tells no changes."""
    zone = ZoneInfo(time_zone)
    changes, offsets = [], [_offset(zone, EARLIEST)]
    before = EARLIEST
    while before < LATEST:
        after = before + A_WEEK
        if _offset(zone, after) != _offset(zone, before):
            changes.append(_change(zone, before, after).replace(tzinfo=None))
            offsets.append(_offset(zone, after))
        before = after
    times = np.array(changes, dtype="datetime64[us]")
    ahead = np.array(offsets, dtype="timedelta64[us]")
    return _Clock(times, ahead, times + ahead[:-1])


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second of the other offset."""
    old = _offset(zone, before)
    while after - before > A_SECOND:
        middle = before + (after - before) // 2 // A_SECOND * A_SECOND
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _aware(moment: Any) -> datetime:
    found: datetime = moment.item()
    return found.replace(tzinfo=UTC)
