"""Memory of the service while it runs: of its worker, of its web processes, of all of them."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.crash import command_line
from benchmarks.service import Service, children_of

LOOK_EVERY = 0.5
ALL = "all"
ROLES = ("web", "worker")
"""As in the command lines of the children of `pql serve`."""


@dataclass
class Memory:
    """MiB by role at each look; shared pages count by their share.

    `worker` is the worker itself and `worker's children` what it has started: analyses, readers.
    """

    seen: dict[str, list[float]] = field(default_factory=dict)

    def most(self, role: str) -> float:
        """The most of a role at one look."""
        return max(self.seen.get(role, []), default=0.0)

    def looks(self) -> int:
        """How often was looked so far."""
        return len(self.seen.get(ALL, []))

    def usual(self, begin: float, end: float, first_look: int = 0) -> float:
        """The median of all processes between two shares of the time since a look."""
        looks = self.seen.get(ALL, [])[first_look:]
        part = looks[int(begin * len(looks)) : max(1, int(end * len(looks)))]
        return statistics.median(part or [0.0])


@contextmanager
def watched(service: Service) -> Iterator[Memory]:
    """Look every half second until the block ends."""
    memory, ended = Memory(), threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_EVERY):
            for role, used in _by_role(service.process.pid).items():
                memory.seen.setdefault(role, []).append(used)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield memory
    finally:
        ended.set()
        watcher.join()


def family(process_id: int) -> list[int]:
    """A process and all that it has started, directly or not."""
    return [process_id, *(each for child in children_of(process_id) for each in family(child))]


def _by_role(serve: int) -> dict[str, float]:
    used = {ALL: _used(serve)}
    for child in children_of(serve):
        words = command_line(child)
        role = next((each for each in ROLES if each.encode() in words), "other")
        own, below = _used(child), sum(map(_used, family(child)[1:]))
        used[ALL] += own + below
        if role == "worker":
            used["worker"] = used.get("worker", 0.0) + own
            used["worker's children"] = used.get("worker's children", 0.0) + below
        else:
            used[role] = used.get(role, 0.0) + own + below
    return used


def _used(process_id: int) -> float:
    """MiB; 0 where the process is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1_024
    return 0.0
