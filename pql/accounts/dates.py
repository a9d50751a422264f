"""Dates as products write them into traits."""

from __future__ import annotations

from datetime import UTC, date, datetime

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
MILLISECONDS_FROM = 100_000_000_000
"""A number from here on counts milliseconds: as seconds it would be beyond the year 5000."""

ALLOWED_DATES = "an ISO 8601 date or time, or seconds or milliseconds since 1970, from 2000 to 2100"


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
    """An ISO 8601 date or time, or a Unix time in seconds or milliseconds, as aware UTC.

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
    moment = datetime.fromisoformat(str(value).strip())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_date(value: object) -> bool:
    try:
        date.fromisoformat(str(value).strip())
    except ValueError:
        return False
    return isinstance(value, str)


def _number(value: str | float) -> float | None:
    # Eight digits are a date such as 20260131; a Unix time since 2000 has nine or more.
    if isinstance(value, str):
        return float(value) if value.strip().isdecimal() and len(value.strip()) > 8 else None
    return float(value)
