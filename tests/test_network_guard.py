"""The guard that keeps the tests on this machine."""

import socket
from pathlib import Path

import pytest

from tests.fixtures.network import OutsideConnection, is_local


@pytest.mark.parametrize(
    "address",
    [("127.0.0.1", 80), ("127.9.9.9", 80), ("::1", 80, 0, 0), ("localhost", 80), "/run/a.sock"],
)
def test_this_machine_may_be_reached(address: object) -> None:
    assert is_local(address)


@pytest.mark.parametrize(
    "address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0), ("example.com", 80), ("", 80), 7]
)
def test_other_machines_may_not(address: object) -> None:
    assert not is_local(address)


def test_a_connection_to_another_machine_is_refused_before_it_is_tried() -> None:
    with socket.socket() as client:
        with pytest.raises(OutsideConnection, match=r"192\.0\.2\.1"):
            client.connect(("192.0.2.1", 80))
        with pytest.raises(OutsideConnection):
            client.connect_ex(("192.0.2.1", 80))


def test_loopback_and_unix_sockets_still_connect(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
