"""The connections of clients to this process, as the operating system knows them.

The server tells an application no more of a connection than its address. How long each has been
silent, Linux says (`tcp_info`, linux/tcp.h); elsewhere every connection of the address is meant.
"""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import struct
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from routes.transfers import Transfer, Waiting

OPEN_FILES = Path("/dev/fd")
INTERNET = (socket.AF_INET, socket.AF_INET6)
TCP_INFO: int | None = getattr(socket, "TCP_INFO", None)
SILENCE = struct.Struct("44xIIII")
"""At byte 44 of `tcp_info`: milliseconds since data went, since an acknowledgement went, and since
each came."""
UNSENT = struct.Struct("i")
MOMENT = 1.0
"""Seconds: of a connection that was used within them, somebody takes or sends something."""


def cut(port: int, transfer: Transfer, spare_used: bool) -> None:
    """Shut down the connections of a late client.

    Where its body is missing: those on which nothing was answered since it is waited for; the
    answer that it was too late can still go. Where it takes nothing: those on which something waits
    to be taken.
    """
    waited = time.monotonic() - transfer.since
    for connection in _of_address(port, transfer.address):
        sent_ago, received_ago = _silence(connection)
        if transfer.waiting is Waiting.BODY:
            if sent_ago >= waited - MOMENT and (received_ago >= MOMENT or not spare_used):
                _shut(connection, socket.SHUT_RD)
        elif transfer.waiting is Waiting.TAKER and sent_ago >= MOMENT and _waits(connection):
            _shut(connection, socket.SHUT_RDWR)


def limit_silence(port: int, seconds: float) -> bool:
    """Have the system end connections whose client takes nothing of an answer for so long.

    Whether the port is listened on already: only then it could be said.
    """
    for listener in _open_sockets(port):
        if listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            option = getattr(socket, "TCP_USER_TIMEOUT", None)
            if option is not None:  # a connection has what its listener had
                listener.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))
            return True
    return False


def _of_address(port: int, address: str) -> Iterator[socket.socket]:
    for connection in _open_sockets(port):
        with suppress(OSError):  # it listens, or it has just ended
            if connection.getpeername()[0] == address:
                yield connection


def _open_sockets(port: int) -> Iterator[socket.socket]:
    """Of this process, at this port of ours. Each is a copy, closed when the next is asked for."""
    for file in OPEN_FILES.iterdir():
        number = int(file.name)
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as found:
                    if found.family in INTERNET and found.getsockname()[1] == port:
                        yield found


def _silence(connection: socket.socket) -> tuple[float, float]:
    """Seconds since something was sent on it, and since something was received."""
    if TCP_INFO is None:
        return float("inf"), float("inf")
    information = connection.getsockopt(socket.IPPROTO_TCP, TCP_INFO, SILENCE.size)
    sent, _, received, _ = SILENCE.unpack(information)
    return sent / 1000, received / 1000


def _waits(connection: socket.socket) -> bool:
    """Whether something that was sent was not taken yet."""
    empty = UNSENT.pack(0)
    (waiting,) = UNSENT.unpack(fcntl.ioctl(connection, termios.TIOCOUTQ, empty))
    return bool(waiting)


def _shut(connection: socket.socket, how: int) -> None:
    with suppress(OSError):
        connection.shutdown(how)
