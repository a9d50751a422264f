"""What SDKs write in a way of their own, and what can mean one thing only.

Ruby and PHP send numbers as ids, PHP an empty list for an empty object, spreadsheets `1234.0`. A
dialect reads an event as its tracking API describes it; only where that fails, this is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pql.accounts.dates import NotADate, read_date

LARGEST_EXACT = 2**53
"""Up to here a number with a decimal point tells all whole numbers apart."""
EMPTY: tuple[object, ...] = ([], "")
"""What stands for an object with nothing in it."""


@dataclass(frozen=True, slots=True)
class FieldMeanings:
    """What fields of an event mean, by their names.

    `ids` name somebody or something, `times` are moments, `objects` hold fields of their own.
    """

    ids: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    objects: Mapping[str, FieldMeanings] = field(default_factory=dict)


PLAIN = FieldMeanings()
"""An object whose fields may be anything."""


def plain(content: Mapping[str, Any], meanings: FieldMeanings) -> dict[str, Any]:
    """The fields as the tracking API describes them; what can mean several things stays as it is.

    Whole numbers as ids become their decimal text, numbers as times ISO 8601, what is empty instead
    of an object becomes `None`.
    """
    result = dict(content)
    for name in meanings.ids & content.keys():
        result[name] = id_text(content[name])
    for name in meanings.times & content.keys():
        result[name] = _time_text(content[name])
    for name in meanings.objects.keys() & content.keys():
        value = content[name]
        if value in EMPTY:
            result[name] = None
        elif isinstance(value, dict):
            result[name] = plain(value, meanings.objects[name])
    return result


def id_text(value: object) -> object:
    """A whole number as its decimal text, anything else as it is."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_EXACT:
        return str(int(value))
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_whole else value


def _time_text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        return read_date(value).isoformat()
    except NotADate:
        return value


def moment_of(text: str) -> datetime | None:
    """A time in another form than ISO 8601, as aware UTC; None where it has no plain reading."""
    try:
        return read_date(text).astimezone(UTC)
    except NotADate:
        return None
