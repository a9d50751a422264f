"""Chance among many tries: what a p-value is worth when it is one of a list, or its smallest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pql.statistics.arrays import Floats


def benjamini_hochberg(p_values: npt.ArrayLike) -> Floats:
    """Each p-value (n,) adjusted for the false-discovery rate (Benjamini and Hochberg 1995).

    Those at or below q are a list of which at most the share q is expected to be false. A NaN was
    not tried: it stays NaN and does not count.
    """
    raw = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(raw.shape, np.nan)
    tried = np.flatnonzero(~np.isnan(raw))
    descending = tried[np.argsort(-raw[tried], kind="stable")]
    ranks = np.arange(len(descending), 0, -1)
    steps = raw[descending] * len(descending) / np.maximum(ranks, 1)
    adjusted[descending] = np.minimum(np.minimum.accumulate(steps), 1.0)
    return adjusted


def westfall_young(seen: npt.ArrayLike, largest_per_run: npt.ArrayLike) -> Floats:
    """The chance that the largest of all candidates would be as large as each seen one (n,).

    Args:
        seen: a figure of merit of each candidate; NaN has none and gets NaN.
        largest_per_run: (runs,) the largest figure over **all** candidates, each run with the
            outcome permuted (maxT of Westfall and Young 1993).

    Returns:
        (1 + runs whose largest is at least the seen figure) / (1 + runs): never 0.
    """
    figures = np.asarray(seen, dtype=np.float64)
    largest = np.sort(np.asarray(largest_per_run, dtype=np.float64))
    at_least = len(largest) - np.searchsorted(largest, figures, side="left")
    return np.where(np.isnan(figures), np.nan, (1 + at_least) / (1 + len(largest)))
