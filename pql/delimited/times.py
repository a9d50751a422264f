"""A time as people write it. Which of two numbers is the day is decided over a whole column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from pql.delimited.formats import AUTO, DAY_FIRST, MONTH_FIRST

MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTHS = tuple(name[:3].lower() for name in MONTH_NAMES)
HALF_DAY = 12

_CLOCK = (
    r"(?:(?:[T\s,]\s*|\sat\s)(?P<hour>\d{1,2})[:.](?P<minute>\d\d)"
    r"(?:[:.](?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?"
    r"(?:\s*(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d\d:?\d\d)(?:\s*\([\w\s]*\))?)?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_MONTH = rf"(?P<name>{'|'.join(MONTHS)})[a-z]*\.?"
_FLAGS = re.IGNORECASE | re.ASCII
NUMBERS = re.compile(
    r"(?P<first>\d{1,2})(?P<sign>[./-])\s?(?P<month_or_day>\d{1,2})(?P=sign)\s?"
    r"(?P<year>\d{4}|(?<!-)\d\d)" + _CLOCK,
    _FLAGS,
)
"""20.11.2026, 1/31/2024 9:30 PM, 31-01-2024; a year of two digits after . or /."""
YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<sign>[./-])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})" + _CLOCK, _FLAGS
)
DAY_AND_NAME = re.compile(
    _WEEKDAY
    + r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[\s./-]*"
    + _MONTH
    + r"[\s,./-]*(?P<year>\d{4})"
    + _CLOCK,
    _FLAGS,
)
NAME_AND_DAY = re.compile(
    _WEEKDAY
    + _MONTH
    + r"[\s./-]*(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s,./-]+(?P<year>\d{4})"
    + _CLOCK,
    _FLAGS,
)
SECONDS = re.compile(r"\d{10}\.\d+")
DIGITS: Mapping[int, Callable[[str], datetime]] = {
    10: lambda text: datetime.fromtimestamp(int(text), UTC),
    13: lambda text: datetime.fromtimestamp(int(text) / 1000, UTC),
    14: lambda text: datetime.strptime(text, "%Y%m%d%H%M%S"),  # noqa: DTZ007  it names no zone
}
"""What so many digits are: seconds or milliseconds since 1970, or 20261120093000."""


@dataclass(frozen=True, slots=True)
class TimeForm:
    """How the times of a column are written: `format` is one of `TIME_FORMATS` or of `strptime`.

    `auto` reads whatever has one meaning, and of 1/2/2024 nothing.
    """

    format: str = AUTO

    def read(self, text: str) -> datetime:
        """A moment, without a zone where the text names none.

        Raises:
            ValueError, OverflowError, OSError: it is no time in this form.
        """
        if self.format in READ_BY_ITSELF:
            return read_time(text, self.format)
        match self.format:
            case "iso":
                return datetime.fromisoformat(text)
            case "unix":
                return datetime.fromtimestamp(float(text), UTC)
            case "unix_milliseconds":
                return datetime.fromtimestamp(float(text) / 1000, UTC)
            case pattern:
                return datetime.strptime(text, pattern)  # noqa: DTZ007  the zone follows


READ_BY_ITSELF = frozenset({AUTO, DAY_FIRST, MONTH_FIRST})


def read_time(text: str, order: str = AUTO) -> datetime:
    """A moment that is plainly readable; `order` is `day_first` or `month_first` where it is known.

    ISO 8601, 20.11.2026, 2026/11/20, 20 Nov 2026, Nov 20, 2026, each with a time of day or without,
    20261120, and seconds or milliseconds since 1970. Without a zone where the text names none.

    Raises:
        ValueError: it is none of these, or 1/2/2024 without an `order`.
        OverflowError, OSError: it lies where no calendar is.
    """
    if text.isdigit() and len(text) in DIGITS:
        return DIGITS[len(text)](text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _read_otherwise(text, order)


def _read_otherwise(text: str, order: str) -> datetime:
    if found := NUMBERS.fullmatch(text):
        return _of(found, *_day_and_month(found, order))
    if found := YEAR_FIRST.fullmatch(text):
        return _of(found, int(found["day"]), int(found["month"]))
    if found := DAY_AND_NAME.fullmatch(text) or NAME_AND_DAY.fullmatch(text):
        return _of(found, int(found["day"]), MONTHS.index(found["name"].lower()) + 1)
    if SECONDS.fullmatch(text):
        return datetime.fromtimestamp(float(text), UTC)
    raise ValueError(text)


def _day_and_month(found: re.Match[str], order: str) -> tuple[int, int]:
    first, second = int(found["first"]), int(found["month_or_day"])
    if order == MONTH_FIRST:
        return second, first
    if order == DAY_FIRST or found["sign"] == "." or first > HALF_DAY or first == second:
        return first, second
    if second > HALF_DAY:
        return second, first
    raise ValueError(found[0])


def _of(found: re.Match[str], day: int, month: int) -> datetime:
    year = int(found["year"])
    year += 2000 if year < 70 else 1900 if year < 100 else 0  # as POSIX reads %y
    moment = datetime.combine(date(year, month, day), datetime.min.time())
    if found["hour"] is None:
        return moment
    hour, second = int(found["hour"]), int(found["second"] or 0)
    if found["half"] is not None:
        if not 1 <= hour <= HALF_DAY:
            raise ValueError(found[0])
        hour = hour % HALF_DAY + (HALF_DAY if found["half"].lower() == "p" else 0)
    microsecond = int((found["fraction"] or "0").ljust(6, "0")[:6])
    clock = time(hour, int(found["minute"]), second, microsecond)
    moment = datetime.combine(moment.date(), clock)
    return moment if found["zone"] is None else moment.replace(tzinfo=_zone(found["zone"]))


def _zone(text: str) -> timezone:
    plain = text.upper().removeprefix("UTC").removeprefix("GMT")
    if plain in {"", "Z"}:
        return UTC
    hours, minutes = int(plain[1:3]), int(plain[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if plain[0] == "-" else offset)
