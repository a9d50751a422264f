"""Dates and times in text, in every form that has only one plain reading.

`20.11.2026`, `11/20/2026` and `20 Nov 2026 14:30 +0100` have. `05/06/2026` has two, and is only
read where somebody says which comes first; two digits of a year have several.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from re import Match

READABLE_DATES = (
    "an ISO 8601 date or time, or one such as 20.11.2026, 2026/11/20, 11/20/2026, 20 Nov 2026 or "
    "Nov 20, 2026, with a time or without"
)
"""What `read_date_text` takes, for whoever wrote something else."""

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH_NUMBERS = {
    written: number
    for number, name in enumerate(_MONTHS, 1)
    for written in (name, name[:3], name[:4] if name == "september" else name)
}

_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sat|sun)(?:day)?\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH = r"(?P<month>[a-z]{3,9})\.?"
_YEAR = r"(?P<year>\d{4})"
_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})"
    r"(?:[:.](?P<second>\d{2})(?:[.,]?(?P<fraction>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?"
)
_ZONE = r"(?P<zone>z|utc|gmt|(?:utc|gmt)?(?P<offset>[+-]\d{2}:?\d{2}))"
# After the offset, JavaScript and Go write what it is called, and Go what its clock has counted.
_ENDING = (
    rf"(?:(?:t|,?\s+(?:at\s+)?){_TIME}(?:\s*{_ZONE}(?:\s+(?:\(.*\)|[a-z]{{3,5}}))?(?:\s+m=\S+)?)?)?"
)

_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"(?P<year>\d{{4}})(?P<mark>[-./])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}}){_ENDING}",
        rf"(?P<first>\d{{1,2}})(?P<mark>[-./])\s?(?P<second_part>\d{{1,2}})(?P=mark)\s?{_YEAR}{_ENDING}",
        rf"{_WEEKDAY}{_DAY}\.?[\s-]\s*{_MONTH},?[\s-]\s*{_YEAR}{_ENDING}",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+{_YEAR}{_ENDING}",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+{_TIME}(?:\s+{_ZONE})?\s+{_YEAR}",
    )
)


class NotPlainlyReadable(ValueError):
    """Text that is no date, or may be more than one."""

    def __init__(self, text: str, why: str = f"allowed: {READABLE_DATES}") -> None:
        super().__init__(f"found {text[:40]!r}; {why}")


def read_date_text(text: str, *, day_first: bool | None = None) -> datetime:
    """The date or time that the text means; naive where it names no time zone.

    Args:
        text: what somebody or some program wrote.
        day_first: which way to read one such as `05/06/2026`; `None`: it is not known.

    Raises:
        NotPlainlyReadable: the text is no date, or it is not known which.
    """
    text = text.strip()
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    for form in _FORMS:
        if found := form.fullmatch(text):
            try:
                return _moment(found, day_first, text)
            except (ValueError, OverflowError, KeyError) as error:
                if isinstance(error, NotPlainlyReadable):
                    raise
                raise NotPlainlyReadable(text) from error
    raise NotPlainlyReadable(text)


def _moment(found: Match[str], day_first: bool | None, text: str) -> datetime:
    parts = found.groupdict()
    if "first" in parts:
        day, month = _day_and_month(parts, day_first, text)
    else:
        day, month = int(parts["day"]), _month(parts["month"])
    return datetime(
        int(parts["year"]),
        month,
        day,
        _hour(parts),
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
        int((parts["fraction"] or "").ljust(6, "0")[:6]),
        tzinfo=_zone(parts),
    )


def _day_and_month(
    parts: dict[str, str | None], day_first: bool | None, text: str
) -> tuple[int, int]:
    """With dots the day comes first everywhere; otherwise a number above 12 is the day."""
    first, second = int(parts["first"] or 0), int(parts["second_part"] or 0)
    if first > 12 or second > 12 or first == second:
        return max(first, second), min(first, second)
    if day_first is None and parts["mark"] != ".":
        raise NotPlainlyReadable(text, "it is not known whether the day or the month comes first")
    return (second, first) if day_first is False else (first, second)


def _month(written: str) -> int:
    return int(written) if written.isdecimal() else _MONTH_NUMBERS[written.lower()]


def _hour(parts: dict[str, str | None]) -> int:
    hour, half = int(parts["hour"] or 0), (parts["half"] or "").lower()
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("no hour of half a day")
    return hour % 12 + (12 if half == "p" else 0)


def _zone(parts: dict[str, str | None]) -> timezone | None:
    if not parts["zone"]:
        return None
    offset = (parts["offset"] or "").replace(":", "")
    if not offset:
        return UTC
    distance = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5]))
    return timezone(-distance if offset[0] == "-" else distance)
