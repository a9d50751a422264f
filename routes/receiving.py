"""Receives the bodies of requests: within the time and the memory that there is for them."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from threading import Lock
from typing import IO, TYPE_CHECKING, NoReturn, Self

from werkzeug.exceptions import HTTPException, RequestTimeout, ServiceUnavailable

from pql.settings import Settings
from routes.transfers import Transfer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PIECE = 64 * 1024
"""Bytes that are read at once. What is larger needs room."""
RETRY_AFTER = 5
"""Seconds that a sender is asked to wait when there is no room."""


class NoRoom(Exception):
    """So much is being received already that this body cannot be kept."""


class Bodies:
    """Receives bodies. One for each process; threads share it."""

    def __init__(self, settings: Settings) -> None:
        self._limit = settings.body_limit
        self._rate = settings.body_rate
        self._too_slow = (
            f"The body came too slowly: it has {settings.body_seconds:g} seconds, and one more for "
            f"every {settings.body_rate} bytes that came. Send less at once, or faster."
        )
        self._room = Room(settings.web_threads * settings.body_limit)

    def receive(self, environ: WSGIEnvironment, transfer: Transfer, share: Share) -> None:
        """Put the body, once it came whole, in the place of the one that comes.

        Whoever reads one that did not come, is told why. Of one that is too large, so much is kept
        that its reader can see it.
        """
        if "CONTENT_LENGTH" not in environ and "HTTP_TRANSFER_ENCODING" not in environ:
            return
        most = self._limit + 1
        if "HTTP_TRANSFER_ENCODING" not in environ:
            most = min(most, int(environ["CONTENT_LENGTH"]))  # the server lets only numbers in
        transfer.wait_for_body()
        try:
            body = self._read(environ["wsgi.input"], most, transfer, share)
        except NoRoom:
            self._throw_away_rest(environ["wsgi.input"], transfer)
            words = "Too many large bodies are being received. Send it again later."
            refusal: HTTPException = ServiceUnavailable(words, retry_after=RETRY_AFTER)
            environ["wsgi.input"] = Refused(refusal)
            return
        is_late = transfer.check()
        environ["wsgi.input"] = (
            Refused(RequestTimeout(self._too_slow)) if is_late else io.BytesIO(body)
        )
        transfer.wait_for_nothing()

    def share(self, address: str) -> Share:
        """Nothing yet of the room that there is, for one body from this address."""
        return Share(self._room, address)

    def _read(self, stream: IO[bytes], most: int, transfer: Transfer, share: Share) -> bytes:
        if most <= PIECE:
            body = stream.read(most)
        else:
            body = b"".join(self._pieces(stream, most, transfer, share))
        if len(body) > self._limit:
            self._throw_away_rest(stream, transfer)
        return body

    def _pieces(
        self, stream: IO[bytes], most: int, transfer: Transfer, share: Share
    ) -> Iterator[bytes]:
        """What comes, until it is all, or `most` bytes, or late."""
        while most > 0 and (piece := stream.read(min(most, PIECE))) and not transfer.check():
            yield piece
            most -= len(piece)
            if most > 0:
                share.take(len(piece))
            transfer.give(len(piece) / self._rate)

    def _throw_away_rest(self, stream: IO[bytes], transfer: Transfer) -> None:
        """A sender that is still sending does not read the refusal: let it end, within reason."""
        most = self._limit
        while most > 0 and (piece := stream.read(min(most, PIECE))) and not transfer.check():
            most -= len(piece)
            transfer.give(len(piece) / self._rate)


class Room:
    """Bytes of large bodies that may be in memory; one address may have half of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken: Counter[str] = Counter()
        self._changing = Lock()

    def take(self, address: str, size: int) -> None:
        """Have room for `size` bytes.

        Raises:
            NoRoom: there is none.
        """
        with self._changing:
            is_full = self._taken.total() + size > self._size
            if is_full or self._taken[address] + size > self._size // 2:
                raise NoRoom
            self._taken[address] += size

    def give_back(self, address: str, size: int) -> None:
        """Give room back."""
        with self._changing:
            self._taken[address] -= size
            if not self._taken[address]:
                del self._taken[address]


class Share:
    """What one body has of the room, until its block ends."""

    __slots__ = ("_address", "_room", "_size")

    def __init__(self, room: Room, address: str) -> None:
        self._room = room
        self._address = address
        self._size = 0

    def __enter__(self) -> Self:
        """Have nothing yet."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Give all of it back."""
        if self._size:
            self._room.give_back(self._address, self._size)

    def take(self, size: int) -> None:
        """Have room for so many bytes more.

        Raises:
            NoRoom: there is none.
        """
        self._room.take(self._address, size)
        self._size += size


class Refused(io.RawIOBase):
    """A body that did not come: to read it raises why."""

    def __init__(self, refusal: HTTPException) -> None:
        self._refusal = refusal

    def readable(self) -> bool:
        """It may be tried."""
        return True

    def readinto(self, _buffer: object) -> NoReturn:
        """Raise the refusal."""
        raise self._refusal
