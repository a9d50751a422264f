"""A network between the SDKs and the service that fails when it is told to: a real HTTP proxy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UNAVAILABLE = (503, b'{"code": 503, "message": "The network is busy."}')
PATIENCE = 60.0


class Network(ThreadingHTTPServer):
    """Passes requests on to the service, but for those that are refused or whose answer is lost."""

    def __init__(self, service_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.service_port = service_port
        self._lock = threading.Lock()
        self._failures: list[str] = []

    @property
    def address(self) -> str:
        """What an SDK takes for the service's address."""
        return f"http://127.0.0.1:{self.server_port}"

    def will(self, *failures: str) -> None:
        """What happens to the next requests: `refuse` or `lose the answer`. Then all is well."""
        with self._lock:
            self._failures = list(failures)

    def next_failure(self) -> str | None:
        """What happens to this request."""
        with self._lock:
            return self._failures.pop(0) if self._failures else None

    def has_failed(self) -> bool:
        """Whether everything that was to happen has happened."""
        with self._lock:
            return not self._failures


@contextmanager
def network_to(service_port: int) -> Iterator[Network]:
    """The network until the block ends."""
    with Network(service_port) as network:
        thread = threading.Thread(target=network.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield network
        network.shutdown()
        thread.join()


class _Request(BaseHTTPRequestHandler):
    server: Network

    def do_POST(self) -> None:
        body = self._read()
        failure = self.server.next_failure()
        status, answer = UNAVAILABLE
        if failure != "refuse":
            try:
                passed_on = self._pass_on(body)
            except (OSError, HTTPException):  # the service is gone: so is this connection
                self.close_connection = True
                return
            status, answer = UNAVAILABLE if failure else passed_on
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.do_POST()

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _pass_on(self, body: bytes) -> tuple[int, bytes]:
        service = HTTPConnection("127.0.0.1", self.server.service_port, timeout=PATIENCE)
        headers = dict(self.headers)
        headers.pop("Transfer-Encoding", None)
        try:
            service.request(self.command, self.path, body, {**headers, "Connection": "close"})
            answer = service.getresponse()
            return answer.status, answer.read()
        finally:
            service.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        """Say nothing."""
