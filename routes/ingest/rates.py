"""How many events a second each key may send, in one process: a token bucket for each."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

BURST_SECONDS = 10.0
"""What a key did not send in this time it may send at once."""
LONGEST_DEBT_SECONDS = 60.0
"""However large one request was, the next one need not wait longer."""


class Rates:
    """Threads share it. Keys are few: only known ones come here.

    A request passes while there is anything in its key's bucket, whatever its size, and leaves a
    debt: a batch larger than the bucket must be able to pass at all.

    Args:
        per_second: events of one key.
        clock: seconds that only ever go forward.
    """

    def __init__(self, per_second: int, clock: Callable[[], float]) -> None:
        self._per_second = per_second
        self._clock = clock
        self._buckets: dict[int, tuple[float, float]] = {}
        self._changing = Lock()

    def take(self, source_id: int, events: int) -> float:
        """Let events pass, and return 0.0; or the seconds until the key may send again."""
        full = self._per_second * BURST_SECONDS
        with self._changing:
            now = self._clock()
            left, at = self._buckets.get(source_id, (full, now))
            left = min(full, left + (now - at) * self._per_second)
            if left < 1:
                return (1 - left) / self._per_second
            lowest = -self._per_second * LONGEST_DEBT_SECONDS
            self._buckets[source_id] = (max(lowest, left - events), now)
            return 0.0
