"""A time as people write it. Which of two numbers is the day is decided over a whole column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pql.date_text import read_date_text
from pql.delimited.formats import AUTO, DAY_FIRST, MONTH_FIRST

MONTHS = 12

NUMBERS = re.compile(
    r"(?P<first>\d{1,2})(?P<sign>[./-])\s?(?P<month_or_day>\d{1,2})(?P=sign)\s?"
    r"(?P<year>\d{4}|(?<!-)\d\d)(?!\d)(?P<rest>.*)",
    re.ASCII | re.DOTALL,
)
"""20.11.2026, 1/31/2024 9:30 PM, 31-01-2024; after . or / the year may have two digits."""
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

    What `pql.date_text` reads, years of two digits, and seconds or milliseconds since 1970. Without
    a zone where the text names none.

    Raises:
        ValueError: it is none of these, or 1/2/2024 without an `order`.
        OverflowError, OSError: it lies where no calendar is.
    """
    if text.isdigit() and len(text) in DIGITS:
        return DIGITS[len(text)](text)
    found = NUMBERS.fullmatch(text)
    if found is not None:
        return _read_numbers(found, order)
    if SECONDS.fullmatch(text):
        return datetime.fromtimestamp(float(text), UTC)
    return read_date_text(text)


def _read_numbers(found: re.Match[str], order: str) -> datetime:
    """A date of three numbers; one that contradicts the order of its column is none."""
    first, second, sign = found["first"], found["month_or_day"], found["sign"]
    if int(second if order == DAY_FIRST else first if order == MONTH_FIRST else 0) > MONTHS:
        raise ValueError(found[0])
    year = int(found["year"])
    year += 2000 if year < 70 else 1900 if year < 100 else 0  # as POSIX reads %y
    text = f"{first}{sign}{second}{sign}{year}{found['rest']}"
    return read_date_text(text, day_first=None if order == AUTO else order == DAY_FIRST)
