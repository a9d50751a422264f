"""Sources that tell the outcome better than what is known beforehand can."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from math import hypot

import numpy as np

from pql.finder.alarms import Alarm, Kind
from pql.finder.columns import ValueTable, columns_by_source
from pql.finder.counting import Counts
from pql.statistics.arrays import Flags, Floats, Integers
from pql.statistics.association import Area, area_under_curve

TOO_GOOD = 0.95
"""An area under the ROC curve that nothing known beforehand reaches."""
TELLING, MUCH = 0.65, 0.72
"""An area above the first whose 95 % interval reaches the second tells much."""
FAR = 0.08
"""Far above the next best: where the 95 % interval of the difference in area reaches this."""
CLEAR = 0.05
"""A gap between areas that is not the one between any two columns."""
FEWEST = 10
"""Of either outcome, for the area of a source to be compared with that of others."""
FOLDS = 5
SMOOTHING = 5.0
NOTHING = Area(0.5, 0.5, 0.5, 0, 0)


def leak_alarms(areas: Mapping[str, Area]) -> Iterator[Alarm]:
    """Sources that tell more than anything known beforehand does, whatever is said of them."""
    for source, area in areas.items():
        if (area.value or 0) > TOO_GOOD:
            yield too_good(source, f"AUC {area.value:.3f}")


def standing_out_alarms(areas: Mapping[str, Area], exempt: Collection[str]) -> Iterator[Alarm]:
    """The sources above a gap between areas that may well be far.

    More than one column can have been filled in afterwards, so the best is not only compared with
    the second: of several such gaps the lowest counts that is clear, else the widest.

    Args:
        areas: of all that would be searched.
        exempt: sources that may stand out: they are known to come before the outcome.
    """
    ranked = sorted(
        (
            (source, area)
            for source, area in areas.items()
            if min(area.with_outcome, area.without_outcome) >= FEWEST
        ),
        key=lambda each: -(each[1].value or 0),
    )
    following = ranked if len(ranked) > 1 else [*ranked, ("", NOTHING)]
    gaps = [
        ((above.value or 0) - (below.value or 0), number, below)
        for number, ((_, above), (_, below)) in enumerate(pairwise(following))
        if _tells_much(above) and _furthest_gap(above, below) >= FAR
    ]
    if not gaps:
        return
    clear = [gap for gap in gaps if gap[0] >= CLEAR]
    _, last, below = clear[-1] if clear else max(gaps, key=lambda gap: gap[0])
    for source, area in ranked[: last + 1]:
        if source not in exempt:
            yield _stands_out(source, area, below)


def too_good(source: str, figure: str) -> Alarm:
    """The alarm about a source that tells the outcome as nothing known beforehand does."""
    sentence = (
        f"{source} tells the outcome too well ({figure}): it is most likely known only afterwards."
    )
    return Alarm(Kind.LEAK, source, sentence)


def candidate_leaks(counts: Counts) -> Flags:
    """Which candidates (j,) alone have an area above what is believable."""
    without = counts.population - counts.converted
    missed = without - (counts.met - counts.met_and_converted)
    rates = [
        np.divide(some, of, out=np.full(some.shape, 0.5), where=of > 0)
        for some, of in ((counts.met_and_converted, counts.converted), (missed, without))
    ]
    too_good: Flags = (rates[0] + rates[1]) / 2 > TOO_GOOD
    return too_good


def areas_by_source(table: ValueTable) -> dict[str, Area]:
    """The best area of each source, from 0.5 up: less is as telling as more."""
    generator = np.random.default_rng(len(table))
    folds = generator.integers(0, FOLDS, len(table))
    areas = {}
    for source, numbers in columns_by_source(table).items():
        if table.columns[numbers[0]].category is None:
            found = [_area(table.values[:, number], table.outcome) for number in numbers]
        else:
            found = [_area_of_levels(table.values[:, numbers], table.outcome, folds)]
        areas[source] = max(found, key=lambda area: area.value or 0)
    return areas


def _stands_out(source: str, area: Area, below: Area) -> Alarm:
    fact = f"{source} alone tells far more than any other column (AUC {area.value:.2f}, the others "
    fact += f"at most {below.value:.2f})"
    if below is NOTHING:
        fact = f"{source} tells much, and nothing else is there to compare (AUC {area.value:.2f})"
    sentence = f"{fact}: it may be known only afterwards."
    return Alarm(Kind.STANDS_OUT, source, sentence, is_question=True)


def _tells_much(area: Area) -> bool:
    return (area.value or 0) > TELLING and (area.high or 0) >= MUCH


def _furthest_gap(above: Area, below: Area) -> float:
    """The upper end of the difference of two areas (MOVER, Zou and Donner 2008).

    As if they were independent: areas of one table go together, so the end is too far rather than
    too near, and the question is asked rather than not.
    """
    gap = (above.value or 0) - (below.value or 0)
    reach = hypot(
        (above.high or 0) - (above.value or 0),
        (below.value or 0) - (below.low or 0),
    )
    return gap + reach


def _area(values: Floats, outcome: Flags) -> Area:
    area = area_under_curve(values, outcome)
    if area.value is None or area.low is None or area.high is None or area.value >= 0.5:
        return area
    return Area(
        1 - area.value, 1 - area.high, 1 - area.low, area.with_outcome, area.without_outcome
    )


def _area_of_levels(indicators: Floats, outcome: Flags, folds: Integers) -> Area:
    """The area of a category, each value ranked by the rate it has in the other folds."""
    is_given = ~np.isnan(indicators).all(axis=1)
    levels = np.where(is_given, np.nan_to_num(indicators).argmax(axis=1) + 1, 0)
    levels[is_given & ~(np.nan_to_num(indicators) > 0).any(axis=1)] = 0
    number = indicators.shape[1] + 1
    totals = np.bincount(folds * number + levels, minlength=FOLDS * number).reshape(FOLDS, number)
    won = np.bincount((folds * number + levels)[outcome], minlength=FOLDS * number).reshape(
        FOLDS, number
    )
    base = outcome.mean()
    rates = (won.sum(axis=0) - won + SMOOTHING * base) / (totals.sum(axis=0) - totals + SMOOTHING)
    return _area(np.where(is_given, rates[folds, levels], np.nan), outcome)
