"""The usage score of one account in plain Python: slow, and easy to see to be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from pql.scores import FULL_SCORE, LEAST_COVERAGE

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Measured:
    """What goes into a part: the metric, its weight, and its position (0 to 1; `None`: unknown)."""

    metric: str
    weight: float
    position: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """`points` out of `of`, both whole; `None` where the metric or the score is unknown."""

    metric: str
    points: int | None
    of: int | None
    position: float | None


@dataclass(frozen=True, slots=True)
class UsageScore:
    """`score` is 0 to 100, or `None` where less than half of the weight is known.

    `coverage` is the known share of the weight. The points of the known parts sum exactly to the
    score, and what they are out of sums to 100.
    """

    score: int | None
    parts: tuple[Part, ...]
    coverage: float


def usage_score(measured: Sequence[Measured]) -> UsageScore:
    """The weighted mean of the known positions, times 100, in whole points."""
    total = sum(part.weight for part in measured)
    known = [part for part in measured if part.position is not None]
    known_weight = sum(part.weight for part in known)
    coverage = known_weight / total if total else 0.0
    if not known or coverage < LEAST_COVERAGE:
        parts = tuple(Part(part.metric, None, None, part.position) for part in measured)
        return UsageScore(None, parts, coverage)
    possible = _possible(tuple(part.weight for part in known))
    points = largest_remainder(
        [of * (part.position or 0.0) for of, part in zip(possible, known, strict=True)]
    )
    given = {
        part.metric: pair
        for part, pair in zip(known, zip(points, possible, strict=True), strict=True)
    }
    parts = tuple(_part(part, given.get(part.metric)) for part in measured)
    return UsageScore(sum(points), parts, coverage)


def _possible(weights: tuple[float, ...]) -> list[int]:
    """What each part is out of."""
    total = sum(weights)
    return largest_remainder([FULL_SCORE * weight / total for weight in weights])


def largest_remainder(shares: Sequence[float]) -> list[int]:
    """Whole numbers that sum to the rounded sum of `shares`, each its share rounded down or up.

    What rounding down leaves over goes to the largest fractions, to the first of equal ones.
    """
    exact = [round(share, _DIGITS) for share in shares]
    whole = [floor(share) for share in exact]
    left_over = floor(round(sum(exact), _DIGITS) + 0.5) - sum(whole)
    by_fraction = sorted(range(len(exact)), key=lambda index: whole[index] - exact[index])
    for index in by_fraction[:left_over]:
        whole[index] += 1
    return whole


def _part(part: Measured, given: tuple[int, int] | None) -> Part:
    points, of = given or (None, None)
    return Part(part.metric, points, of, part.position)
