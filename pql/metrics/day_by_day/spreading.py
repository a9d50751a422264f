"""What stretches of looks come to at each look. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from pql.metrics.day_by_day.looks import Places, Stretches, Table

Values = npt.NDArray[Any]
NEUTRAL: Mapping[np.ufunc, float] = {np.add: 0.0, np.maximum: -np.inf, np.minimum: np.inf}


def spread(stretches: Stretches, values: Values, joined: np.ufunc, shape: tuple[int, int]) -> Table:
    """The values that count at each look, joined; what is neutral where there is none.

    Each stretch is cut into pieces of 1, 2, 4, ... looks as in a segment tree, and what the longer
    pieces came to is handed down to the shorter. Nothing is taken away again: what has left a
    window leaves no rounding error behind.
    """
    rows, looks = shape
    size = 1 << (looks - 1).bit_length()
    tree = np.full((2 * size, rows), NEUTRAL[joined], dtype=_digits(joined))
    row, begin, end = stretches.row, stretches.begin + size, stretches.end + size
    while len(row):  # below node n are the nodes 2n and 2n + 1; look 0 is the node `size`
        is_right, is_left = (begin & 1).astype(bool), (end & 1).astype(bool)
        joined.at(tree, (begin[is_right], row[is_right]), values[is_right])
        joined.at(tree, (end[is_left] - 1, row[is_left]), values[is_left])
        begin, end = (begin + is_right) >> 1, (end - is_left) >> 1
        is_open = begin < end
        row, begin, end, values = row[is_open], begin[is_open], end[is_open], values[is_open]
    for node in range(1, size):
        below = tree[2 * node : 2 * node + 2]
        joined(below, tree[node], out=below)
    table: Table = tree[size : size + looks].T.astype(np.float64)
    return table


def count_at_each(stretches: Stretches, shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    """How many of the stretches each look lies in."""
    rows, looks = shape
    steps = np.zeros((rows, looks + 1), dtype=np.int64)
    np.add.at(steps, (stretches.row, stretches.begin), 1)
    np.add.at(steps, (stretches.row, stretches.end), -1)
    counts: npt.NDArray[np.int64] = steps.cumsum(axis=1)[:, :looks]
    return counts


def united(stretches: Stretches, things: Values) -> Stretches:
    """The stretches in which there is at least one of those of the same row and thing."""
    if not len(things):
        return stretches
    order = np.lexsort((stretches.begin, things, stretches.row))
    ordered, things = stretches[order], things[order]
    is_other = _differs(ordered.row) | _differs(things)
    reached = _reached(ordered.end, np.cumsum(is_other))
    begins = is_other.copy()
    begins[1:] |= ordered.begin[1:] > reached[:-1]
    firsts = np.flatnonzero(begins)
    lasts = np.append(firsts[1:], len(things)) - 1
    return Stretches(ordered.row[firsts], ordered.begin[firsts], reached[lasts])


def _reached(ends: Places, groups: Places) -> Places:
    """The farthest end so far, in each group."""
    span = int(ends.max()) + 1
    farthest: Places = np.maximum.accumulate(ends + groups * span) - groups * span
    return farthest


def _differs(values: Values) -> npt.NDArray[np.bool_]:
    """Whether each value is another one than that before it."""
    differs = np.ones(len(values), dtype=bool)
    differs[1:] = values[1:] != values[:-1]
    return differs


def _digits(joined: np.ufunc) -> type[np.floating[Any]]:
    """Sums are worked out with more digits than a double has, and rounded once in the end."""
    return np.longdouble if joined is np.add else np.float64
