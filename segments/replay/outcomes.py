"""What came of the accounts that were picked: precision, recall and lead time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from pql.statistics.intervals import Rate, wilson
from segments.replay.looks import A_DAY, Looks, week_of

First: TypeAlias = "pd.Series[int]"
"""The look at which each account was picked first, by `account_id`; others are missing."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What is known today. `converted_at` by `account_id`, NaT where it never paid.

    A pick is judged when `within_days` have passed since; before that its fate is open.
    """

    converted_at: pd.Series[Any]
    within_days: int
    recorded_until: pd.Timestamp


@dataclass(frozen=True, slots=True)
class Lead:
    """How many days before their conversion accounts were picked; `None` where none converted."""

    accounts: int
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None


@dataclass(frozen=True, slots=True)
class Picked:
    """What a way to pick accounts came to, of `accounts` that were looked at.

    `already` were picked before the first week. Of the `picked` in the weeks, `waiting` have time
    left to convert and are in no rate.
    """

    accounts: int
    already: int
    picked: int
    waiting: int
    precision: Rate
    """Of those picked in the weeks whose time is over, how many converted in it."""
    recall: Rate
    """Of those that converted in the weeks after they were looked at, how many had been picked."""
    lead_days: Lead


def first_looks(trail: pd.DataFrame, is_picked: pd.Series[bool]) -> First:
    """The first look at which an account of the trail was picked."""
    first: First = trail.loc[is_picked].groupby("account_id")["look"].min()
    return first


def count_picked(first: First, accounts: pd.Index[Any], outcomes: Outcomes, looks: Looks) -> Picked:
    """Count what came of picking these accounts at these looks.

    Args:
        accounts: every account that was looked at. Looks at or after the conversion must have been
            left out: nothing of them can have caused it.
    """
    first = first[first.index.isin(accounts)]
    in_the_weeks = first[first > 0]
    at = looks.first + in_the_weeks * A_DAY
    closes_at = at + pd.Timedelta(days=outcomes.within_days)
    converted_at = outcomes.converted_at.reindex(in_the_weeks.index)
    is_over = closes_at <= outcomes.recorded_until
    has_converted = converted_at < closes_at
    return Picked(
        accounts=len(accounts),
        already=len(first) - len(in_the_weeks),
        picked=len(in_the_weeks),
        waiting=int((~is_over).sum()),
        precision=wilson(int((is_over & has_converted).sum()), int(is_over.sum())),
        recall=_recall(first, accounts, outcomes, looks),
        lead_days=_lead(((converted_at - at) / A_DAY)[is_over & has_converted]),
    )


def count_by_week(first: First, looks: Looks) -> list[int]:
    """How many were picked in each week."""
    in_the_weeks = first[first > 0].to_numpy().astype(np.int64)
    counts: list[int] = np.bincount(week_of(in_the_weeks), minlength=looks.weeks).tolist()
    return counts


def _recall(first: First, accounts: pd.Index[Any], outcomes: Outcomes, looks: Looks) -> Rate:
    converted_at = outcomes.converted_at.reindex(accounts)
    converted = accounts[(converted_at > looks.first) & (converted_at <= looks.last)]
    return wilson(int(converted.isin(first.index).sum()), len(converted))


def _lead(days: pd.Series[float]) -> Lead:
    if days.empty:
        return Lead(0, None, None, None)
    quartiles = np.percentile(days.to_numpy(dtype="float64"), (25, 50, 75))  # type 7
    return Lead(len(days), *(round(float(day), 2) for day in quartiles))
