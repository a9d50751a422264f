"""How others read an event store that one process owns: over a unix socket beside its file.

A call is one connection: the compiled select goes in with its parameters and uploads, the rows come
out, all as Arrow. Nothing that is received is executed but that select, which may only read. Who
may connect is a matter of file permissions: the socket is open to the owner's user alone.
"""

from __future__ import annotations

import socket
import socketserver
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from pql.events.digests import Digests
from pql.events.duckdb_dialect import CompiledSelect, compile_select
from pql.events.duckdb_store import DuckDBEventStore, NotReadOnly
from pql.events.framing import pack, receive, send, unpack
from pql.events.schema import events
from pql.events.store import (
    AnySelect,
    Batch,
    EventsTooLarge,
    EventStoreBusy,
    EventStoreDamaged,
)
from pql.events.stored_messages import find_by_digest
from pql.faults import PlainError, summary

CLIENT_PATIENCE_SECONDS = 120.0
SERVER_PATIENCE_SECONDS = 10.0
"""How long a silent peer is waited for: by a client, until the longest select is answered."""
PAUSE_SECONDS = 0.1


class SelectRefused(PlainError):
    """The owner could not answer; the text is what it said."""


class NotTheOwner(PlainError):
    """Only the process that owns the event store appends to it."""


def socket_path(file: Path) -> Path:
    """Where the owner of an event store's file listens."""
    return file.with_name(f"{file.name}.socket")


class StoreServer:
    """Answers selects for other processes, each in a thread of its own, until it is closed."""

    def __init__(self, store: DuckDBEventStore) -> None:
        self._path = socket_path(store.path)
        self._server = _listen(self._path, store)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="event-store", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening; calls under way are answered first."""
        self._path.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class SharedEventStore:
    """Implements the reading half of `EventStore` by asking the owner.

    Args:
        file: the event store's.
        patience: seconds in which an owner that has gone may come back.
    """

    def __init__(self, file: Path, patience: float) -> None:
        self._file = file
        self._path = socket_path(file)
        self._patience = patience

    def is_served(self) -> bool:
        """Whether an owner listens at the moment."""
        try:
            with _connected(self._path):
                return True
        except OSError:
            return False

    def append(self, batch: Batch) -> bool:
        """Refuse: see `NotTheOwner`."""
        raise NotTheOwner(f"batch {batch.number} can only be appended by the owner")

    def rehearse(self, events: pa.Table) -> None:
        """Refuse: see `NotTheOwner`."""
        raise NotTheOwner(f"{events.num_rows} events can only be appended by the owner")

    def frame(
        self, statement: AnySelect, uploads: Mapping[str, pd.DataFrame] | None = None
    ) -> pd.DataFrame:
        """The rows of a Core select (see `EventStore.frame`).

        Raises:
            EventStoreBusy: the owner does not answer, and no new one does in its place.
            EventStoreDamaged: the owner cannot read its file.
            SelectRefused: the owner could not answer.
            EventsTooLarge: it needs more memory than the owner has for it.
        """
        (frame,) = self.frames([statement], uploads or {})
        return frame

    def frames(
        self, statements: Sequence[AnySelect], uploads: Mapping[str, pd.DataFrame]
    ) -> list[pd.DataFrame]:
        """The rows of each of some selects (see `EventStore.frames`); raises what `frame` does."""
        question = _question(list(map(compile_select, statements)), uploads)
        outcome, *contents = self._ask(question)
        if outcome == b"damaged":
            raise EventStoreDamaged(contents[0].decode())
        if outcome == b"too large":
            raise EventsTooLarge
        if outcome != b"answered":
            raise SelectRefused(contents[0].decode())
        # pandas' own metadata keeps every type
        return [unpack(content).to_pandas() for content in contents]

    def recent_messages(
        self, workspace_id: int, message_ids: Sequence[str], digests: Digests, since: datetime
    ) -> dict[str, datetime]:
        """Which were stored, and when last (see `EventStore.recent_messages`)."""
        is_recent = events.c.received_at > since
        return find_by_digest(self, workspace_id, message_ids, digests, is_recent)

    def _ask(self, question: Sequence[bytes]) -> list[bytes]:
        give_up_at = time.monotonic() + self._patience
        while True:
            try:
                with _connected(self._path) as stream:
                    send(stream, *question)
                    return receive(stream)
            except (OSError, EOFError) as error:  # a select only reads: asking again does no harm
                if time.monotonic() > give_up_at:
                    raise EventStoreBusy(f"the owner of {self._file} does not answer") from error
            time.sleep(PAUSE_SECONDS)

    def close(self) -> None:
        """Nothing is held between two calls."""


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    store: DuckDBEventStore

    def handle_error(self, _request: object, _client: object) -> None:
        """Python's own would print the message of the error, which may quote a question."""
        sys.excepthook(*sys.exc_info())


class _Call(socketserver.StreamRequestHandler):
    timeout = SERVER_PATIENCE_SECONDS
    server: _Server

    def handle(self) -> None:
        with suppress(OSError, EOFError):  # whoever asked has gone
            question = _receive_question(self.rfile)
            send(self.wfile, *_answer(self.server.store, *question))


def _answer(
    store: DuckDBEventStore, selects: Sequence[CompiledSelect], uploads: Mapping[str, pa.Table]
) -> list[bytes]:
    try:
        frames = store.read(selects, uploads)
    except EventStoreDamaged as error:
        return [b"damaged", str(error).encode()]
    except EventsTooLarge:
        return [b"too large"]
    except (duckdb.Error, NotReadOnly) as error:
        return [b"refused", summary(error).encode()]
    return [b"answered", *(pack(pa.Table.from_pandas(frame)) for frame in frames)]


def _listen(path: Path, store: DuckDBEventStore) -> _Server:
    """A server on a socket that only this user can open, in place of what a killed owner left."""
    with tempfile.TemporaryDirectory(prefix=".socket-", dir=path.parent) as private:
        unfinished = Path(private) / path.name
        with _short(unfinished) as address:
            server = _Server(address, _Call)
        server.store = store
        unfinished.chmod(0o600)
        unfinished.replace(path)
    return server


@contextmanager
def _connected(path: Path) -> Iterator[Any]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(CLIENT_PATIENCE_SECONDS)
        with _short(path) as address:
            connection.connect(address)
        with connection.makefile("rwb") as stream:
            yield stream


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Another name for a path: a socket's address holds about 100 bytes."""
    with tempfile.TemporaryDirectory(prefix="pql-") as folder:
        link = Path(folder) / "d"
        link.symlink_to(path.parent.absolute())
        yield str(link / path.name)


def _question(
    selects: Sequence[CompiledSelect], uploads: Mapping[str, pd.DataFrame]
) -> list[bytes]:
    """The number of selects, each with its parameters, then the uploads, each with its name."""
    parts = [str(len(selects)).encode()]
    for sql, parameters in selects:
        values = pa.table({str(number): [value] for number, value in enumerate(parameters)})
        parts += [sql.encode(), pack(values)]
    for name, frame in uploads.items():
        parts += [name.encode(), pack(pa.Table.from_pandas(frame, preserve_index=False))]
    return parts


def _receive_question(
    stream: BufferedIOBase,
) -> tuple[list[CompiledSelect], dict[str, pa.Table]]:
    number, *parts = receive(stream)
    pairs = [
        (text.decode(), unpack(content))
        for text, content in zip(parts[::2], parts[1::2], strict=True)
    ]
    selects: list[CompiledSelect] = [
        (sql, [column[0].as_py() for column in values.columns])
        for sql, values in pairs[: int(number)]
    ]
    return selects, dict(pairs[int(number) :])
