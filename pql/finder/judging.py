"""Candidates with everything that is said of them, here and on later units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pql.finder.candidates import Candidate
from pql.finder.confirming import count_candidates, judge
from pql.finder.figures import Figures, figures, resample
from pql.finder.finding import Judged
from pql.finder.groups import Group
from pql.finder.preparing import Prepared
from pql.finder.trying import Tried
from pql.statistics.multiplicity import benjamini_hochberg


def judge_all(
    prepared: Prepared, tried: Tried, numbers: Sequence[int], generator: np.random.Generator
) -> dict[int, Judged]:
    """The candidates of those numbers, judged on the later units where there are any."""
    chosen = [tried.candidates[number] for number in numbers]
    later = _figures_in(prepared.later, chosen, generator)
    adjusted = benjamini_hochberg(tried.own_p_values[list(tried.listed)])
    q_values = dict(zip(tried.listed, adjusted.tolist(), strict=True))
    units = len(prepared.earlier.table)
    return {
        number: Judged(
            candidate,
            found := figures(
                tried.counts, tried.resampled, prepared.earlier.repeated, units, number
            ),
            there,
            float(tried.p_values[number]),
            q_values.get(number),
            judge(
                float(tried.p_values[number]),
                found,
                there,
                prepared.later.support if prepared.later else None,
            ),
        )
        for number, candidate, there in zip(numbers, chosen, later, strict=True)
    }


def _figures_in(
    group: Group | None, candidates: Sequence[Candidate], generator: np.random.Generator
) -> list[Figures | None]:
    if group is None:
        return [None] * len(candidates)
    counts = count_candidates(group.binned, group.table.outcome, candidates)
    resampled = resample(counts, group.repeated, generator)
    return [
        figures(counts, resampled, group.repeated, len(group.table), number)
        for number in range(len(candidates))
    ]
