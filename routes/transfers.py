"""What clients are sending and taking right now, and an end to what they do too slowly.

A thread that waits for a client cannot look at the time. Another one does, and shuts the connection
down: the thread then hears that nothing more comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from math import inf
from typing import Self

SHORT = 1.0
"""Seconds: what is worked on for no longer is not mistaken for a client that is silent."""
LONGEST_WAIT = 10.0
"""Seconds past its time that a client may win because requests of its address are worked on."""


class Waiting(Enum):
    """What a thread waits for from a client."""

    NOTHING = "nothing"
    BODY = "body"
    TAKER = "taker"


class Transfer:
    """One request of the client at `address`. Times are of the monotonic clock.

    `since`: when the wait began. `due`: when the client must be done.
    """

    __slots__ = ("_seconds", "_under_way", "address", "due", "is_late", "since", "waiting")

    def __init__(self, address: str, seconds: float, under_way: dict[int, Transfer]) -> None:
        self.address = address
        self._seconds = seconds
        self._under_way = under_way
        self.waiting = Waiting.NOTHING
        self.since = time.monotonic()
        self.due = inf
        self.is_late = False

    def __enter__(self) -> Self:
        """Have it watched."""
        self._under_way[id(self)] = self
        return self

    def __exit__(self, *_error: object) -> None:
        """Have it watched no longer."""
        del self._under_way[id(self)]

    def wait_for_body(self) -> None:
        """The client has its time from now on."""
        self._wait(Waiting.BODY, self._seconds)

    def wait_for_taker(self) -> None:
        """The client has its time from now on."""
        self._wait(Waiting.TAKER, self._seconds)

    def wait_for_nothing(self) -> None:
        """It is our turn, for as long as it takes."""
        self._wait(Waiting.NOTHING, inf)

    def give(self, seconds: float) -> None:
        """Give the client so much longer."""
        self.due += seconds

    def check(self) -> bool:
        """Whether the client is too late. Once it was, it stays so."""
        self.is_late = self.is_late or time.monotonic() > self.due
        return self.is_late

    def _wait(self, waiting: Waiting, seconds: float) -> None:
        self.since = time.monotonic()
        self.due = self.since + seconds
        self.waiting = waiting


Cut = Callable[[Transfer, bool], None]
"""Ends the connection of a late transfer. True: spare those of which something just came."""


class Transfers:
    """All of one process. Threads share it.

    Args:
        seconds: that a client has to send a body, or to take a piece of an answer.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[int, Transfer] = {}

    def of(self, address: str) -> Transfer:
        """A transfer, to be used in a `with` block."""
        return Transfer(address, self._seconds, self._under_way)

    def end_late(self, cut: Cut, now: float) -> None:
        """End what is late.

        Connections are told apart only by their address, and by how long they have been silent.
        While a request of the same address is worked on, a late one is spared for a while: the
        wrong connection could be hit.
        """
        under_way = list(self._under_way.values())
        busy = {
            each.address
            for each in under_way
            if each.waiting is Waiting.NOTHING and now - each.since > SHORT
        }
        for transfer in under_way:
            if now > transfer.due:
                is_overdue = now > transfer.due + LONGEST_WAIT
                transfer.is_late = True
                if is_overdue or transfer.address not in busy:
                    cut(transfer, not is_overdue)
