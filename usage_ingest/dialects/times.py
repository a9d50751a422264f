"""When an event happened: what the sender's clock says, corrected by what ours says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from pql.accounts.dates import NotADate, read_date
from usage_ingest.dialects.flaws import Unusable
from usage_ingest.dialects.one_meaning import moment_of

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""An event before this comes from a clock that was never set."""
UNSET_YEAR = 1
"""Go and .NET write the first day of the first year where no time was set."""
NO_SKEW = timedelta()


def read_time(text: str | None, place: str) -> datetime | None:
    """A time as aware UTC; one without a zone is taken as UTC. None for none.

    It is ISO 8601, or in another form that has only one plain reading.

    Raises:
        Unusable: the text is no time.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is UTC:
            return moment
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        otherwise = moment_of(text)
        if otherwise is None:
            found = f"found {text[:40]!r}; allowed: an ISO 8601 time"
            raise Unusable("time_unreadable", place, found) from error
        return otherwise


def read_sent_at(value: object) -> datetime | None:
    """The request's time by the sender's clock; None where it cannot be read.

    It only serves to correct other times, so an unreadable one costs only that.
    """
    if isinstance(value, str):
        return _read_sent_at(value)
    return _moment_of_number(value) if isinstance(value, int | float) else None


@lru_cache(maxsize=1_000)  # the events of a request have it in common
def _read_sent_at(text: str) -> datetime | None:
    try:
        return read_time(text, "sentAt")
    except Unusable:
        return None


def clock_skew(sent_at: object, received_at: datetime) -> timedelta:
    """How far our clock is ahead of the sender's, by the request's time as it was written.

    Source: Segment, "Spec: Common Fields", clock skew. Zero where that cannot be read.
    """
    by_sender = read_sent_at(sent_at)
    return NO_SKEW if by_sender is None else received_at - by_sender


def correct_skew(stamped: datetime, skew: timedelta) -> datetime:
    """The time of an event by our clock."""
    try:
        return stamped + skew
    except OverflowError:  # clocks that are thousands of years apart
        return stamped


def place_in_time(
    moment: datetime, received_at: datetime, place: str
) -> tuple[datetime, datetime | None]:
    """When the event counts as having happened, and what the clock said where that was the future.

    Nothing happens after it was received: a later time becomes the time of receipt.

    Raises:
        Unusable: the time is before `EARLIEST`.
    """
    if moment > received_at:
        return received_at, moment
    if moment < EARLIEST:
        raise Unusable(
            "time_implausible",
            place,
            f"found {moment.isoformat()}; allowed: from {EARLIEST.date()} on",
        )
    return moment, None


def place_text_in_time(
    text: str, skew: timedelta, received_at: datetime, place: str = ""
) -> tuple[datetime, datetime | None]:
    """The same of a time as it was written, once the sender's clock is put right.

    Raises:
        Unusable: the text is no time, or the time is before `EARLIEST`.
    """
    moment = read_time(text, place)
    if moment is None:
        return received_at, None
    if moment < EARLIEST:  # digits may look like a date of the middle ages
        moment = moment_of(text) or moment
    if moment.year == UNSET_YEAR:
        return received_at, None
    if skew:
        moment = correct_skew(moment, skew)
    if EARLIEST <= moment <= received_at:
        return moment, None
    return place_in_time(moment, received_at, place)


def number_in_time(
    number: object, skew: timedelta, received_at: datetime, place: str
) -> tuple[datetime, datetime | None]:
    """The same of a time as a number, a Unix time in whatever unit, or as text.

    Raises:
        Unusable: it is none, or the time is before `EARLIEST`.
    """
    if isinstance(number, str):
        return place_text_in_time(number, skew, received_at, place)
    if isinstance(number, bool) or not isinstance(number, int | float):
        found = f"found {type(number).__name__}; allowed: milliseconds since 1970"
        raise Unusable("wrong_type", place, found)
    moment = _moment_of_number(number) or _milliseconds(number, place)
    return place_in_time(correct_skew(moment, skew), received_at, place)


def _moment_of_number(value: float) -> datetime | None:
    try:
        return read_date(value)
    except NotADate:
        return None


def _milliseconds(number: float, place: str) -> datetime:
    """A time that is far from now, whatever its unit."""
    try:
        return datetime.fromtimestamp(number / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        found = f"found {number:g}; allowed: milliseconds since 1970"
        raise Unusable("time_unreadable", place, found) from error
