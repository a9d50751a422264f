"""How a round of work is shared between workspaces: one that floods waits behind itself.

A round serves so many workspaces, and of each of them at most an equal share. What one does not
need of its share is left to the others: a workspace that waits alone gets the whole round.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

WORKSPACES_AT_ONCE = 100
"""Workspaces of one round: each costs some milliseconds, however little of it waits."""


class Waiting(NamedTuple):
    """How much of a workspace waits, and since when (anything that can be compared)."""

    workspace_id: int
    number: int
    since: Any


def next_in_turn(waiting: Sequence[Waiting], most: int) -> list[Waiting]:
    """The workspaces that a round serves, at most `most`: those with the least, and the oldest.

    Half are those of which least waits: they are done soon, and stand behind no flood. The others
    are those that wait longest, so that one of which much waits has its turn, too.
    """
    if len(waiting) <= most:
        return list(waiting)
    fewest_first = sorted(waiting, key=lambda each: (each.number, each.since, each.workspace_id))
    fewest, others = fewest_first[: most // 2], fewest_first[most // 2 :]
    others.sort(key=lambda each: (each.since, each.workspace_id))
    return fewest + others[: most - len(fewest)]


def largest_share(numbers: Collection[int], limit: int) -> int:
    """How many each workspace may take so that all together take at most `limit`; at least 1.

    Args:
        numbers: how many wait, of each workspace.
    """
    left = limit
    for done, number in enumerate(sorted(numbers)):
        share = left // (len(numbers) - done)
        if number > share:
            return max(share, 1)
        left -= number
    return limit
