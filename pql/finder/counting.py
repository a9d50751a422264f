"""How many meet each threshold, and how many of them converted: for all at once.

Every column is put into bins once. A unit reaches a threshold if its bin lies at or above it, so
one count by bin, added up from the top, answers for all thresholds of all columns; and of a
permuted outcome only the rows of converters need counting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pql.finder.candidates import Part
from pql.finder.columns import ValueTable
from pql.statistics.arrays import Flags, Integers
from pql.statistics.association import matthews

Words = npt.NDArray[np.uint64]
Bins = npt.NDArray[np.uint16 | np.uint32]

COUNTED_AT_ONCE = 4_000_000
"""Bins that are counted in one go: what is held in memory is eight bytes for each."""
BITS_A_WORD = 64
UNKNOWN, LOWEST = 0, 1
"""A column's first bins: for what is not known, and for what lies below every threshold."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Four counts of candidates, as arrays of one shape: (runs, candidates) or (candidates,).

    Of those whose values are known: `population`, `converted`, `met` and `met_and_converted`.
    """

    population: Integers
    converted: Integers
    met: Integers
    met_and_converted: Integers

    @property
    def phi(self) -> npt.NDArray[np.float64]:
        """Matthews' correlation of each; NaN where there is nothing to compare."""
        return matthews(self.population, self.converted, self.met, self.met_and_converted)

    def only(self, numbers: Integers) -> Counts:
        """Those of the candidates of these numbers."""
        return Counts(*(getattr(self, name)[..., numbers] for name in FIELDS))


FIELDS = ("population", "converted", "met", "met_and_converted")


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """A group of units (n) with every column (k) in bins.

    `bins` (n, k), and `bins_by_column` (k, n) again, are numbered through all columns: a column's
    first bin is for unknown values, the second for those below all of its thresholds. `parts` (j)
    are in the order of their bins: part j begins at bin `begins[j]`, the bins of its column end
    before `ends[j]`, and the unknown one is `unknown[j]`.
    """

    parts: tuple[Part, ...]
    bins: Bins
    bins_by_column: Bins
    begins: Integers
    ends: Integers
    unknown: Integers
    total_bins: int

    @property
    def units(self) -> int:
        """How many units the group has."""
        return len(self.bins)

    def rows(self, chosen: Integers) -> Binned:
        """The units of those row numbers, which may repeat."""
        return replace(self, bins=self.bins[chosen], bins_by_column=self.bins_by_column[:, chosen])

    def count(self, outcomes: Flags) -> Counts:
        """The counts of each part (runs, j) for outcomes (runs, n)."""
        everyone = np.bincount(self.bins.ravel(), minlength=self.total_bins)
        population, met = self._from_bins(everyone[np.newaxis, :])
        converted, both = self._from_bins(self._bins_of_converters(outcomes))
        return Counts(
            np.broadcast_to(population, both.shape),
            converted,
            np.broadcast_to(met, both.shape),
            both,
        )

    def met(self, part_numbers: Sequence[int] | Integers) -> tuple[Flags, Flags]:
        """Who meets each of the parts and who does not, (parts, n); unknown is neither."""
        columns = np.array([self.parts[number].column for number in part_numbers], dtype=np.int64)
        numbers = np.asarray(part_numbers, dtype=np.int64)
        bins = self.bins_by_column[columns]
        met = bins >= self.begins[numbers, np.newaxis]
        return met, ~met & (bins != self.unknown[numbers, np.newaxis])

    def _bins_of_converters(self, outcomes: Flags) -> Integers:
        runs, columns = len(outcomes), self.bins.shape[1]
        a_run = max(1, int(outcomes.sum(axis=1).max(initial=0)) * columns)
        at_once = max(1, COUNTED_AT_ONCE // max(a_run, self.total_bins))
        found = np.empty((runs, self.total_bins), dtype=np.int64)
        for first in range(0, runs, at_once):
            run, row = np.nonzero(outcomes[first : first + at_once])
            places = self.bins[row] + (run * self.total_bins)[:, np.newaxis]
            size = min(at_once, runs - first)
            counted = np.bincount(places.ravel(), minlength=size * self.total_bins)
            found[first : first + size] = counted.reshape(size, self.total_bins)
        return found

    def _from_bins(self, by_bin: Integers) -> tuple[Integers, Integers]:
        """How many are known and how many reach each part, from counts by bin (runs, bins)."""
        before = np.zeros((len(by_bin), self.total_bins + 1), dtype=np.int64)
        np.cumsum(by_bin, axis=1, out=before[:, 1:])
        known = before[:, self.ends] - before[:, self.unknown + 1]
        return known, before[:, self.ends] - before[:, self.begins]


def put_in_bins(table: ValueTable, parts: Sequence[Part]) -> Binned:
    """Each value's bin among the thresholds of its column. `parts` are by column and threshold."""
    width = len(parts) + 2 * len(table.columns)
    kind = np.uint16 if width < 2**16 else np.uint32
    bins = np.empty((len(table), len(table.columns)), kind)
    places: list[tuple[int, int, int]] = []
    first = 0
    for number, steps in enumerate(_by_column(parts, len(table.columns))):
        values = table.values[:, number]
        reached = np.searchsorted(np.array(steps), values, side="right")
        bins[:, number] = first + np.where(np.isnan(values), UNKNOWN, LOWEST + reached)
        end = first + LOWEST + 1 + len(steps)
        places += [(begin, end, first) for begin in range(end - len(steps), end)]
        first = end
    begins, ends, unknown = np.array(places, dtype=np.int64).reshape(-1, 3).T
    by_column = np.ascontiguousarray(bins.T)
    return Binned(tuple(parts), bins, by_column, begins, ends, unknown, width)


def pack(flags: Flags) -> Words:
    """Flags (..., n) as bits of 64-bit words (..., words), the last ones filled up with zeros."""
    missing = -flags.shape[-1] % BITS_A_WORD
    edges = [(0, 0)] * (flags.ndim - 1) + [(0, missing)]
    packed: Words = np.packbits(np.pad(flags, edges), axis=-1).view(np.uint64)
    return packed


def count_bits(words: Words) -> Integers:
    """How many flags are set along the last axis."""
    counted: Integers = np.bitwise_count(words).sum(axis=-1, dtype=np.int64)
    return counted


def _by_column(parts: Sequence[Part], columns: int) -> Iterator[list[float]]:
    steps: list[list[float]] = [[] for _ in range(columns)]
    for part in parts:
        steps[part.column].append(part.threshold)
    yield from steps
