"""How large accounts can become: large, medium or small, as far as people and traits tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from pql.definitions.model import Rule
from pql.rules import Columns, Verdicts, evaluate_columns
from pql.rules.facts import LEVEL_BITS, Levels
from pql.rules.states import MET, NOT_MET
from segments.trying import Flags, Tried, tried_in_order

SMALLEST = "small"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Potentials:
    """`possible` sums the `LEVEL_BITS` that what is known of an account leaves open.

    `tried` are the levels' rules that were tried for each account.
    """

    possible: Levels
    tried: Tried


def assess_potential(levels: Mapping[str, Rule], columns: Columns) -> Potentials:
    """Try the levels from the largest down; the first that is met is the last that is possible."""
    verdicts = [evaluate_columns(rule, columns) for rule in levels.values()]
    tried = tried_in_order(verdicts, columns.size, until=_is_met)
    possible = np.zeros(columns.size, dtype=np.int8)
    for place, (level, verdict) in enumerate(zip(levels, verdicts, strict=True)):
        is_open = (place < tried.counts) & (verdict.states != NOT_MET)
        possible[is_open] |= LEVEL_BITS[level]
    possible[~tried.ended] |= LEVEL_BITS[SMALLEST]
    return Potentials(possible, tried)


def levels_of(possible: int) -> list[str]:
    """The levels that are still possible, by name."""
    return sorted(level for level, bit in LEVEL_BITS.items() if possible & bit)


@cache
def level_of(possible: int) -> str:
    """The level, or `unknown` while more than one is possible."""
    levels = levels_of(possible)
    return levels[0] if len(levels) == 1 else UNKNOWN


def _is_met(verdict: Verdicts) -> Flags:
    met: Flags = verdict.states == MET
    return met
