"""One value against one threshold, in three states."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import ge, gt, le, lt
from typing import Any

from pql.definitions.model import State

ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": ge,
    "at_most": le,
    "more_than": gt,
    "less_than": lt,
}


def compare_numbers(comparison: str, value: object, threshold: object) -> State:
    """Order two numbers; unknown where either is not one. Text that reads as one counts."""
    left, right = as_number(value), as_number(threshold)
    if left is None or right is None:
        return State.UNKNOWN
    return decided(ORDERED[comparison](left, right))


def compare_value(comparison: str, value: object, threshold: object) -> State:
    """Compare a trait or property in any way a rule can. `None` is a missing one."""
    if comparison == "exists":
        return decided((value is not None) == threshold)
    if value is None or isinstance(value, dict | list):
        return State.UNKNOWN
    if comparison in ORDERED:
        return compare_numbers(comparison, value, threshold)
    allowed = threshold if isinstance(threshold, tuple) else (threshold,)
    return decided(any(same(value, entry) for entry in allowed))


def same(value: object, other: object) -> bool:
    """Equality as people mean it: text without case and outer spaces, "5" and 5 alike."""
    if isinstance(value, bool) or isinstance(other, bool):
        return str(value).strip().casefold() == str(other).strip().casefold()
    left, right = as_number(value), as_number(other)
    if left is not None and right is not None:
        return left == right
    return str(value).strip().casefold() == str(other).strip().casefold()


def as_number(value: object) -> float | None:
    """The number a value is or reads as; `None` for anything else, NaN and "inf" included."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    is_usable = math.isfinite(number) if isinstance(value, str) else not math.isnan(number)
    return number if is_usable else None


def shortfall(comparison: str, value: object, threshold: object) -> float | None:
    """How far a number that is not met is from its threshold; `None` where that has no size."""
    left, right = as_number(value), as_number(threshold)
    if comparison not in ORDERED or left is None or right is None:
        return None
    if ORDERED[comparison](left, right) or not math.isfinite(left):
        return None
    return abs(right - left)


def decided(is_met: bool) -> State:
    return State.MET if is_met else State.NOT_MET
