"""When an event happened: what the sender's clock says, corrected by what ours says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from usage_ingest.dialects.flaws import Unusable

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""An event before this comes from a clock that was never set."""
NO_SKEW = timedelta()


def read_time(text: str | None, place: str) -> datetime | None:
    """An ISO 8601 time as aware UTC; one without a zone is taken as UTC. None for none.

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
        found = f"found {text[:40]!r}; allowed: an ISO 8601 time"
        raise Unusable("time_unreadable", place, found) from error


def read_sent_at(value: object) -> datetime | None:
    """The request's time by the sender's clock; None where it cannot be read.

    It only serves to correct other times, so an unreadable one costs only that.
    """
    return _read_sent_at(value) if isinstance(value, str) else None


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
    if skew:
        moment = correct_skew(moment, skew)
    if EARLIEST <= moment <= received_at:
        return moment, None
    return place_in_time(moment, received_at, place)
