"""Whether what was found in the search is there among those that came later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pql.finder.candidates import Candidate, Support
from pql.finder.counting import Binned, Counts
from pql.finder.figures import Figures
from pql.statistics.arrays import Flags

SIGNIFICANT = 0.05


class Verdict(StrEnum):
    """What the later units say of a candidate."""

    HOLDS = "holds"
    WEAKENED = "weakened"
    DOES_NOT_HOLD = "does not hold"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and why."""

    verdict: Verdict
    reason: str


def judge(
    p_value: float, searched: Figures, later: Figures | None, support: Support | None
) -> Judgement:
    """The verdict on a candidate.

    Args:
        p_value: of the best of all that were tried.
        searched: where it was found.
        later: in the confirmation group; `None` where there is none.
        support: what it takes in that group to say anything.
    """
    if not p_value <= SIGNIFICANT:
        reason = "the best of as many tries looks as good by chance"
        return Judgement(Verdict.DOES_NOT_HOLD, reason)
    if later is None or support is None:
        return Judgement(Verdict.CANNOT_TELL, "there is no later group to confirm it on")
    if too_few := _too_few(later, support):
        return Judgement(Verdict.CANNOT_TELL, too_few)
    if later.lift.low is None or later.lift.low <= 1:
        reason = "on later ones its lift may be 1 or less"
        return Judgement(Verdict.DOES_NOT_HOLD, reason)
    if _below(later.lift.high, searched.lift.value):
        reason = "on later ones its lift is above 1, but below what the search saw"
        return Judgement(Verdict.WEAKENED, reason)
    return Judgement(Verdict.HOLDS, "on later ones its lift is above 1")


def count_candidates(group: Binned, outcome: Flags, candidates: Sequence[Candidate]) -> Counts:
    """The counts of each candidate (candidates,) in a group whose bins have all of their parts."""
    places = {part: number for number, part in enumerate(group.parts)}
    counted = np.zeros((4, len(candidates)), dtype=np.int64)
    for number, candidate in enumerate(candidates):
        met, not_met = group.met([places[part] for part in candidate.parts])
        if candidate.require == "all":
            meets, does_not = met.all(axis=0), not_met.any(axis=0)
        else:
            meets, does_not = met.any(axis=0), not_met.all(axis=0)
        known = meets | does_not
        for row, flags in enumerate((known, known & outcome, meets, meets & outcome)):
            counted[row, number] = np.count_nonzero(flags)
    return Counts(*counted)


def _too_few(later: Figures, support: Support) -> str | None:
    if later.met < support.not_met:
        return f"only {later.met:,} of the later ones met it"
    if later.population - later.met < support.not_met:
        return f"only {later.population - later.met:,} of the later ones did not meet it"
    if later.converted == 0:
        return "none of the later ones converted"
    return None


def _below(end: float | None, value: float | None) -> bool:
    return end is not None and value is not None and end < value
