"""Values against thresholds, in three states."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pql.comparison import as_number, as_text, same
from pql.rules.states import MET, NOT_MET, UNKNOWN, States, decided

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
    """Compare traits in any way a rule can, by `pql.comparison`. `None` is a missing one."""
    if comparison == "exists":
        return decided([(value is not None) == threshold for value in values])
    if comparison in ORDERED:
        return compare_numbers(comparison, numbers_of(values), number_of(threshold))
    compare = partial(_EACH[comparison], threshold)
    return np.array([compare(value) for value in values], dtype=np.int8)


def _is_one_of(threshold: object, value: object) -> np.int8:
    if value is None or isinstance(value, dict | list):
        return UNKNOWN
    allowed: Sequence[object] = threshold if isinstance(threshold, tuple) else (threshold,)
    return MET if any(same(value, entry) for entry in allowed) else NOT_MET


def _contains(threshold: object, value: object) -> np.int8:
    text, part = as_text(value), as_text(threshold) or ""
    return UNKNOWN if text is None else MET if part in text else NOT_MET


def _starts_with(threshold: object, value: object) -> np.int8:
    text, start = as_text(value), as_text(threshold) or ""
    return UNKNOWN if text is None else MET if text.startswith(start) else NOT_MET


def _has(threshold: object, value: object) -> np.int8:
    """Whether a list has the entry; a single value is a list of one."""
    if value is None or isinstance(value, dict):
        return UNKNOWN
    entries = value if isinstance(value, list) else [value]
    return MET if any(same(entry, threshold) for entry in entries) else NOT_MET


_EACH: Mapping[str, Callable[[object, object], np.int8]] = {
    "is": _is_one_of,
    "in": _is_one_of,
    "contains": _contains,
    "starts_with": _starts_with,
    "has": _has,
}


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
