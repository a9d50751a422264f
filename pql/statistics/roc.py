"""The area under a ROC curve with the interval of DeLong, DeLong and Clarke-Pearson 1988."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pql.statistics.arrays import Floats
from pql.statistics.association import Area, area_under_curve, middle_ranks
from pql.statistics.intervals import STANDARD_NORMAL_975


def delong(values: npt.ArrayLike, outcome: npt.ArrayLike) -> Area:
    """The area of a value (n,) for an outcome (n,), with DeLong's 95 % interval on the logit scale.

    It makes no assumption about how the values are distributed; placements come from middle ranks
    (Sun and Xu 2014). Unknown values (NaN) are left out. Where the area is 0 or 1, or a group has
    fewer than two, its variance says nothing and the interval is that of `area_under_curve`.
    """
    numbers, has = np.asarray(values, dtype=np.float64), np.asarray(outcome, dtype=bool)
    is_known = ~np.isnan(numbers)
    numbers, has = numbers[is_known], has[is_known]
    cautious = area_under_curve(numbers, has)
    area, ones, others = cautious.value, cautious.with_outcome, cautious.without_outcome
    if area is None or min(ones, others) < 2 or not 0 < area < 1:
        return cautious
    ranks = middle_ranks(numbers)
    above = (ranks[has] - middle_ranks(numbers[has])) / others
    below = 1 - (ranks[~has] - middle_ranks(numbers[~has])) / ones
    variance = above.var(ddof=1) / ones + below.var(ddof=1) / others
    reach = STANDARD_NORMAL_975 * np.sqrt(variance) / (area * (1 - area))
    low, high = _from_logit(np.log(area / (1 - area)) + np.array([-reach, reach]))
    return Area(area, float(low), float(high), ones, others)


def _from_logit(logits: Floats) -> Floats:
    shares: Floats = 1 / (1 + np.exp(-logits))
    return shares
