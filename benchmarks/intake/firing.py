"""A load generator that leaves the processor to the server: one thread, raw keep-alive sockets.

It sends what was built before and reads no more of an answer than its status and its length.
"""

from __future__ import annotations

import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

ANSWER_WITHIN = 30.0
CONNECTIONS = 16
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"
_CLOSES = b"\r\nconnection: close"
_OK = b"200"


class NoAnswer(Exception):
    """The server sent nothing for `ANSWER_WITHIN` seconds."""


@dataclass
class Fired:
    """What came of a load. `latencies` are seconds from a request to its answer 200."""

    events_in_a_request: int
    seconds: float = 0.0
    answers: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    broken: int = 0
    """Requests whose connection ended before the answer: nobody knows whether they were kept."""
    processor_seconds: float = 0.0
    """What the generator itself used."""

    @property
    def acknowledged(self) -> int:
        """Events that were answered with 200."""
        return len(self.latencies) * self.events_in_a_request

    @property
    def rate(self) -> float:
        """Events acknowledged in a second."""
        return self.acknowledged / self.seconds

    def percentile(self, which: float) -> float:
        """A percentile of the latencies, in milliseconds."""
        return float(np.percentile(self.latencies, which)) * 1_000

    def __str__(self) -> str:
        refused = {status: n for status, n in self.answers.items() if status != _OK.decode()}
        return (
            f"{self.rate:,.0f} events/s ({len(self.latencies) / self.seconds:,.0f} requests/s), "
            f"p50 {self.percentile(50):.1f} ms, p99 {self.percentile(99):.1f} ms, "
            f"generator {self.processor_seconds / self.seconds:.0%} of a core"
            + (f", refused {refused}, broken {self.broken}" if refused or self.broken else "")
        )


def fire(
    port: int,
    new_request: Callable[[], bytes],
    events_in_a_request: int,
    seconds: float,
    *,
    connections: int = CONNECTIONS,
    events_per_second: float | None = None,
) -> Fired:
    """Send for so long, each connection its next request when it has the answer to the last.

    `events_per_second` holds it back. Requests on their way at the end are still waited for.

    Raises:
        NoAnswer: the server stopped answering.
    """
    fired = Fired(events_in_a_request)
    pace = events_in_a_request / events_per_second if events_per_second else 0.0
    load = _Load([_Connection(port) for _ in range(connections)], new_request, fired, pace)
    processor_before, started = time.process_time(), time.perf_counter()
    try:
        load.run(until=started + seconds)
    finally:
        load.close()
    fired.seconds = time.perf_counter() - started
    fired.processor_seconds = time.process_time() - processor_before
    return fired


class _Connection:
    """One request at a time."""

    __slots__ = ("_port", "received", "sent_at", "socket", "unsent")

    def __init__(self, port: int) -> None:
        self._port = port
        self.unsent: memoryview | None = None
        self.received = b""
        self.sent_at = 0.0
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        connected = socket.create_connection(("127.0.0.1", self._port), timeout=ANSWER_WITHIN)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setblocking(False)
        return connected

    def reconnect(self) -> None:
        self.socket.close()
        self.unsent, self.received = None, b""
        self.socket = self._connect()

    def send(self, request: bytes) -> None:
        self.received = b""
        self.sent_at = time.perf_counter()
        self.unsent = memoryview(request)
        self.send_rest()

    def send_rest(self) -> None:
        if self.unsent is not None:
            try:
                sent = self.socket.send(self.unsent)
            except BlockingIOError:
                return
            self.unsent = self.unsent[sent:] if sent < len(self.unsent) else None

    def receive(self) -> bool:
        """Read on; whether the answer is complete. ConnectionError: it will never be."""
        more = self.socket.recv(65_536)
        if not more:
            raise ConnectionResetError
        self.received = self.received + more if self.received else more
        head = self.received.find(_END_OF_HEAD)
        if head < 0:
            return False
        return len(self.received) >= head + len(_END_OF_HEAD) + self._length(head)

    def will_close(self) -> bool:
        """Whether the server said that this answer is the last on this connection."""
        return _CLOSES in self.received.lower()

    def _length(self, head: int) -> int:
        lower = self.received[:head].lower()
        start = lower.find(_LENGTH)
        if start < 0:
            return 0
        return int(lower[start + len(_LENGTH) :].split(b"\r", 1)[0])


class _Load:
    def __init__(
        self,
        connections: Sequence[_Connection],
        new_request: Callable[[], bytes],
        fired: Fired,
        pace: float,
    ) -> None:
        self._new_request = new_request
        self._fired = fired
        self._pace = pace
        self._due = time.perf_counter()
        self._idle = list(connections)
        self._connections: dict[int, _Connection] = {}
        self._poll = select.epoll()
        for connection in connections:
            self._watch(connection)

    def run(self, until: float) -> None:
        while True:
            now = time.perf_counter()
            if now < until:
                self._send(now)
            elif len(self._idle) == len(self._connections):
                return
            for descriptor, event in self._wait(now, until):
                self._serve(self._connections[descriptor], event)

    def close(self) -> None:
        for connection in self._connections.values():
            connection.socket.close()
        self._poll.close()

    def _send(self, now: float) -> None:
        while self._idle and self._due <= now:
            self._due = self._due + self._pace if self._pace else now
            connection = self._idle.pop()
            connection.send(self._new_request())
            if connection.unsent is not None:
                self._poll.modify(connection.socket, select.EPOLLIN | select.EPOLLOUT)

    def _wait(self, now: float, until: float) -> list[tuple[int, int]]:
        is_paced = self._pace and self._idle and now < until
        patience = max(0.0, min(self._due, until) - now) if is_paced else ANSWER_WITHIN
        events = self._poll.poll(patience)
        if not events and not is_paced:
            raise NoAnswer(f"no answer within {ANSWER_WITHIN:g} s")
        return events

    def _serve(self, connection: _Connection, event: int) -> None:
        try:
            if event & select.EPOLLOUT:
                connection.send_rest()
                if connection.unsent is None:
                    self._poll.modify(connection.socket, select.EPOLLIN)
            if event & ~select.EPOLLOUT and connection.receive():
                self._count(connection)
        except ConnectionError:
            self._replace(connection)

    def _count(self, connection: _Connection) -> None:
        status = connection.received[9:12]
        self._fired.answers[status.decode()] += 1
        if status == _OK:
            self._fired.latencies.append(time.perf_counter() - connection.sent_at)
        self._idle.append(connection)
        if connection.will_close():
            self._replace(connection)

    def _replace(self, connection: _Connection) -> None:
        if connection not in self._idle:
            self._fired.broken += 1
            self._idle.append(connection)
        del self._connections[connection.socket.fileno()]
        connection.reconnect()  # closing the old socket takes it off the watch
        self._watch(connection)

    def _watch(self, connection: _Connection) -> None:
        self._connections[connection.socket.fileno()] = connection
        self._poll.register(connection.socket, select.EPOLLIN)
