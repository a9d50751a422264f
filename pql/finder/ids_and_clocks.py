"""Columns of a file that say which row it is, or when it was, and nothing that anybody did."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from pql.finder.alarms import Alarm, Kind
from pql.finder.column_names import plain_words
from pql.finder.columns import Times
from pql.statistics.arrays import Floats
from pql.statistics.association import middle_ranks

FEWEST = 50
"""Values that it takes to see an id or a clock by its numbers."""
NEARLY_ALL = 0.99
TOGETHER = 0.95
"""Spearman's correlation with the start from which numbers are a clock."""
FEWEST_MOMENTS = 10
DENSE = 2.0
"""Whole numbers, all different, within so many times as many: they were counted up."""

ID_NAME = re.compile(r"\b(id|ids|uuid|guid|identifier)$|^(id|uuid|guid)\b")
NUMBER_NAME = re.compile(r"\b(number|no|nr|num|code|key|ref|reference)$")
"""Of an id only where each value is another one."""
OF_START = r"(sign ?up|created?|creation|start(ed)?|beg[au]n|trial|lead|entry|registration|contact)"
CALENDAR_NAMES = {
    "month": (1, 12),
    "quarter": (1, 4),
    "weekday": (0, 7),
    "week day": (0, 7),
    "day of week": (0, 7),
    "day of the week": (0, 7),
    "dow": (0, 7),
    "week": (0, 53),
    "week of year": (0, 53),
    "day of month": (1, 31),
    "day of year": (1, 366),
    "day": (1, 31),
    "hour": (0, 23),
    "hour of day": (0, 23),
    "year": (1990, 2100),
}
"""Whole names, and between which numbers they lie."""
SHORT_NAMES = ("jan feb mar apr may jun jul aug sep oct nov dec", "mon tue wed thu fri sat sun")
LONG_NAMES = (
    "january february march april may june july august september october november december",
    "monday tuesday wednesday thursday friday saturday sunday",
)
NAMES = tuple(
    frozenset(f"{short} {long}".split())
    for short, long in zip(SHORT_NAMES, LONG_NAMES, strict=True)
)
DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([T ].*)?|\d{1,2}[-/. ]\d{1,2}[-/. ](\d{2}|\d{4})([T ,].*)?"
    r"|\d{1,2}[-/. ][A-Za-z]{3,9}[-/. ](\d{2}|\d{4})([T ,].*)?|[A-Za-z]{3,9} \d{1,2},? \d{4}.*"
)
LOOKED_AT = 500
"""Different values of a column of words."""
SECONDS = (946_684_800, 4_102_444_800)
"""From 2000 to 2100, as seconds since 1970; milliseconds are a thousand times as many."""
DAYS = (19_900_101, 21_001_231)
"""The same as 20240131."""


def number_alarm(source: str, numbers: Floats, started_at: Times | None) -> Alarm | None:
    """Whether numbers (n,) are ids, a clock or a calendar, rather than an amount of anything."""
    given = numbers[np.isfinite(numbers)]
    distinct = np.unique(given)
    if len(distinct) < 2:
        return None
    words, is_whole = plain_words(source), bool((given % 1 == 0).all())
    are_different = len(given) >= FEWEST and len(distinct) >= NEARLY_ALL * len(given)
    if ID_NAME.search(words) or (are_different and NUMBER_NAME.search(words)):
        return _identifier(source)
    if is_whole and _is_calendar(words, distinct):
        return _calendar(source)
    if are_different and is_whole and _is_counted_up(numbers, distinct):
        return _identifier(source)
    if _goes_with_time(numbers, started_at):
        return _alarm(
            Kind.CLOCK, source, "goes with the time at which each began, as a clock or an id does"
        )
    return None


def word_alarm(source: str, words: pd.Series[Any]) -> Alarm | None:
    """Whether words, one a row or missing, are ids or dates."""
    given = words.dropna()
    distinct = given.unique()
    if len(distinct) < 2:
        return None
    if (
        len(given) >= FEWEST
        and len(distinct) >= NEARLY_ALL * len(given)
        and not _are_dates(distinct)
    ):
        return _identifier(source)
    if _are_dates(distinct) or any(
        {str(each).lower() for each in distinct} <= names for names in NAMES
    ):
        return _calendar(source)
    if ID_NAME.search(plain_words(source)):
        return _identifier(source)
    return None


def _is_calendar(words: str, distinct: Floats) -> bool:
    low, high = float(distinct[0]), float(distinct[-1])
    name = re.sub(rf"^{OF_START} (at |on |in )?", "", words)
    if name in CALENDAR_NAMES:
        first, last = CALENDAR_NAMES[name]
        return first <= low and high <= last
    if any(
        SECONDS[0] * unit <= low and high <= SECONDS[1] * unit for unit in (1, 1_000, 1_000_000)
    ):
        return True
    months, days = distinct // 100 % 100, distinct % 100
    in_range = DAYS[0] <= low and high <= DAYS[1]
    return in_range and bool(
        (months >= 1).all() and (months <= 12).all() and (days >= 1).all() and (days <= 31).all()
    )


def _is_counted_up(numbers: Floats, distinct: Floats) -> bool:
    """Whether whole numbers, all different, rise or fall from row to row, or leave few out."""
    given = numbers[np.isfinite(numbers)]
    steps = np.diff(given)
    is_sorted = bool((steps > 0).all() or (steps < 0).all())
    return is_sorted or bool(distinct[-1] - distinct[0] < DENSE * len(distinct))


def _goes_with_time(numbers: Floats, started_at: Times | None) -> bool:
    if started_at is None:
        return False
    known = np.isfinite(numbers)
    values, moments = numbers[known], started_at[known].astype("datetime64[s]").astype(np.float64)
    few = min(len(np.unique(values)), len(np.unique(moments))) < FEWEST_MOMENTS
    if len(values) < FEWEST or few:
        return False
    correlation = np.corrcoef(middle_ranks(values), middle_ranks(moments))[0, 1]
    return bool(abs(correlation) >= TOGETHER)


def _are_dates(distinct: Any) -> bool:
    some = [str(each).strip() for each in distinct[:LOOKED_AT]]
    return sum(DATE.fullmatch(each) is not None for each in some) >= NEARLY_ALL * len(some)


def _identifier(source: str) -> Alarm:
    return _alarm(
        Kind.IDENTIFIER, source, "is an id: it says which row it is, not what anybody did"
    )


def _calendar(source: str) -> Alarm:
    return _alarm(Kind.CALENDAR, source, "is a calendar: it says when it was, not what anybody did")


def _alarm(kind: Kind, source: str, what: str) -> Alarm:
    return Alarm(kind, source, f"{source} {what}.", is_question=True)
