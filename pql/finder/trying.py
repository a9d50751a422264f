"""Every candidate of a group: its figures, and how good it would look by chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pql.finder.candidates import Candidate
from pql.finder.chance import Progress, permute, search_all
from pql.finder.combining import is_near_copy
from pql.finder.confirming import SIGNIFICANT
from pql.finder.counting import Counts
from pql.finder.groups import Group
from pql.statistics.arrays import Flags, Floats
from pql.statistics.multiplicity import westfall_young

LISTED = 20
LOOKED_THROUGH = 200


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
    listed: tuple[int, ...]
    """The numbers of the best that are not near-copies of a better one, best first."""

    @property
    def beat_chance(self) -> list[int]:
        """The numbers of the candidates that are better than the best of all by chance."""
        return np.flatnonzero(self.p_values <= SIGNIFICANT).tolist()

    @property
    def best(self) -> int:
        """The number of the candidate with the highest figure of merit."""
        return int(np.nanargmax(self.phi))


def try_all(
    group: Group, generator: np.random.Generator, runs: int, progress: Progress | None
) -> Tried:
    """Count all candidates of the group, and again with the outcome permuted."""
    table = group.table
    seen = search_all(group.binned, table.outcome[np.newaxis, :], group.support)
    chance = permute(group, seen, generator, runs, progress)
    single = [(number, Candidate((part,))) for number, part in enumerate(group.binned.parts)]
    combined = [(len(single) + n, each) for n, each in seen.combined.candidates(group.binned)]
    exist = [(n, each) for n, each in (*single, *combined) if not np.isnan(seen.phi[0, n])]
    numbers = np.array([number for number, _ in exist], dtype=np.int64)
    counts = seen.counts(numbers)
    phi = seen.phi[0, numbers]
    return Tried(
        candidates=tuple(each for _, each in exist),
        counts=counts,
        phi=phi,
        p_values=westfall_young(phi, chance.largest),
        own_p_values=(1 + chance.at_least[numbers]) / (1 + runs),
        largest=chance.largest,
        listed=tuple(_listed(group, [each for _, each in exist], phi)),
    )


def _listed(group: Group, candidates: Sequence[Candidate], phi: Floats) -> Iterator[int]:
    """At most `LISTED` of the best `LOOKED_THROUGH`."""
    places = {part: number for number, part in enumerate(group.binned.parts)}
    taken: list[Flags] = []
    for number in np.argsort(-phi, kind="stable")[:LOOKED_THROUGH].tolist():
        candidate = candidates[number]
        met, _ = group.binned.met([places[part] for part in candidate.parts])
        meets: Flags = np.all(met, axis=0) if candidate.require == "all" else np.any(met, axis=0)
        if not any(is_near_copy(meets, other) for other in taken):
            taken.append(meets)
            yield number
        if len(taken) == LISTED:
            return
