"""A score against a rule on the same trials: who finds more among as many, and who ranks better."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pql.fitted.rivals import Rival
from pql.statistics.arrays import Flags, Floats
from pql.statistics.association import area_under_curve
from pql.statistics.intervals import Rate, wilson

RESAMPLES = 1_000
RESAMPLES_AT_ONCE = 100
LOW, HIGH = 0.025, 0.975


@dataclass(frozen=True, slots=True)
class Difference:
    """The score's figure less the rule's, with its 95 % interval. `None`: nothing to compare."""

    value: float | None
    low: float | None
    high: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the score is better beyond chance."""
        return self.low is not None and self.low > 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A fitted score against a rule on trials neither was chosen on.

    `precision` is the rule's; `score_precision` how many of as many trials, those of the highest
    scores, converted (where equal scores straddle the cut, their mean). `area` and `score_area` are
    the areas under the ROC curve.
    """

    rival: str
    precision: Rate
    score_precision: float | None
    precision_difference: Difference
    area: float | None
    score_area: float | None
    area_difference: Difference

    @property
    def is_beaten(self) -> bool:
        """Whether the score finds more among as many, and ranks better; both beyond chance.

        A rule that nobody met, or everybody, names no number to compare: then the ranking decides.
        """
        finds_more = self.precision_difference
        return self.area_difference.is_clear and (finds_more.value is None or finds_more.is_clear)


def compare(predicted: Floats, rival: Rival, converted: Flags, seed: int) -> Comparison:
    """Both on the same trials (n,), with paired bootstrap intervals (percentile, 1,000 resamples).

    Trials are drawn with what both say of them, so what they have in common cancels out.
    """
    ones = np.ones((1, len(converted)))
    score, rule = _Ranked(predicted, converted), _Ranked(rival.ranking, converted)
    seen = _figures(score, rule, rival, ones)
    drawn = [_figures(score, rule, rival, weights) for weights in _resamples(len(converted), seed)]
    met = int(rival.met.sum())
    has_list = 0 < met < len(converted)
    score_precision = float(seen.score_precision[0]) if has_list else None
    return Comparison(
        rival=rival.name,
        precision=wilson(int((rival.met & converted).sum()), met),
        score_precision=score_precision,
        precision_difference=_difference(
            seen.precision_difference, [each.precision_difference for each in drawn]
        )
        if has_list
        else Difference(None, None, None),
        area=area_under_curve(rival.ranking, converted).value,
        score_area=area_under_curve(predicted, converted).value,
        area_difference=_difference(seen.area_difference, [each.area_difference for each in drawn]),
    )


@dataclass(frozen=True, slots=True)
class _Figures:
    score_precision: Floats
    precision_difference: Floats
    area_difference: Floats


class _Ranked:
    """Trials in the order of a ranking, worst first, equal ones together."""

    def __init__(self, ranking: Floats, converted: Flags) -> None:
        self.order = np.argsort(ranking, kind="stable")
        ascending = ranking[self.order]
        is_new = np.concatenate([[True], ascending[1:] != ascending[:-1]])
        self.starts = np.flatnonzero(is_new)
        self.converted = converted

    def counts(self, weights: Floats) -> tuple[Floats, Floats]:
        """All, and those that converted, of each group of equals: (resamples, groups)."""
        ordered = weights[:, self.order]
        everyone = np.add.reduceat(ordered, self.starts, axis=1)
        paid = np.add.reduceat(ordered * self.converted[self.order], self.starts, axis=1)
        return everyone, paid


def _area(everyone: Floats, paid: Floats) -> Floats:
    """The area under the ROC curve in each resample; NaN where it has one outcome only."""
    unpaid = everyone - paid
    below = np.cumsum(unpaid, axis=1) - unpaid / 2
    pairs = paid.sum(axis=1) * unpaid.sum(axis=1)
    won = (paid * below).sum(axis=1)
    areas: Floats = np.divide(won, pairs, out=np.full(len(won), np.nan), where=pairs > 0)
    return areas


def _converted_among_best(everyone: Floats, paid: Floats, volume: Floats) -> Floats:
    """How many of the `volume` best converted, in each resample."""
    above = everyone.sum(axis=1, keepdims=True) - np.cumsum(everyone, axis=1)
    taken = np.clip(volume[:, None] - above, 0, everyone)
    share = np.divide(taken, everyone, out=np.zeros_like(taken), where=everyone > 0)
    among: Floats = (share * paid).sum(axis=1)
    return among


def _figures(score: _Ranked, rule: _Ranked, rival: Rival, weights: Floats) -> _Figures:
    volume = weights @ rival.met.astype("float64")
    found = weights @ (rival.met & score.converted).astype("float64")
    everyone, paid = score.counts(weights)
    best = _converted_among_best(everyone, paid, volume)
    of_volume = np.divide(
        [best, best - found], volume, out=np.full((2, len(volume)), np.nan), where=volume > 0
    )
    areas = _area(everyone, paid) - _area(*rule.counts(weights))
    return _Figures(of_volume[0], of_volume[1], areas)


def _resamples(trials: int, seed: int) -> Iterator[Floats]:
    """How often each trial is drawn: (resamples, trials), some resamples at a time."""
    generator = np.random.default_rng(seed)
    for _ in range(RESAMPLES // RESAMPLES_AT_ONCE):
        drawn = generator.integers(0, trials, (RESAMPLES_AT_ONCE, trials))
        yield np.stack([np.bincount(rows, minlength=trials) for rows in drawn]).astype("float64")


def _difference(seen: Floats, drawn: list[Floats]) -> Difference:
    values = np.concatenate(drawn)
    values = values[~np.isnan(values)]
    if np.isnan(seen[0]) or not len(values):
        return Difference(None, None, None)
    low, high = np.quantile(values, [LOW, HIGH])
    return Difference(float(seen[0]), float(low), float(high))
