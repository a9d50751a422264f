"""Messages of several parts over a stream, and Arrow tables as parts."""

from __future__ import annotations

import struct
from io import BufferedIOBase

import pyarrow as pa

LENGTH = struct.Struct("!Q")


def send(stream: BufferedIOBase, *parts: bytes) -> None:
    """Write one message: the number of parts, then each with its length before it."""
    stream.write(LENGTH.pack(len(parts)))
    for part in parts:
        stream.write(LENGTH.pack(len(part)))
        stream.write(part)
    stream.flush()


def receive(stream: BufferedIOBase) -> list[bytes]:
    """The parts of the next message.

    Raises:
        EOFError: the other side hung up before the message was complete.
    """
    return [_read(stream, _read_length(stream)) for _ in range(_read_length(stream))]


def pack(table: pa.Table) -> bytes:
    """A table in Arrow's streaming format."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def unpack(content: bytes) -> pa.Table:
    """The table that `pack` packed."""
    return pa.ipc.open_stream(content).read_all()


def _read_length(stream: BufferedIOBase) -> int:
    (length,) = LENGTH.unpack(_read(stream, LENGTH.size))
    return int(length)


def _read(stream: BufferedIOBase, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError("the other side hung up")
    return content
