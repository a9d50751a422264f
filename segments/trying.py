"""Rules that are tried one after the other, for each account until one of them decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pql.rules import Answers, Verdicts

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tried:
    """`counts`: how many of the rules were tried for each account; `ended`: whether one decided."""

    verdicts: Sequence[Verdicts]
    counts: npt.NDArray[np.int64]
    ended: Flags

    @property
    def tests(self) -> list[Answers]:
        """The tests of all the rules, one after the other."""
        return [test for verdict in self.verdicts for test in verdict.tests]

    @property
    def test_counts(self) -> npt.NDArray[np.int64]:
        """How many of `tests` belong to the rules that were tried for each account."""
        lengths = np.cumsum([0, *(len(verdict.tests) for verdict in self.verdicts)])
        counts: npt.NDArray[np.int64] = lengths[self.counts]
        return counts


def tried_in_order(
    verdicts: Sequence[Verdicts], size: int, until: Callable[[Verdicts], Flags]
) -> Tried:
    """Try the rules in their order; `until` tells for which accounts one of them is the last."""
    counts, ended = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=bool)
    for verdict in verdicts:
        counts += ~ended
        ended |= until(verdict)
    return Tried(verdicts, counts, ended)
