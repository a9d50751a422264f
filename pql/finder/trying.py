"""Every candidate of a group: its figures, and how good it would look by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pql.finder.candidates import Candidate
from pql.finder.chance import Progress, permute, search_all
from pql.finder.confirming import SIGNIFICANT
from pql.finder.counting import Counts
from pql.finder.figures import Resampled, resample
from pql.finder.groups import Group
from pql.statistics.arrays import Floats
from pql.statistics.multiplicity import westfall_young

LISTED = 20


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """Every candidate of the search (j,): its counts, figure of merit (MCC) and p-values.

    `p_values` are of the best of all (maxT); `own_p_values` of each had it been the only one.
    `largest` (runs,) is the best figure of each permuted run.
    """

    candidates: tuple[Candidate, ...]
    counts: Counts
    phi: Floats
    p_values: Floats
    own_p_values: Floats
    largest: Floats
    resampled: Resampled

    @property
    def beat_chance(self) -> list[int]:
        """The numbers of the candidates that are better than the best of all by chance."""
        return np.flatnonzero(self.p_values <= SIGNIFICANT).tolist()

    @property
    def best(self) -> int:
        """The number of the candidate with the highest figure of merit."""
        return int(np.nanargmax(self.phi))

    @property
    def listed(self) -> list[int]:
        """The numbers of the best candidates, best first.

        One of each column, and combinations that are better than each of their parts.
        """
        listed_columns: set[int] = set()
        found = []
        for number in np.argsort(-self.phi, kind="stable").tolist():
            columns = [part.column for part in self.candidates[number].parts]
            if not listed_columns & set(columns):
                found.append(number)
            if len(columns) == 1:
                listed_columns.add(columns[0])
        return found[:LISTED]


def try_all(
    group: Group, generator: np.random.Generator, runs: int, progress: Progress | None
) -> Tried:
    """Count all candidates of the group, permute the outcome, draw the intervals."""
    table = group.table
    seen = search_all(group.binned, table.outcome[np.newaxis, :], group.support)
    chance = permute(group, seen, generator, runs, progress)
    single = [(number, Candidate((part,))) for number, part in enumerate(group.binned.parts)]
    combined = [(len(single) + n, each) for n, each in seen.combined.candidates(group.binned)]
    exist = [(n, each) for n, each in (*single, *combined) if not np.isnan(seen.phi[0, n])]
    numbers = np.array([number for number, _ in exist], dtype=np.int64)
    counts = seen.counts(numbers)
    phi = seen.phi[0, numbers]
    if progress:
        progress(0.0, "drawing intervals")
    return Tried(
        candidates=tuple(each for _, each in exist),
        counts=counts,
        phi=phi,
        p_values=westfall_young(phi, chance.largest),
        own_p_values=(1 + chance.at_least[numbers]) / (1 + runs),
        largest=chance.largest,
        resampled=resample(counts, group.repeated, generator),
    )
