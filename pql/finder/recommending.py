"""Which of those that hold to use: the simplest that is as good as the best."""

from __future__ import annotations

from collections.abc import Sequence

from pql.finder.candidates import Candidate
from pql.statistics.arrays import Floats


def recommend(
    candidates: Sequence[Candidate], phi: Floats, error: Floats, eligible: Sequence[int]
) -> int | None:
    """The number of the one to use among the eligible; `None` where there are none.

    The best has the highest MCC in the search. Those within one standard error of it are as good
    (Breiman et al. 1984); of these, the one with the fewest parts, then with most of its
    thresholds on the ladder, then with the highest MCC. The confirmation group has no say in the
    order, so its figures of the chosen one are not the best of many.
    """
    if not eligible:
        return None
    best = max(eligible, key=lambda number: phi[number])
    as_good = [number for number in eligible if phi[number] >= phi[best] - error[best]]

    def simplicity(number: int) -> tuple[int, int, float]:
        parts = candidates[number].parts
        return len(parts), sum(not part.is_round for part in parts), -float(phi[number])

    return min(as_good, key=simplicity)
