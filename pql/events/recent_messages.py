"""The messages of the deduplication window, in memory: whether an id may be there, and since when.

Eight bytes a message, in sorted runs that follow one another in time. Small runs are merged as they
come, so that there are few to search; none grows beyond `LONGEST_RUN`, so that a match says to
within a small part of the window where in the event store the message is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pql.events.digests import Digests

LONGEST_RUN = 2_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """Sorted digests of the messages received from `first` to `last`, naive UTC, both included."""

    digests: Digests
    first: datetime
    last: datetime

    @classmethod
    def of(cls, digests: Digests, first: datetime, last: datetime) -> Run:
        return cls(np.sort(digests), first, last)

    def merged(self, other: Run) -> Run:
        """Both as one. A stable sort merges what is sorted already in one pass."""
        digests = np.sort(np.concatenate([self.digests, other.digests]), kind="stable")
        return Run(digests, min(self.first, other.first), max(self.last, other.last))

    def matches(self, digests: Digests) -> Digests:
        """Those of the sorted digests that are in the run."""
        places = np.searchsorted(self.digests, digests)
        places[places == len(self.digests)] = 0
        found: Digests = digests[self.digests[places] == digests]
        return found


class RecentMessages:
    """Knows every message received after `since`, and perhaps older ones."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        self._runs: list[Run] = []

    def add(self, run: Run) -> None:
        """Take in messages that were stored."""
        if not len(run.digests):
            return
        while self._runs and _belong_together(self._runs[-1], run):
            run = self._runs.pop().merged(run)
        self._runs.append(run)

    def forget(self, before: datetime) -> None:
        """Drop the runs that are older as a whole."""
        if before > self.since:
            self.since = before
            self._runs = [run for run in self._runs if run.last > before]

    def find(self, digests: Digests, since: datetime) -> Iterator[Run]:
        """Matches received after `since`, by the runs that they are in."""
        wanted = np.sort(digests)
        for run in self._runs:
            found = run.matches(wanted) if run.last > since else wanted[:0]
            if len(found):
                yield Run(found, run.first, run.last)


def _belong_together(older: Run, newer: Run) -> bool:
    small, together = 2 * len(newer.digests), len(older.digests) + len(newer.digests)
    return len(older.digests) <= small and together <= LONGEST_RUN
