"""Kleene's three states as numbers, for many accounts at once.

In this order the strong three-valued logic (Kleene 1952, section 64) is arithmetic: of rules that
must all be met the least state counts, of rules of which any will do the greatest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pql.definitions.model import State

States = npt.NDArray[np.int8]
"""A state for each account (or each question): `MET`, `UNKNOWN` or `NOT_MET`."""

MET, UNKNOWN, NOT_MET = np.int8(1), np.int8(0), np.int8(-1)
STATES = {1: State.MET, 0: State.UNKNOWN, -1: State.NOT_MET}
NUMBERS = {state: np.int8(number) for number, state in STATES.items()}


def decided(is_met: npt.ArrayLike) -> States:
    """Met where true, not met where false."""
    return np.where(is_met, MET, NOT_MET)


def same_states(state: State, size: int) -> States:
    """One state for all of `size` accounts."""
    return np.full(size, NUMBERS[state], dtype=np.int8)


def at_least(count: int, rules: Sequence[States], size: int) -> States:
    """Whether at least `count` of the rules are met; unknown where that is still open.

    That is the `count`-th greatest of an account's states: with so many met it is met, and with
    fewer it is open as long as the unknown ones could make up for it.

    Args:
        rules: the states of each rule, of `size` accounts.
    """
    if count < 1:
        return same_states(State.MET, size)
    if count > len(rules):
        return same_states(State.NOT_MET, size)
    from_the_least: States = np.sort(np.stack(rules), axis=0)
    met_or_open: States = from_the_least[-count]
    return met_or_open
