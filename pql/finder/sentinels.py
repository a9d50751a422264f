"""Values that stand for "not given": 999 among numbers, "unknown" among words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pql.finder.alarms import Alarm, Kind
from pql.statistics.arrays import Flags, Floats

NINES = frozenset(
    float(f"{sign}{digit * length}")
    for sign in ("", "-")
    for digit in "98"
    for length in range(2, 8)
)
"""99, 999, ... and 88, 888, ..., and the same below zero."""
BELOW_ALL = frozenset({-1.0, -2.0, -9.0})
"""Where no other value is below zero."""
APART = 2.0
"""A value so many times the next largest is no measure of the same thing."""
FEWEST, SMALLEST_SHARE = 5, 0.01
"""Rows, and share of those given, that a value must have."""
WORDS = frozenset(
    {
        "-",
        "--",
        "?",
        ".",
        "n/a",
        "#n/a",
        "not applicable",
        "not available",
        "not given",
        "not provided",
        "not specified",
        "none",
        "nil",
        "missing",
        "unknown",
        "undefined",
        "select",
        "please select",
        "choose",
        "(blank)",
        "(none)",
        "(not set)",
        "not set",
    }
)


def number_for_nothing(numbers: Floats) -> float | None:
    """The number (n,) that stands for "not given", far from all others; `None` where none does."""
    known = numbers[np.isfinite(numbers)]
    distinct = np.unique(known)
    if len(distinct) < 3:
        return None
    fewest = max(FEWEST, SMALLEST_SHARE * len(known))
    for value, others in ((distinct[-1], distinct[:-1]), (distinct[0], distinct[1:])):
        if _is_apart(float(value), others) and np.count_nonzero(known == value) >= fewest:
            return float(value)
    return None


def word_for_nothing(words: pd.Series[Any]) -> str | None:
    """The most frequent word that usually stands for "not given"; `None` where there is none."""
    counted = words.value_counts()
    fewest = max(FEWEST, SMALLEST_SHARE * len(words))
    for word, times in counted.items():
        if times >= fewest and str(word).strip().lower() in WORDS:
            return str(word)
    return None


def number_alarm(source: str, value: float, is_value: Flags) -> Alarm:
    """That a number was taken as "not given"."""
    sentence = (
        f"{source} is {value:g} in {is_value.mean():.1%} of the rows, far from all other values: "
        "this was taken to mean not given."
    )
    return Alarm(Kind.SENTINEL, source, sentence)


def word_alarm(source: str, word: str, is_word: Flags) -> Alarm:
    """That a word may mean "not given"; it was searched as any other."""
    sentence = (
        f'{source} is "{word}" in {is_word.mean():.1%} of the rows. If this means not given, say '
        f'--missing "{word}".'
    )
    return Alarm(Kind.SENTINEL, source, sentence)


def _is_apart(value: float, others: Floats) -> bool:
    if value in BELOW_ALL or (value in NINES and value < 0):
        return bool(others.min() >= 0)
    return value in NINES and bool(np.abs(others).max() * APART <= value)
