"""What somebody waits for is told at once, and then rarely: not with each try."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import structlog

log = structlog.get_logger(__name__)

TOLD_AGAIN_AFTER = 300.0
"""Seconds."""


class Waiting:
    """Tells what is waited for. `elapsed` tells seconds, by a clock that only goes on."""

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        self._elapsed = elapsed
        self._told_at: dict[str, float] = {}

    def tell(self, what: str, **particulars: str) -> None:
        """Log it as a warning, unless that was done a short while ago."""
        now = self._elapsed()
        if now - self._told_at.get(what, -TOLD_AGAIN_AFTER) >= TOLD_AGAIN_AFTER:
            self._told_at[what] = now
            log.warning(what, **particulars)

    def end(self) -> None:
        """The wait is over: the next is told at once."""
        self._told_at.clear()
