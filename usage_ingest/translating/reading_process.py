"""Reading the journal in a process of its own, which `python -m` and the name of this module start.

Reading and translating takes a third of a load's time. Python runs on one core at a time in a
process, so behind a backlog another process does it, and the loader's own only puts it into place.

Both sides speak in frames: eight bytes that say how long it is, and MessagePack. The loader sends
the settings, and then for each load how much to read and which entries to look at; it gets them in
parcels, or none where it had better read itself, whatever the reason: it then meets it, too.
"""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO

import msgspec

from pql.collector import collector_paused
from pql.faults import report, watch_uncaught
from pql.settings import Settings
from pql.state.store import State
from usage_ingest.journal_line import Scope
from usage_ingest.translating.parcels import pack, unpack
from usage_ingest.translating.reading import Reader
from usage_ingest.translating.taken import Taken

PROGRAM = (sys.executable, "-m", "usage_ingest.translating.reading_process")
IDLE_SECONDS = 60.0
"""After so long without a question the process ends. It is started again when there is one."""
LENGTH_BYTES = 8
PIPE_BYTES = 1024 * 1024
"""As much as anybody may have: the two need not take turns for every 64 KiB."""
THE_END = b""
"""What follows the last parcel of an answer."""

_encode = msgspec.msgpack.encode
_read_settings = msgspec.msgpack.Decoder(Settings).decode
_read_question = msgspec.msgpack.Decoder(tuple[float, Scope]).decode


class ReadingProcess:
    """The loader's side. For one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, part: float, scope: Scope) -> None:
        """Have the entries of the next load read (see `Reader.read`)."""
        with self._closed_if_gone():
            if self._process is None or self._process.poll() is not None:
                self._start()
            self._send((part, scope))

    def end(self) -> Taken | None:
        """What was read; None where the process did not answer."""
        with self._closed_if_gone():
            if self._process and self._process.stdout:
                return unpack(iter(partial(_receive, self._process.stdout), THE_END))
        return None

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process:
            process.kill()  # it has nothing to put in order
            with suppress(OSError), process:
                pass

    def _start(self) -> None:
        self.close()
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            PROGRAM,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=PIPE_BYTES,
            start_new_session=True,
        )
        self._send(self._settings)

    def _send(self, content: object) -> None:
        if self._process and self._process.stdin:
            _send(self._process.stdin, _encode(content))

    @contextmanager
    def _closed_if_gone(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError):  # it had nothing to do for long, or somebody killed it
            self.close()


def answer(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Read the journal for whoever asks, until there is no question for long.

    Raises:
        EOFError: nobody is there any more who could ask.
    """
    settings = _read_settings(_receive(questions))
    state = State(settings.database_url)
    reader = Reader(state, settings)
    for question in _questions(questions):
        parcels: list[bytes] = []
        with suppress(Exception), collector_paused():
            parcels = [pack(part) for part in reader.read_in_parts(*_read_question(question))]
        for parcel in (*parcels, THE_END):
            _send(answers, parcel)


def _questions(source: IO[bytes]) -> Iterator[bytes]:
    """Each question as it comes, until there is none for long.

    Raises:
        EOFError: the other side is gone.
    """
    while select.select([source], [], [], IDLE_SECONDS)[0]:
        yield _receive(source)


def _send(pipe: IO[bytes], content: bytes) -> None:
    pipe.write(len(content).to_bytes(LENGTH_BYTES))
    pipe.write(content)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    length = int.from_bytes(_exactly(pipe, LENGTH_BYTES))
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    parts = []
    while length:
        part = pipe.read(length)
        if not part:
            raise EOFError("the other side is gone")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _tell(event: str, error: BaseException) -> None:
    sys.stderr.write(f"reading the journal: {event}\n{report(error)}\n")


if __name__ == "__main__":
    watch_uncaught(_tell)
    # Unbuffered: what was read beyond a frame would not be seen by `select`.
    unbuffered = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115
    with unbuffered as asked, suppress(EOFError, BrokenPipeError):
        answer(asked, sys.stdout.buffer)
