"""Which of those that hold to use: the simplest that is as good as the best."""

from __future__ import annotations

from collections.abc import Collection

from pql.finder.finding import Judged


def recommend(eligible: Collection[Judged]) -> Judged | None:
    """The one to use among the eligible; `None` where there are none.

    The best has the highest MCC in the search. Those within one standard error of it are as good
    (Breiman et al. 1984); of these, the one with the fewest parts, then with most of its
    thresholds on the ladder, then with the highest MCC. The confirmation group has no say in the
    order, so its figures of the chosen one are not the best of many.
    """
    if not eligible:
        return None
    best = max(eligible, key=_merit)
    enough = _merit(best) - (best.found.mcc.error or 0.0)
    return min((each for each in eligible if _merit(each) >= enough), key=_simplicity)


def _simplicity(judged: Judged) -> tuple[int, int, float]:
    parts = judged.candidate.parts
    return len(parts), sum(not part.is_round for part in parts), -_merit(judged)


def _merit(judged: Judged) -> float:
    return judged.found.mcc.value or 0.0
