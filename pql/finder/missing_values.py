"""Whether a value is given can tell the outcome, where it is filled in because of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from math import exp, log, sqrt

import numpy as np

from pql.finder.alarms import Alarm, Kind
from pql.finder.columns import ValueTable, columns_by_source
from pql.statistics.arrays import Flags
from pql.statistics.association import area_under_curve
from pql.statistics.intervals import STANDARD_NORMAL_975

TELLING = 0.65
"""The area of "is given" above which what is missing tells the outcome."""
HARDLY, HARDLY_AT_LEAST = 10.0, 3.0
"""Given so many times as often for one outcome; and the lower end of that ratio's interval."""
BY_CHANCE = 0.001
"""The chance of one outcome alone below which no answer makes it believable."""


def missing_alarms(
    given: Mapping[str, Flags], outcome: Flags, known_at_start: Collection[str]
) -> Iterator[Alarm]:
    """Sources that are given only, hardly or mostly for one outcome.

    Args:
        given: for each source whether each unit (n,) has any value.
        known_at_start: these are searched all the same, and told of, where the answer can be true:
            a source that is given for one outcome only, beyond chance, is not.
    """
    if outcome.all() or not outcome.any():
        return
    for source, is_given in given.items():
        if is_given.all() or not is_given.any():
            continue
        if len(np.unique(outcome[is_given])) == 1:
            yield _only_for_one(source, is_given, outcome, source in known_at_start)
        elif _is_telling(is_given, outcome):
            yield _mostly_for_one(source, is_given, outcome, source in known_at_start)


def given_by_source(table: ValueTable) -> dict[str, Flags]:
    """Whether each unit (n,) has a value in any column of a source."""
    return {
        source: ~np.isnan(table.values[:, numbers]).all(axis=1)
        for source, numbers in columns_by_source(table).items()
    }


def _only_for_one(source: str, is_given: Flags, outcome: Flags, is_known: bool) -> Alarm:
    converted = bool(outcome[is_given][0])
    number = int(is_given.sum())
    whom = "that converted" if converted else "that did not convert"
    fact = f"{source} is filled in only for those {whom} ({number:,} of {len(outcome):,})"
    share = outcome.mean() if converted else 1 - outcome.mean()
    if share**number >= BY_CHANCE:
        return _answered(source, fact) if is_known else _question(source, f"{fact}.")
    sentence = (
        f"{fact}: it follows from the outcome. No rate by {source} can be told from this: it "
        f"would be {100 if converted else 0}% whatever the value."
    )
    return Alarm(Kind.MISSING_TELLS, source, sentence)


def _mostly_for_one(source: str, is_given: Flags, outcome: Flags, is_known: bool) -> Alarm:
    shares = is_given[outcome].mean(), is_given[~outcome].mean()
    fact = (
        f"{source} is filled in for {shares[0]:.1%} of those that converted and {shares[1]:.1%} "
        "of the others"
    )
    if is_known:
        return _answered(source, fact)
    return _question(source, f"{fact}: that it is given tells the outcome, and may follow from it.")


def _question(source: str, sentence: str) -> Alarm:
    return Alarm(Kind.MISSING_TELLS, source, sentence, is_question=True)


def _answered(source: str, fact: str) -> Alarm:
    sentence = f"{fact}. It is searched, as it is said to be known from the start."
    return Alarm(Kind.ANSWERED, source, sentence)


def _is_telling(is_given: Flags, outcome: Flags) -> bool:
    area = area_under_curve(is_given, outcome)
    if area.value is None or area.low is None or area.high is None:
        return False
    is_clear = not area.low <= 0.5 <= area.high
    is_mostly = is_clear and max(area.value, 1 - area.value) > TELLING
    return is_mostly or _is_hardly(is_given, outcome)


def _is_hardly(is_given: Flags, outcome: Flags) -> bool:
    """Whether it is hardly ever given for one outcome, and beyond chance (Katz et al. 1978)."""
    (less, of_less), (more, of_more) = sorted(
        ((int(is_given[some].sum()), int(some.sum())) for some in (outcome, ~outcome)),
        key=lambda each: each[0] / each[1],
    )
    ratio = (more / of_more) / (less / of_less)
    error = sqrt(1 / less - 1 / of_less + 1 / more - 1 / of_more)
    return ratio >= HARDLY and exp(log(ratio) - STANDARD_NORMAL_975 * error) >= HARDLY_AT_LEAST
