"""The web server as a process: what becomes of requests when a client or a process goes away."""

import base64
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from benchmarks.intake.servers import WORKSPACE, prepare
from benchmarks.service import PATIENCE, PQL, Service, children_of, eventually
from tests.fixtures.counted import counts_of

pytestmark = pytest.mark.slow

EVENT = b'{"userId": "ada", "event": "login"}'


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Service, dict[str, str]]:
    """Stores, a port, and the headers of a key that may write."""
    service, key = prepare(tmp_path_factory.mktemp("served"), BODY_LIMIT="100000")
    return service, authorization(key)


def authorization(key: str) -> dict[str, str]:
    basic = base64.b64encode(f"{key}:".encode()).decode()
    return {"Authorization": f"Basic {basic}"}


@contextmanager
def running(service: Service) -> Iterator[subprocess.Popen[bytes]]:
    command = [str(PQL), "web", "--port", str(service.port)]
    with subprocess.Popen(command, env=service.environment) as process:
        eventually("the web server answers", lambda: answers(service.port))
        try:
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE)


def answers(port: int, patience: float = PATIENCE) -> bool:
    with (
        suppress(OSError),
        closing(HTTPConnection("127.0.0.1", port, timeout=patience)) as connection,
    ):
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


def head(headers: dict[str, str], length: int) -> bytes:
    lines = ["POST /v1/track HTTP/1.1", "Host: example.com", f"Content-Length: {length}"]
    return "\r\n".join([*lines, *(f"{n}: {v}" for n, v in headers.items()), "", ""]).encode()


def test_a_request_that_is_under_way_is_finished_before_the_server_ends(
    prepared: tuple[Service, dict[str, str]],
) -> None:
    service, headers = prepared
    before = counts_of(service, WORKSPACE)["journaled"]
    with (
        running(service) as server,
        socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE) as client,
    ):
        client.sendall(head(headers | {"Expect": "100-continue"}, len(EVENT)))
        # Said when somebody begins to read the body: from then on the request is under way.
        assert client.recv(100).startswith(b"HTTP/1.1 100")
        client.sendall(EVENT[:5])
        server.terminate()
        # The port may be taken until the server is gone: who then asks it waits, and we have to be
        # done before the server loses its own patience.
        eventually("nobody answers any more", lambda: not answers(service.port, patience=1))
        client.sendall(EVENT[5:])
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert server.wait(PATIENCE) == 0
    assert counts_of(service, WORKSPACE)["journaled"] == before + 1


def test_a_client_that_goes_away_leaves_nothing(prepared: tuple[Service, dict[str, str]]) -> None:
    service, headers = prepared
    before = counts_of(service, WORKSPACE)["journaled"]
    with running(service), socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(head(headers, 2 * len(EVENT)) + EVENT)
    assert counts_of(service, WORKSPACE)["journaled"] == before


def test_a_body_that_is_too_long_is_told_so_with_and_without_its_length(
    prepared: tuple[Service, dict[str, str]],
) -> None:
    service, headers = prepared
    too_long = b" " * 100_000 + EVENT
    with running(service):
        for body, is_chunked in ((too_long, False), (iter([too_long]), True)):
            client = HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
            client.request("POST", "/v1/track", body, headers, encode_chunked=is_chunked)
            assert client.getresponse().status == 413
            client.close()


def test_the_processes_of_a_server_that_is_killed_end(
    prepared: tuple[Service, dict[str, str]],
) -> None:
    service, _headers = prepared
    with running(service) as server:
        children = children_of(server.pid)
        server.kill()
        eventually("its processes ended", lambda: not any(map(is_running, children)))
    assert children


def test_a_process_that_is_killed_is_replaced(prepared: tuple[Service, dict[str, str]]) -> None:
    service, _headers = prepared
    with running(service) as server:
        killed = children_of(server.pid)
        os.kill(killed[0], signal.SIGKILL)
        eventually("another answers", lambda: answers(service.port))
        assert set(children_of(server.pid)).isdisjoint(killed)


def is_running(process_id: int) -> bool:
    """Whether it runs; one that ended and that nobody asked about is still listed."""
    with suppress(OSError):
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z"
    return False
