"""Dates as products write them into traits."""

from __future__ import annotations

from datetime import UTC, datetime

from pql.date_text import READABLE_DATES, names_no_time, read_date_text

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
UNITS = (1, 1_000, 1_000_000, 1_000_000_000)
"""Of seconds, milli-, micro- and nanoseconds since 1970 so many make one second."""
BEYOND_SECONDS = 100_000_000_000
"""A number of seconds from here on would be beyond the year 5000: it counts a smaller unit."""

ALLOWED_DATES = f"{READABLE_DATES}; or a Unix time, from 2000 to 2100"


class NotADate(ValueError):
    """A value that is no date, or none that a trial could have."""


def read_stated(value: object) -> str:
    """A date or time as facts keep it: ISO 8601, UTC. Of a date without a time, the date alone.

    When that begins depends on the time zone of the workspace, which may change.

    Raises:
        NotADate: as `read_date`.
    """
    moment = read_date(value)
    return moment.date().isoformat() if _is_date(value) else moment.isoformat()


def read_date(value: object) -> datetime:
    """A date or time in text, or a Unix time in seconds, milli-, micro- or nanoseconds, as UTC.

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
        units = (unit for unit in UNITS if number < BEYOND_SECONDS * unit)
        return datetime.fromtimestamp(number / next(units, 1), UTC)
    moment = read_date_text(str(value))
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_date(value: object) -> bool:
    return isinstance(value, str) and _number(value) is None and names_no_time(value)


def _number(value: str | float) -> float | None:
    # Eight digits are a date such as 20260131; a Unix time since 2000 has nine or more.
    if isinstance(value, str):
        return float(value) if value.strip().isdecimal() and len(value.strip()) > 8 else None
    return float(value)
