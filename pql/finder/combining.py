"""All of or any of two or three of the best parts that are not near-copies of each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pql.finder.candidates import Candidate, Support
from pql.finder.counting import FIELDS, Binned, Counts, count_bits, pack
from pql.statistics.arrays import Flags, Floats, Integers
from pql.statistics.association import matthews

NEAR_COPY = 0.8
"""Two conditions whose phi is at least this say the same."""
COMPARED = 24
"""The best threshold of each column, of so many columns, are looked through for near-copies."""
COMBINED = 6
"""So many of the best are combined, at most."""
FLAGS_AT_ONCE = 4_000_000
NONE = -1
PATTERNS = 1 << COMBINED
"""Of which of the best parts a unit meets: one bit for each."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How parts are put together: `places` are the ranks of those taken."""

    require: str
    places: tuple[int, ...]


SHAPES = tuple(
    Shape(require, places)
    for size in (2, 3)
    for places in combinations(range(COMBINED), size)
    for require in ("all", "any")
)


BITS = np.array([sum(1 << place for place in shape.places) for shape in SHAPES])
IS_ALL = np.array([shape.require == "all" for shape in SHAPES])


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """What the combinations of each run's best parts came to.

    `best` (runs, COMBINED) are part numbers, best first, -1 where there are no more; `counts` are
    (runs, shapes), zero for the shapes that need one more part than there is.
    """

    best: Integers
    counts: Counts

    def candidates(self, group: Binned, run: int = 0) -> Iterator[tuple[int, Candidate]]:
        """The shapes that a run could make, by number, as candidates."""
        for number, shape in enumerate(SHAPES):
            found = self.best[run, list(shape.places)]
            if NONE not in found:
                parts = tuple(group.parts[part] for part in found)
                yield number, Candidate(parts, shape.require)


def combine(group: Binned, outcomes: Flags, phi: Floats) -> Combined:
    """Find each run's best parts and count their combinations.

    Args:
        outcomes: (runs, n) as they were permuted.
        phi: (runs, j) the figure of merit of each part in each run; NaN where it does not count.
    """
    blocks = [
        _combine_some(group, outcomes[first:end], phi[first:end])
        for first, end in _blocks(len(outcomes), group.units)
    ]
    return Combined(
        np.concatenate([block.best for block in blocks]),
        Counts(
            *(np.concatenate([getattr(block.counts, name) for block in blocks]) for name in FIELDS)
        ),
    )


def is_supported(counts: Counts, support: Support) -> Flags:
    """Which combinations are met, and not met, by enough."""
    met: Flags = counts.met >= support.met
    return met & (counts.population - counts.met >= support.not_met)


def is_near_copy(one: Flags, other: Flags) -> bool:
    """Whether two conditions (n,) are met by nearly the same units."""
    both = int(np.count_nonzero(one & other))
    phi = matthews(len(one), int(one.sum()), int(other.sum()), both)
    return bool(phi >= NEAR_COPY)


def _combine_some(group: Binned, outcomes: Flags, phi: Floats) -> Combined:
    best_of_columns = _best_of_columns(group, phi)
    best = _drop_near_copies(group, best_of_columns, phi)
    return Combined(best, _count(group, best, outcomes))


def _best_of_columns(group: Binned, phi: Floats) -> Integers:
    """Each run's best part of its best columns (runs, at most COMPARED), best first."""
    merit = np.where(np.isnan(phi), -np.inf, phi)
    starts = np.flatnonzero(np.diff(group.unknown, prepend=NONE))
    highest = np.maximum.reduceat(merit, starts, axis=1)
    columns = np.argsort(-highest, axis=1, kind="stable")[:, :COMPARED]
    is_best = merit == np.repeat(highest, np.diff(starts, append=len(group.unknown)), axis=1)
    numbers = np.where(is_best, np.arange(merit.shape[1]), merit.shape[1])
    first_best = np.minimum.reduceat(numbers, starts, axis=1)
    found: Integers = np.take_along_axis(first_best, columns, axis=1)
    return found


def _drop_near_copies(group: Binned, ranked: Integers, phi: Floats) -> Integers:
    """Take each run's best, drop what is a near-copy of it, and so on (runs, COMBINED)."""
    used, places = np.unique(ranked, return_inverse=True)
    words = pack(group.met(used)[0])
    sizes = count_bits(words)[places]
    merit = np.take_along_axis(phi, ranked, axis=1)
    is_left = merit > 0
    runs = np.arange(len(ranked))
    best = np.full((len(ranked), COMBINED), NONE, dtype=np.int64)
    for rank in range(min(COMBINED, ranked.shape[1])):
        place = np.argmax(is_left, axis=1)  # the first that is left
        best[:, rank] = np.where(is_left[runs, place], ranked[runs, place], NONE)
        taken = words[places[runs, place]]
        both = count_bits(words[places] & taken[:, np.newaxis, :])
        size = sizes[runs, place][:, np.newaxis]
        is_left &= ~(matthews(group.units, size, sizes, both) >= NEAR_COPY)
        is_left[runs, place] = False
    return best


def _count(group: Binned, best: Integers, outcomes: Flags) -> Counts:
    """Count who meets which of the best parts, as a pattern of bits, and add up the patterns."""
    used, places = np.unique(best, return_inverse=True)
    is_part = (used != NONE)[:, np.newaxis]
    met, not_met = (flags & is_part for flags in group.met(np.maximum(used, 0)))
    by_met = _by_pattern(met[places], outcomes)
    by_not_met = _by_pattern(not_met[places], outcomes)
    is_whole = np.array([(best[:, list(shape.places)] != NONE).all(axis=1) for shape in SHAPES]).T
    reached, missed, converted, converted_without = (
        np.where(is_whole, counts, 0)
        for everyone_or_converters in (0, 1)
        for counts in _of_shapes(by_met[everyone_or_converters], by_not_met[everyone_or_converters])
    )
    return Counts(reached + missed, converted + converted_without, reached, converted)


def _of_shapes(by_met: Integers, by_not_met: Integers) -> tuple[Integers, Integers]:
    """Who meets each shape and who does not; one part can decide where others are unknown."""
    total = by_met.sum(axis=1, keepdims=True)
    met = np.where(IS_ALL, _with_all(by_met), total - _with_none(by_met))
    not_met = np.where(IS_ALL, total - _with_none(by_not_met), _with_all(by_not_met))
    return met, not_met


def _with_all(by_pattern: Integers) -> Integers:
    """How many units have every bit of each shape: sums over the patterns that contain it."""
    sums = by_pattern.copy()
    for rank in range(COMBINED):
        halves = sums.reshape(len(sums), -1, 2, 1 << rank)
        halves[:, :, 0] += halves[:, :, 1]
    return sums[:, BITS]


def _with_none(by_pattern: Integers) -> Integers:
    """How many units have no bit of each shape: sums over the patterns within the others."""
    sums = by_pattern.copy()
    for rank in range(COMBINED):
        halves = sums.reshape(len(sums), -1, 2, 1 << rank)
        halves[:, :, 1] += halves[:, :, 0]
    return sums[:, PATTERNS - 1 - BITS]


def _by_pattern(flags: Flags, outcomes: Flags) -> tuple[Integers, Integers]:
    """How many units have each pattern (runs, PATTERNS) of the flags (runs, COMBINED, n)."""
    runs = len(outcomes)
    pattern = np.repeat(np.arange(runs) * PATTERNS, outcomes.shape[1]).reshape(outcomes.shape)
    for rank in range(COMBINED):
        pattern += flags[:, rank] * (1 << rank)
    counted = (
        np.bincount(some, minlength=runs * PATTERNS).reshape(runs, PATTERNS)
        for some in (pattern.ravel(), pattern[outcomes])
    )
    everyone, converters = counted
    return everyone, converters


def _blocks(runs: int, units: int) -> Iterator[tuple[int, int]]:
    size = max(1, FLAGS_AT_ONCE // (units * COMBINED))
    for first in range(0, runs, size):
        yield first, min(first + size, runs)
