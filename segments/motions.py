"""Which motion accounts get, and which they would get next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pql.definitions.model import Motion, Rule
from pql.rules import Columns, Verdicts, evaluate_columns
from pql.rules.states import NOT_MET, UNKNOWN
from segments.trying import Flags, Tried, tried_in_order

NONE = -1
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Routings:
    """`motions` and `following` are places in `names`, one an account.

    `following` is the motion above, or the one that could not be decided where the motion is
    unknown; `NONE` at the top. `tried` are the motions' `rules` that were tried for each account.
    """

    rules: Mapping[Motion, Rule]
    names: Sequence[Motion]
    motions: Places
    following: Places
    tried: Tried


def route(rules: Mapping[Motion, Rule], columns: Columns) -> Routings:
    """Try the motions from the highest down. Where one is undecided, so is the account's.

    Taking unknown for no would send a large account to automation because nobody told its size.
    """
    verdicts = [evaluate_columns(rule, columns) for rule in rules.values()]
    tried = tried_in_order(verdicts, columns.size, until=_is_not_denied)
    names = (*rules, Motion.NO_TOUCH, Motion.UNKNOWN)
    last = tried.counts - 1
    states = np.stack([*(each.states for each in verdicts), np.zeros(columns.size, np.int8)])
    is_undecided = tried.ended & (states[last, np.arange(columns.size)] == UNKNOWN)
    motions = np.where(tried.ended, last, names.index(Motion.NO_TOUCH))
    motions[is_undecided] = names.index(Motion.UNKNOWN)
    following = np.where(tried.ended & ~is_undecided, last - 1, last)
    return Routings(rules, names, motions, following, tried)


def _is_not_denied(verdict: Verdicts) -> Flags:
    denied: Flags = verdict.states != NOT_MET
    return denied
