"""How many events a second each key may send, in one process: a token bucket for each."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

BURST_SECONDS = 10.0
"""What a key did not send in this time it may send at once."""
LONGEST_DEBT_SECONDS = 60.0
"""However large one request was, the next one need not wait longer."""


class LargerThanRate(Exception):
    """A request brings more than its key may ever send at once: sent again, it would not pass."""


class Rates:
    """Threads share it. Keys are few: only known ones come here.

    A request passes where its key's bucket holds what it brings. One that is larger than the bucket
    passes where that is full, and leaves a debt: an SDK cannot make its batches smaller.

    Args:
        per_second: events of one key.
        clock: seconds that only ever go forward.
    """

    def __init__(self, per_second: int, clock: Callable[[], float]) -> None:
        self._per_second = per_second
        self._clock = clock
        self._full = per_second * BURST_SECONDS
        self._most = int(self._full + per_second * LONGEST_DEBT_SECONDS)
        self._buckets: dict[int, tuple[float, float]] = {}
        self._changing = Lock()

    def take(self, source_id: int, events: int) -> float:
        """Let events pass, and return 0.0; or the seconds until the key may send them.

        Raises:
            LargerThanRate: it never may.
        """
        if events > self._most:
            raise LargerThanRate(f"found {events:,} events; allowed: at most {self._most:,}")
        needed = min(events, self._full)
        with self._changing:
            now = self._clock()
            left, at = self._buckets.get(source_id, (self._full, now))
            left = min(self._full, left + (now - at) * self._per_second)
            if left < needed:
                return (needed - left) / self._per_second
            self._buckets[source_id] = (left - events, now)
            return 0.0
