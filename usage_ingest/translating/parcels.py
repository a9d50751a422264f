"""What was taken out of the journal as bytes: how one process hands it to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import pyarrow as pa

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.alike import Alike
from usage_ingest.translating.taken import Taken
from usage_ingest.translating.translation import NO_ROW, Translated


class _Parcel(msgspec.Struct, array_like=True):
    """A part of what was taken.

    `places` are a message's entry among the entries, its position in that, and its row. The bytes
    are numbers of 64 bits, as `Alike` has them.
    """

    entries: Sequence[StoredEntry]
    places: bytes
    events: Sequence[CanonicalEvent]
    rejected: Sequence[Rejected]
    alike: bytes
    columns: bytes
    too_large: Sequence[int]
    behind: Sequence[int]


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(_Parcel).decode


def pack(taken: Taken) -> bytes:
    """What `unpack` reads. The events lose their properties, which the columns have.

    Raises:
        OverflowError, UnicodeEncodeError: a value is none that can be handed over: a trait that
            is a number of more than 64 bits, half of a surrogate pair.
    """
    numbers = {entry.id: number for number, entry in enumerate(taken.entries)}
    places = np.array(
        [(numbers[each.entry.id], each.position, each.row) for each in taken.messages], np.int64
    )
    events: list[CanonicalEvent] = []
    rejected: list[Rejected] = []
    for message in taken.messages:
        if isinstance(message.result, Rejected):
            rejected.append(message.result)
        else:
            message.result.properties = {}
            events.append(message.result)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, taken.columns.schema) as stream:
        stream.write_batch(taken.columns)
    alike, columns = taken.alike.written(), sink.getvalue().to_pybytes()
    waiting = taken.too_large, taken.behind
    return _pack(
        _Parcel(taken.entries, places.tobytes(), events, rejected, alike, columns, *waiting)
    )


def unpack(parcels: Iterable[bytes]) -> Taken:
    """What was packed: the parts together; nothing where there is none."""
    entries: list[StoredEntry] = []
    messages: list[Translated] = []
    alike = [Alike()]
    columns: list[pa.RecordBatch] = []
    too_large: set[int] = set()
    behind: set[int] = set()
    for parcel in parcels:
        content = _unpack(parcel)
        first_row = sum(part.num_rows for part in columns)
        messages += _messages(content, first_row)
        alike.append(Alike.read(content.alike).behind(len(entries), first_row))
        entries += content.entries
        too_large.update(content.too_large)
        behind.update(content.behind)
        with pa.ipc.open_stream(content.columns) as stream:
            columns.append(stream.read_next_batch())
    if not columns:
        return Taken()
    together = pa.concat_batches(columns)
    waiting = sorted(too_large), sorted(behind)
    return Taken(entries, messages, together, Alike.of(alike), *waiting)


def _messages(content: _Parcel, first_row: int) -> list[Translated]:
    places = np.frombuffer(content.places, np.int64).reshape(-1, 3).tolist()
    events, rejected = iter(content.events), iter(content.rejected)
    return [
        Translated(content.entries[entry], position, next(rejected))
        if row == NO_ROW
        else Translated(content.entries[entry], position, next(events), first_row + row)
        for entry, position, row in places
    ]
