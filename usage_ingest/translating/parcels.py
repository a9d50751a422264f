"""What was taken out of the journal as bytes: how one process hands it to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice

import msgspec
import pyarrow as pa

from usage_ingest.canonical import CanonicalEvent, Rejected
from usage_ingest.journal import StoredEntry
from usage_ingest.translating.taken import Taken
from usage_ingest.translating.translation import NO_ROW, Translated


class _Parcel(msgspec.Struct, array_like=True):
    """`counts`: messages of an entry. `rejected`: each after so many events since the last one."""

    entries: Sequence[StoredEntry]
    counts: Sequence[int]
    events: Sequence[CanonicalEvent]
    rejected: Sequence[tuple[int, Rejected]]
    columns: bytes


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(_Parcel).decode


def pack(taken: Taken) -> bytes:
    """What `unpack` reads. The events lose their properties, which the columns have.

    Raises:
        OverflowError, UnicodeEncodeError: a value is none that can be handed over: a trait that
            is a number of more than 64 bits, half of a surrogate pair.
    """
    counts = dict.fromkeys((entry.id for entry in taken.entries), 0)
    events: list[CanonicalEvent] = []
    rejected: list[tuple[int, Rejected]] = []
    told = 0
    for message in taken.messages:
        counts[message.entry.id] += 1
        if isinstance(message.result, Rejected):
            rejected.append((len(events) - told, message.result))
            told = len(events)
        else:
            message.result.properties = {}
            events.append(message.result)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, taken.columns.schema) as stream:
        stream.write_batch(taken.columns)
    columns = sink.getvalue().to_pybytes()
    return _pack(_Parcel(taken.entries, list(counts.values()), events, rejected, columns))


def unpack(parcels: Iterable[bytes]) -> Taken:
    """What was packed: one or more parts, together."""
    entries: list[StoredEntry] = []
    messages: list[Translated] = []
    columns: list[pa.RecordBatch] = []
    for parcel in parcels:
        content = _unpack(parcel)
        messages += _messages(content, sum(part.num_rows for part in columns))
        entries += content.entries
        with pa.ipc.open_stream(content.columns) as stream:
            columns.append(stream.read_next_batch())
    return Taken(entries, messages, pa.concat_batches(columns))


def _messages(content: _Parcel, first_row: int) -> list[Translated]:
    results = _results(content, first_row)
    return [
        Translated(entry, position, result, row)
        for entry, size in zip(content.entries, content.counts, strict=True)
        # In this order: where an entry has no more messages, the next one keeps its own.
        for position, (result, row) in zip(range(size), results, strict=False)
    ]


def _results(content: _Parcel, first_row: int) -> Iterator[tuple[CanonicalEvent | Rejected, int]]:
    events = zip(content.events, count(first_row), strict=False)
    for place, rejected in content.rejected:
        yield from islice(events, place)
        yield rejected, NO_ROW
    yield from events
