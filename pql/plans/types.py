"""The types that a property may have, as JSON carries them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

ANY = "any"
TEXT = "text"
NUMBER = "number"
WHOLE_NUMBER = "whole number"
TIME = "time"

SHORTEST_TIME = len("2026-01-31")
LONGEST_TIME = 40


def is_number(value: object) -> bool:
    """Whether it is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole_number(value: object) -> bool:
    """Whether it is a number without a fraction: JavaScript makes no difference of 3 and 3.0."""
    if isinstance(value, float):
        return value.is_integer()
    return is_number(value)


def is_time(value: object) -> bool:
    """Whether it is a date or a moment in ISO 8601."""
    if not isinstance(value, str) or not SHORTEST_TIME <= len(value) <= LONGEST_TIME:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return "-" in value


TYPES: Mapping[str, Callable[[object], bool]] = {
    TEXT: lambda value: isinstance(value, str),
    NUMBER: is_number,
    WHOLE_NUMBER: is_whole_number,
    "boolean": lambda value: isinstance(value, bool),
    TIME: is_time,
    "list": lambda value: isinstance(value, list),
    "mapping": lambda value: isinstance(value, dict),
    ANY: lambda _: True,
}
"""By the names that a plan uses."""

_NARROW_FIRST = ("boolean", WHOLE_NUMBER, NUMBER, TIME, TEXT, "list", "mapping")


def type_of(value: object) -> str:
    """The narrowest type of a value."""
    return next((name for name in _NARROW_FIRST if TYPES[name](value)), ANY)


def common_type(types: Collection[str]) -> str:
    """The narrowest type of values of all these types."""
    if len(types) == 1:
        return next(iter(types))
    if types and set(types) <= {WHOLE_NUMBER, NUMBER}:
        return NUMBER
    return TEXT if types and set(types) <= {TIME, TEXT} else ANY
