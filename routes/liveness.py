"""`GET /healthz` of a process that serves nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import structlog

from routes.ports import Address, PortTaken

log = structlog.get_logger(__name__)

ALIVE = b'{"status": "alive"}\n'


@contextmanager
def answering_life(address: Address) -> Iterator[Address]:
    """Answer until the block ends. Gives the address; port 0 becomes one that was free.

    Raises:
        PortTaken: the address cannot be listened on.
    """
    try:
        kind = _SixServer if ":" in address.host else _Server
        server = kind((address.host, address.port), _Handler)
    except (OSError, TypeError, ValueError) as error:
        raise PortTaken(address) from error
    threading.Thread(target=server.serve_forever, name="liveness", daemon=True).start()
    try:
        yield Address(address.host, server.server_port)
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, _request: object, _client: object) -> None:
        """Python's own would print the message of the error, which may quote the request."""
        log.error("a request failed", exc_info=True)


class _SixServer(_Server):
    """On IPv6."""

    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path != "/healthz":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ALIVE)))
        self.end_headers()
        self.wfile.write(ALIVE)

    def log_message(self, *_: object) -> None:
        """Say nothing of requests: they come every few seconds."""
