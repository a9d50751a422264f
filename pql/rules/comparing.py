"""Values against thresholds, in three states."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pql.rules.states import NOT_MET, UNKNOWN, States, decided

Numbers = npt.NDArray[np.float64]

ORDERED: dict[str, Callable[[Any, Any], Any]] = {
    "at_least": np.greater_equal,
    "at_most": np.less_equal,
    "more_than": np.greater,
    "less_than": np.less,
}


def compare_numbers(comparison: str, values: Numbers, thresholds: Numbers | float) -> States:
    """Order numbers, each against its own threshold or all against one. NaN is unknown."""
    compared = decided(ORDERED[comparison](values, thresholds))
    compared[np.isnan(values) | np.isnan(thresholds)] = UNKNOWN
    return compared


def compare_values(comparison: str, values: Iterable[Any], threshold: object) -> States:
    """Compare traits or properties in any way a rule can. `None` is a missing one.

    Text that reads as a number is one.
    """
    if comparison == "exists":
        return decided([(value is not None) == threshold for value in values])
    if comparison in ORDERED:
        return compare_numbers(comparison, numbers_of(values), number_of(threshold))
    allowed = threshold if isinstance(threshold, tuple) else (threshold,)
    return np.array([_is_one_of(value, allowed) for value in values], dtype=np.int8)


def _is_one_of(value: object, allowed: Sequence[object]) -> np.int8:
    if value is None or isinstance(value, dict | list):
        return UNKNOWN
    return np.int8(1) if any(same(value, entry) for entry in allowed) else NOT_MET


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


def number_of(value: object) -> float:
    """The number a value is or reads as, NaN for anything else."""
    number = as_number(value)
    return math.nan if number is None else number


def numbers_of(values: Iterable[Any]) -> Numbers:
    """Each value as a number, NaN where it is none."""
    return np.array([number_of(value) for value in values], dtype=np.float64)


def shortfall(comparison: str, value: object, threshold: object) -> float | None:
    """How far a number that is not met is from its threshold; `None` where that has no size."""
    left, right = as_number(value), as_number(threshold)
    if comparison not in ORDERED or left is None or right is None or not math.isfinite(left):
        return None
    return abs(right - left)
