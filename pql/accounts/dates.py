"""Dates as products write them into traits."""

from __future__ import annotations

from datetime import UTC, datetime

from pql.date_text import READABLE_DATES, read_date_text

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
MILLISECONDS_FROM = 100_000_000_000
"""A number from here on counts milliseconds: as seconds it would be beyond the year 5000."""

ALLOWED_DATES = f"{READABLE_DATES}; or seconds or milliseconds since 1970; from 2000 to 2100"


class NotADate(ValueError):
    """A value that is no date, or none that a trial could have."""


def read_date(value: object) -> datetime:
    """A date or time in text, or a Unix time in seconds or milliseconds, as aware UTC.

    Text that names no time zone is taken as UTC.

    Raises:
        NotADate: it is none of these, or not between 2000 and 2100.
    """
    try:
        moment = _moment(value)
    except (ValueError, OverflowError, OSError) as error:
        raise NotADate(f"found {value!r}; allowed: {ALLOWED_DATES}") from error
    if not EARLIEST <= moment < LATEST:
        raise NotADate(f"found {value!r}; allowed: {ALLOWED_DATES}")
    return moment


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise NotADate("neither text nor a number")
    number = _number(value)
    if number is not None:
        seconds = number / 1000 if abs(number) >= MILLISECONDS_FROM else number
        return datetime.fromtimestamp(seconds, UTC)
    moment = read_date_text(str(value))
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(value: str | float) -> float | None:
    # Eight digits are a date such as 20260131; a Unix time since 2000 has nine or more.
    if isinstance(value, str):
        return float(value) if value.strip().isdecimal() and len(value.strip()) > 8 else None
    return float(value)
