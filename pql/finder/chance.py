"""How good the best of so many candidates would look if the outcome had nothing to do with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pql.finder.candidates import Support
from pql.finder.columns import weeks_since_first
from pql.finder.combining import Combined, combine, is_supported
from pql.finder.counting import FIELDS, Binned, Counts
from pql.finder.groups import Group
from pql.statistics.arrays import Flags, Floats, Integers

LEAST_RUNS = 500
OUTCOMES_AT_ONCE = 4_000_000
"""Permuted outcomes of units that are held at once."""

Progress = Callable[[float, str], None]
"""Told how much is done (0 to 1) and what is being done, in words."""


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """Every candidate of each run: parts (runs, j) and their combinations (runs, shapes)."""

    parts: Counts
    combined: Combined
    phi: Floats
    """(runs, j + shapes), NaN for what does not exist or lacks support."""

    def counts(self, numbers: Integers) -> Counts:
        """The counts of those candidates (numbers,) in the first run."""
        both = (self.parts, self.combined.counts)
        return Counts(
            *(
                np.concatenate([getattr(counts, name)[0] for counts in both])[numbers]
                for name in FIELDS
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """`largest` (runs,): the best figure over all candidates of each permuted run.

    `at_least` (candidates,): in how many runs a candidate by itself came to what was seen.
    """

    largest: Floats
    at_least: Integers
    runs: int


def search_all(group: Binned, outcomes: Flags, support: Support) -> Searched:
    """Count every candidate for outcomes (runs, n), the combinations of each run's own best too."""
    parts = group.count(outcomes)
    phi = parts.phi
    combined = combine(group, outcomes, phi)
    has_support = is_supported(combined.counts, support)
    of_combined = np.where(has_support, combined.counts.phi, np.nan)
    return Searched(parts, combined, np.concatenate([phi, of_combined], axis=1))


def permute(
    group: Group,
    seen: Searched,
    generator: np.random.Generator,
    runs: int = LEAST_RUNS,
    progress: Progress | None = None,
) -> Chance:
    """Permute the outcome within weeks of t0 and search again (maxT of Westfall and Young 1993).

    Accounts swap their outcomes, and all units of an account go with it. The combinations are
    those of each run's own best parts, as they were in the search.
    """
    table, weeks = group.table, weeks_since_first(group.table.started_at, len(group.table))
    largest = np.empty(runs)
    at_least = np.zeros(seen.phi.shape[1], dtype=np.int64)
    at_once = max(1, OUTCOMES_AT_ONCE // max(len(table), 1))
    for first in range(0, runs, at_once):
        size = min(at_once, runs - first)
        outcomes = permuted_outcomes(table.outcome, weeks, table.cluster, generator, size)
        found = search_all(group.binned, outcomes, group.support)
        largest[first : first + size] = np.nanmax(found.phi, axis=1, initial=-1.0)
        at_least += (found.phi >= seen.phi[0]).sum(axis=0)
        if progress:
            progress((first + size) / runs, "permuting outcomes")
    return Chance(largest, at_least, runs)


def permuted_outcomes(
    outcome: Flags, weeks: Integers, clusters: Integers, generator: np.random.Generator, runs: int
) -> Flags:
    """Outcomes (runs, n), exchanged among the accounts whose t0 lies in the same week."""
    _, first_rows, account = np.unique(clusters, return_index=True, return_inverse=True)
    of_account, week_of_account = outcome[first_rows], weeks[first_rows]
    drawn = np.empty((runs, len(first_rows)), dtype=bool)
    for week in np.unique(week_of_account):
        members = np.flatnonzero(week_of_account == week)
        drawn[:, members] = generator.permuted(
            np.broadcast_to(of_account[members], (runs, len(members))), axis=1
        )
    return drawn[:, account]
