"""Which of those that hold to use: the simplest that is as good as the best."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pql.finder.candidates import Candidate, Part
from pql.finder.finding import Judged

NEAREST = 2
"""Round thresholds below the one to use, and above it, that are shown beside it."""


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


def round_rivals(chosen: Candidate, candidates: Sequence[Candidate]) -> list[int]:
    """The numbers of round thresholds near those of the chosen one, lowest first.

    Of each of its columns by itself: at most `NEAREST` below and as many above.
    """
    rivals: list[int] = []
    for part in chosen.parts:
        own = [
            (each.parts[0].threshold, number)
            for number, each in enumerate(candidates)
            if _is_rival(each, part) and each != chosen
        ]
        below = sorted(each for each in own if each[0] < part.threshold)[-NEAREST:]
        above = sorted(each for each in own if each[0] >= part.threshold)[:NEAREST]
        rivals += (number for _, number in (*below, *above))
    return list(dict.fromkeys(rivals))


def _is_rival(candidate: Candidate, part: Part) -> bool:
    first, *others = candidate.parts
    return not others and first.is_round and first.column == part.column


def _simplicity(judged: Judged) -> tuple[int, int, float]:
    parts = judged.candidate.parts
    return len(parts), sum(not part.is_round for part in parts), -_merit(judged)


def _merit(judged: Judged) -> float:
    return judged.found.mcc.value or 0.0
