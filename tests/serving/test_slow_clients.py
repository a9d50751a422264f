"""Clients that send or take slowly: they keep nobody from being served, and are cut off in time."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from typing import NamedTuple

import pytest

from benchmarks.intake.servers import prepare, running_web
from benchmarks.service import PATIENCE, Service, free_port
from tests.serving.test_web_server import EVENT, authorization

pytestmark = pytest.mark.slow

MANY = 40
"""More than twice the requests that are worked on at once."""
FORM = "Content-Type: application/x-www-form-urlencoded"


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


BEGUN = {
    "a body that does not come": head("/v1/track", "Content-Length: 99") + b"{",
    "a body in chunks": head("/batch", "Transfer-Encoding: chunked") + b"5\r\n{",
    "a form": head("/sign-in", FORM, "Content-Length: 99") + b"key=",
    "a header that does not end": head("/v1/track")[:-4],
    "nothing": b"",
}


class Web(NamedTuple):
    port: int
    headers: dict[str, str]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Service, str]:
    return prepare(tmp_path_factory.mktemp("slow"), WEB_THREADS="16")


@pytest.fixture(scope="module")
def patient(stores: tuple[Service, str]) -> Iterator[Web]:
    """A web process that waits longer for bodies than the tests take."""
    yield from started(*stores, body_seconds=10 * PATIENCE)


@pytest.fixture(scope="module")
def strict(stores: tuple[Service, str]) -> Iterator[Web]:
    """A web process that waits hardly at all for bodies."""
    yield from started(*stores, body_seconds=0.5)


def started(service: Service, key: str, body_seconds: float) -> Iterator[Web]:
    environment = {**service.environment, "BODY_SECONDS": str(body_seconds)}
    with running_web(Service(service.folder, environment, free_port())) as port:
        yield Web(port, authorization(key))


def connected(web: Web) -> socket.socket:
    return socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE)


def status(web: Web, method: str, path: str, body: bytes | None = None) -> int:
    connection = HTTPConnection("127.0.0.1", web.port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, web.headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN.keys())
def test_connections_that_wait_keep_nobody_from_being_served(patient: Web, begun: bytes) -> None:
    with ExitStack() as held:
        for _ in range(MANY):
            held.enter_context(connected(patient)).sendall(begun)
        assert status(patient, "GET", "/healthz") == 200
        assert status(patient, "GET", "/readyz") == 200
        assert status(patient, "POST", "/v1/track", EVENT) == 200
        assert status(patient, "GET", "/sign-in") == 200


def test_clients_that_take_no_answer_keep_nobody_from_being_served(patient: Web) -> None:
    with ExitStack() as held:
        for _ in range(MANY):
            client = held.enter_context(connected(patient))
            client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        assert status(patient, "GET", "/sign-in") == 200
        assert status(patient, "POST", "/v1/track", EVENT) == 200


@pytest.mark.parametrize(
    ("path", "shape"),
    [("/v1/track", b'{"code":408'), ("/sign-in", b"<!")],
)
@pytest.mark.parametrize("lines", [["Content-Length: 99"], ["Transfer-Encoding: chunked"]])
def test_a_body_that_does_not_come_is_answered_in_the_shape_of_its_path(
    strict: Web, path: str, shape: bytes, lines: list[str]
) -> None:
    with connected(strict) as client:
        client.sendall(head(path, FORM, *lines, *(f"{n}: {v}" for n, v in strict.headers.items())))
        answer = b"".join(iter(lambda: client.recv(10_000), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert shape in answer
    assert b"came too slowly" in answer


def test_a_body_that_never_ends_is_cut_off_although_something_always_comes(strict: Web) -> None:
    with connected(strict) as client:
        client.sendall(head("/v1/track", "Content-Length: 10000000"))
        client.settimeout(0.05)
        answer = b""
        while not answer:
            client.sendall(b" ")
            try:
                answer = client.recv(12)
            except TimeoutError:
                continue
    assert answer == b"HTTP/1.1 408"
