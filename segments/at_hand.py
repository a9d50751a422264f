"""Accounts and their results until now as they were read: columns, with an entry for each account.

Times are naive UTC (datetime64[us]), NaT where unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pql.rules.facts import NO_DAY, Days

Times = npt.NDArray[np.datetime64]
A_DAY = np.timedelta64(1, "D")


class Copies(NamedTuple):
    """What of its leading result is copied to an account."""

    pql: str | None
    usage_score: int | None
    motion: str | None


NOTHING = Copies(None, None, None)


class Before(NamedTuple):
    """The result an account had of a definition until now. `since` as it is stored."""

    pql: str
    usage_score: int | None
    motion: str
    since: Any
    rests_on: str


Standings = Mapping[str, Mapping[int, Before]]
"""The results that accounts have, by definition and account id."""

TraitsAsked = tuple[Any, ...] | Exception
"""The values of the traits that rules ask for, or why they cannot be told."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Some accounts of a workspace, by their ids, ascending."""

    ids: npt.NDArray[np.int64]
    statuses: Sequence[str]
    traits: Sequence[TraitsAsked]
    trial_started_at: Times
    trial_ends_at: Times
    last_seen_at: Times
    next_evaluation_at: Times
    copies: Sequence[Copies]

    def __len__(self) -> int:
        return len(self.ids)


def trial_days(trial_started_at: Times, now: np.datetime64) -> Days:
    """The number of each trial's day, 1 on the first; `NO_DAY` without a start or before it."""
    has_begun = trial_started_at <= now
    days = np.full(len(trial_started_at), NO_DAY, dtype=np.int64)
    days[has_begun] = (now - trial_started_at[has_begun]) // A_DAY + 1
    return days


def moment(at: datetime) -> np.datetime64:
    """An aware moment as these columns hold it."""
    return np.datetime64(int(at.timestamp() * 1_000_000), "us")
