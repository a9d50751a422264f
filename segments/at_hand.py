"""Accounts and their results until now as they were read: columns, with an entry for each account.

Times are naive UTC (datetime64[us]), NaT where unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from pql.accounts.leading import MOTION_RANKS
from pql.definitions.model import Motion
from pql.rules.states import STATES, UNKNOWN, States

Times = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]
A_DAY = np.timedelta64(1, "D")
MUCH_LATER = np.timedelta64(1, "D")
"""Later than now by more than an evaluation and the differences of clocks explain."""

MOTIONS = tuple(sorted(Motion, key=MOTION_RANKS.__getitem__))
"""From the lowest to the highest: the greater of two numbers leads."""
NO_MOTION = -1
"""Of an account that a definition says nothing of."""

_STATES: Mapping[str | None, int] = {state.value: number for number, state in STATES.items()}
_MOTIONS: Mapping[str | None, int] = {motion.value: place for place, motion in enumerate(MOTIONS)}
_STATE_NUMBERS = {**_STATES, None: int(UNKNOWN)}
_MOTION_NUMBERS = {**_MOTIONS, None: NO_MOTION}
_STATE_NAMES = {number: name for name, number in _STATES.items()}
_MOTION_NAMES = {number: name for name, number in _MOTION_NUMBERS.items()}


@dataclass(frozen=True, slots=True)
class Results:
    """What is said of accounts: `motions` are places in `MOTIONS`, NaN is an unknown score.

    Where nothing is said of one, its motion is `NO_MOTION` and the rest means nothing.
    """

    pql: States
    scores: npt.NDArray[np.float64]
    motions: npt.NDArray[np.int8]

    @classmethod
    def none(cls, size: int) -> Results:
        """Of accounts of which nothing is said."""
        nothing = np.full(size, NO_MOTION, dtype=np.int8)
        return cls(np.zeros(size, dtype=np.int8), np.full(size, np.nan), nothing)

    @classmethod
    def read(cls, pql: Sequence[Any], scores: Sequence[Any], motions: Sequence[Any]) -> Results:
        """Results as they are stored; a motion that is `None` is none."""
        return cls(
            np.fromiter(map(_STATE_NUMBERS.__getitem__, pql), np.int8, len(pql)),
            np.array(scores, dtype=np.float64),
            np.fromiter(map(_MOTION_NUMBERS.__getitem__, motions), np.int8, len(motions)),
        )

    @property
    def exist(self) -> Flags:
        """Of which accounts something is said."""
        exist: Flags = self.motions != NO_MOTION
        return exist

    def at(self, places: npt.NDArray[np.intp] | Flags) -> Results:
        """Those of the accounts in some places."""
        return Results(self.pql[places], self.scores[places], self.motions[places])

    def put(self, places: npt.NDArray[np.intp] | Flags, others: Results) -> None:
        """Take over what others say of the accounts in some places."""
        self.pql[places] = others.pql
        self.scores[places] = others.scores
        self.motions[places] = others.motions

    def differ(self, other: Results) -> Flags:
        """Of which accounts the other says something else."""
        same_score = (self.scores == other.scores) | (
            np.isnan(self.scores) & np.isnan(other.scores)
        )
        same = (self.pql == other.pql) & same_score & (self.motions == other.motions)
        differ: Flags = ~np.where(self.exist & other.exist, same, self.exist == other.exist)
        return differ

    def ahead(self, other: Results) -> Flags:
        """Where these lead: by a higher motion, or by a higher score at the same one."""
        own, others = np.nan_to_num(self.scores, nan=-1), np.nan_to_num(other.scores, nan=-1)
        is_higher = (self.motions == other.motions) & (own > others)
        ahead: Flags = (self.motions > other.motions) | (is_higher & self.exist)
        return ahead

    def stored(self) -> tuple[list[str | None], list[int | None], list[str | None]]:
        """PQL states, usage scores and motions as they are stored: `None` where there is none."""
        states: list[str | None] = list(map(_STATE_NAMES.__getitem__, self.pql.tolist()))
        for place in np.flatnonzero(~self.exist).tolist():
            states[place] = None
        return (
            states,
            [None if each != each else int(each) for each in self.scores.tolist()],  # NaN
            list(map(_MOTION_NAMES.__getitem__, self.motions.tolist())),
        )


@dataclass(frozen=True, slots=True)
class Before:
    """The results that accounts had of a definition until now, `since` when as it is stored."""

    results: Results
    since: npt.NDArray[np.object_]
    rests_on: npt.NDArray[np.object_]

    @classmethod
    def nothing(cls, size: int) -> Before:
        """Of accounts that had none."""
        return cls(Results.none(size), np.full(size, None), np.full(size, None))

    def at(self, places: npt.NDArray[np.intp]) -> Before:
        """Those of the accounts in some places."""
        return Before(self.results.at(places), self.since[places], self.rests_on[places])


Standings = Mapping[str, Before]
"""The results that accounts have, by definition: an entry for each account in every column."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Some accounts of a workspace, by their ids, ascending. `copies` of their leading results.

    `traits` are those that rules ask for. Where they cannot be told, `untold` says why, by place.
    """

    ids: npt.NDArray[np.int64]
    statuses: npt.NDArray[np.str_]
    traits: Mapping[str, npt.NDArray[np.object_]]
    untold: Mapping[int, Exception]
    trial_started_at: Times
    trial_ends_at: Times
    last_seen_at: Times
    evaluated_at: Times
    next_evaluation_at: Times
    copies: Results

    def __len__(self) -> int:
        return len(self.ids)


def moment(at: datetime) -> np.datetime64:
    """An aware moment as these columns hold it."""
    return np.datetime64(int(at.timestamp() * 1_000_000), "us")
