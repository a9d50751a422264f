"""Metrics in groups that are computed one after the other: as many at once as the memory allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from pql.definitions.model import Metric
from pql.events.store import EventsTooLarge

MOST_TOGETHER = 100
"""Metrics of one select. Planning it takes memory of its own, which no limit holds down."""

Result = TypeVar("Result")


def in_groups(
    metrics: Sequence[Metric], compute: Callable[[Sequence[Sequence[Metric]]], Result]
) -> Result:
    """What comes of computing the metrics group by group, in smaller groups where it is too large.

    `compute` gets all groups at once, so that it can read them of one snapshot. It is called again
    from the start where a group did not fit.

    Raises:
        EventsTooLarge: even a metric by itself needs more memory than there is.
    """
    size = max(1, min(MOST_TOGETHER, len(metrics)))
    while True:
        try:
            return compute(list(_split(metrics, size)))
        except EventsTooLarge:
            if size == 1:
                raise
        size //= 2


def _split(metrics: Sequence[Metric], size: int) -> Iterator[Sequence[Metric]]:
    for first in range(0, len(metrics), size):
        yield metrics[first : first + size]
