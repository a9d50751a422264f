"""Candidates with everything that is said of them, here and on later units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pql.finder.candidates import Candidate
from pql.finder.confirming import count_candidates, judge
from pql.finder.counting import Counts
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
    counts = tried.counts.only(np.array(numbers, dtype=np.int64))
    found = figures_of(prepared.earlier, counts, generator)
    later = _figures_in(prepared.later, chosen, generator)
    adjusted = benjamini_hochberg(tried.own_p_values[list(tried.listed)])
    q_values = dict(zip(tried.listed, adjusted.tolist(), strict=True))
    support = prepared.later.support if prepared.later else None
    return {
        number: Judged(
            candidate,
            here,
            there,
            p_value := float(tried.p_values[number]),
            q_values.get(number),
            judge(p_value, here, there, support),
        )
        for number, candidate, here, there in zip(numbers, chosen, found, later, strict=True)
    }


def figures_of(group: Group, counts: Counts, generator: np.random.Generator) -> list[Figures]:
    """The figures of candidates that were counted in the group."""
    repeated = group.repeated
    resampled = resample(counts, repeated, generator)
    return [
        figures(counts, resampled, repeated, len(group.table), number)
        for number in range(len(counts.met))
    ]


def _figures_in(
    group: Group | None, candidates: Sequence[Candidate], generator: np.random.Generator
) -> list[Figures | None]:
    if group is None:
        return [None] * len(candidates)
    counts = count_candidates(group.binned, group.table.outcome, candidates)
    return list(figures_of(group, counts, generator))
