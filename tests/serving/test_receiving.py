"""Bodies are received within the time and the memory that there is for them."""

import io
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.exceptions import RequestTimeout, ServiceUnavailable

from pql.settings import Settings
from routes.receiving import PIECE, Bodies
from routes.transfers import Transfer, Transfers

SETTINGS = replace(
    Settings("sqlite:///state.db", "duckdb:///events.duckdb"),
    body_limit=4 * PIECE,
    web_threads=2,
)
ANY, OTHER = "203.0.113.1", "203.0.113.2"


def environ_of(stream: io.IOBase, length: int) -> dict[str, Any]:
    return {"wsgi.input": stream, "CONTENT_LENGTH": str(length)}


def transfer_of(address: str = ANY) -> Transfer:
    return Transfers(20.0).of(address)


class Late(io.RawIOBase):
    """A body of which each piece comes when its time is over."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._transfer.due = 0.0
        buffer[:1] = b" "
        return 1


def test_a_body_that_came_in_time_is_read_as_it_was_sent() -> None:
    bodies, body = Bodies(SETTINGS), bytes(range(256)) * 1024
    environ = environ_of(io.BytesIO(body), len(body))
    with bodies.share(ANY) as share:
        bodies.receive(environ, transfer_of(), share)
    assert environ["wsgi.input"].read() == body


@pytest.mark.parametrize("length", [10, 3 * PIECE])
def test_whoever_reads_a_body_that_came_late_is_told_so(length: int) -> None:
    bodies, transfer = Bodies(SETTINGS), transfer_of()
    environ = environ_of(Late(transfer), length)
    with bodies.share(ANY) as share:
        bodies.receive(environ, transfer, share)
    with pytest.raises(RequestTimeout, match="it has 20 seconds, and one more for every 65536"):
        environ["wsgi.input"].read(10)


def test_what_arrives_gives_a_body_more_time() -> None:
    bodies, transfer = Bodies(SETTINGS), transfer_of()

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            due.append(transfer.due - transfer.since)
            return super().read(size)

    due: list[float] = []
    environ = environ_of(Watched(bytes(3 * PIECE)), 3 * PIECE)
    with bodies.share(ANY) as share:
        bodies.receive(environ, transfer, share)
    assert [round(each, 3) for each in due] == [20.0, 21.0, 22.0]


def test_large_bodies_of_one_address_leave_room_for_those_of_others() -> None:
    bodies, large = Bodies(SETTINGS), 4 * PIECE
    with bodies.share(ANY) as first, bodies.share(ANY) as second, bodies.share(OTHER) as third:
        for share, address, expected in ((first, ANY, True), (second, ANY, False)):
            environ = environ_of(io.BytesIO(bytes(large)), large)
            bodies.receive(environ, transfer_of(address), share)
            if expected:
                assert len(environ["wsgi.input"].read()) == large
            else:
                with pytest.raises(ServiceUnavailable, match="Too many large bodies"):
                    environ["wsgi.input"].read()
        environ = environ_of(io.BytesIO(bytes(large)), large)
        bodies.receive(environ, transfer_of(OTHER), third)
        assert len(environ["wsgi.input"].read()) == large


def test_small_bodies_need_no_room() -> None:
    bodies = Bodies(replace(SETTINGS, web_threads=0))
    environ = environ_of(io.BytesIO(b" " * PIECE), PIECE)
    with bodies.share(ANY) as share:
        bodies.receive(environ, transfer_of(), share)
    assert len(environ["wsgi.input"].read()) == PIECE


def test_of_a_body_that_is_too_large_so_much_is_kept_that_it_can_be_seen() -> None:
    bodies = Bodies(SETTINGS)
    too_large = io.BytesIO(bytes(6 * PIECE))
    environ = environ_of(too_large, 6 * PIECE)
    with bodies.share(ANY) as share:
        bodies.receive(environ, transfer_of(), share)
    assert len(environ["wsgi.input"].read()) == SETTINGS.body_limit + 1
    assert too_large.read() == b""
