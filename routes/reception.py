"""Takes requests in: first the whole body, then a place to be worked on, then the answer.

The server gives every connection a thread of its own, so that a body which comes slowly keeps
nobody waiting. Few requests are worked on at once, in lanes: what is slow in one does not hold up
the others, and health needs no lane.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from queue import SimpleQueue
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

from pql.settings import Settings
from routes.errors import INGEST_PATHS
from routes.receiving import Bodies
from routes.service import DOWNLOAD
from routes.transfers import Transfers

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    AnyLane = AbstractContextManager[object]

READINESS_AT_ONCE = 2
RECEIPTS = "/v1/receipts"
"""They are asked for like intake, but wait for the worker, which may be busy."""


class Lane:
    """Places to be worked on. Whoever finds none free waits for one."""

    def __init__(self, places: int) -> None:
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(places):
            self._free.put(None)

    def __enter__(self) -> None:
        """Take a place."""
        self._free.get()

    def __exit__(self, *_error: object) -> None:
        """Give it back."""
        self._free.put(None)


class Reception:
    """A WSGI application in front of another one."""

    def __init__(
        self, application: WSGIApplication, settings: Settings, transfers: Transfers
    ) -> None:
        self._application = application
        self._transfers = transfers
        self._bodies = Bodies(settings)
        self._lanes: Mapping[str, AnyLane] = {
            "/healthz": nullcontext(),
            "/readyz": Lane(READINESS_AT_ONCE),
        }
        self._intake = Lane(settings.web_threads)
        self._others = Lane(settings.web_threads)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address, path = environ["REMOTE_ADDR"], environ["PATH_INFO"]
        with self._transfers.of(address) as transfer, self._bodies.share(address) as share:
            self._bodies.receive(environ, transfer, share)
            with self._lane(path):
                answer = self._application(environ, start_response)
                if DOWNLOAD not in environ:
                    return answer if isinstance(answer, list) else _whole(answer)
        return ClosingIterator(self._taken(answer, address), getattr(answer, "close", None))

    def _lane(self, path: str) -> AnyLane:
        if lane := self._lanes.get(path):
            return lane
        is_intake = f"{path}/".startswith(INGEST_PATHS) and not path.startswith(RECEIPTS)
        return self._intake if is_intake else self._others

    def _taken(self, answer: Iterable[bytes], address: str) -> Iterator[bytes]:
        """The pieces of an answer. A client that does not take one in time is cut off."""
        with self._transfers.of(address) as transfer:
            for piece in answer:
                transfer.wait_for_taker()
                yield piece
                transfer.wait_for_nothing()


def _whole(answer: Iterable[bytes]) -> list[bytes]:
    """An answer as a list: the server sends it, however slowly it is taken, without a thread."""
    try:
        return list(answer)
    finally:
        if close := getattr(answer, "close", None):
            close()
